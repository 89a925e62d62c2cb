import { setTimeout as sleep } from 'node:timers/promises';
import type { CellOfSet, CellSet } from '../harness/cell-set.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';

/** Limits that are never reached, and every proposal counts. */
export const QUICK_CELLS = {
  APPLY_POLL_SEC: '0.05',
  APPLY_REPEAT_POLICY: 'every_proposal',
  APPLY_PROPOSALS_PER_MIN: '1000000',
  P33_COOLDOWN_SEC: '0',
  GOV_MAX_EXEC_PER_HOUR: '100000',
  GOV_MAX_EXEC_PER_5MIN: '100000',
  GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000000000',
  EXCHANGE_RECV_WINDOW_MS: '500',
} as const;

const EVERY_MS = 50;
/** So many rounds of proposals while the cells are stopped: an order would follow within two. */
const ROUNDS = 8;

/** Proposes a small close to every cell, again and again. */
export class CellLoad {
  #rounds = 0;
  #isStopped = false;
  readonly #running: Promise<void>;

  constructor(private readonly set: CellSet) {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async releaseAll(): Promise<void> {
    const body = { engaged: false, reason: 'the next round' };
    await Promise.all(this.set.cells.map((cell) => this.set.call(cell, 'PUT', '/kill-switch', body)));
  }

  async untilEachTrades(): Promise<void> {
    const sinceMs = performance.timeOrigin + performance.now();
    const trade = (): boolean | undefined =>
      this.set.cells.every((cell) => ordersOf(cell, sinceMs).length > 0) || undefined;
    await eventually(trade, 30_000, () => this.set.cells.map((cell) => cell.program.lastLines()));
  }

  async untilProposed(): Promise<void> {
    const until = this.#rounds + ROUNDS;
    await eventually(() => this.#rounds >= until || undefined, 10_000);
  }

  /** Requests for an order that arrived at any exchange, accepted or not. */
  ordersSince(sinceMs: number): readonly string[] {
    return this.set.cells.flatMap((cell) => ordersOf(cell, sinceMs).map((id) => `${cell.name}: ${id}`));
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#rounds += 1;
      const fields = proposalFields('CLOSE_PCT', { close_pct: '0.001', proposal_id: `round-${this.#rounds}` });
      await Promise.all(this.set.cells.map(({ keys }) => this.set.redis.hset(keys.proposal('BTCUSDT'), fields)));
      await sleep(EVERY_MS);
    }
  }
}

function ordersOf({ exchange }: CellOfSet, sinceMs: number): readonly string[] {
  return exchange
    .records()
    .requests.filter(({ method, path, atMs }) => method === 'POST' && path === '/fapi/v1/order' && atMs > sinceMs)
    .map(({ params }) => params['newClientOrderId'] ?? '');
}
