import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from 'ioredis';
import { parseProposal } from '../../src/flow/1-proposal.js';
import { planIdOf } from '../../src/flow/2-plan.js';
import { readEntries } from '../../src/redis/streams/stream-entry.js';
import type { CellOfSet } from '../harness/cell-set.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';

const LOOK_EVERY_MS = 20;
/** Longer than a cell waits after its Redis server changed. */
const EXECUTED_WITHIN_MS = 60_000;

/** APPLY_MAX_ATTEMPTS. */
const ATTEMPTS = 5;

/** What the results say of one plan. */
export interface PlanSeen {
  executed: number;
  attempts: number;
  reason: string;
}

/** Carried out, or refused for the last time. */
const isOver = ({ executed, attempts }: PlanSeen): boolean => executed > 0 || attempts >= ATTEMPTS;

/** Proposals on the stream of one cell: the next one of a symbol follows once the last one has ended. */
export class StreamLoad {
  readonly plans = new Map<string, PlanSeen>();
  #from = '-';
  #isEnding = false;
  #isStopped = false;
  readonly #running: Promise<unknown>;

  constructor(
    private readonly redis: Cluster,
    readonly cell: CellOfSet,
    symbols: readonly string[],
  ) {
    this.#running = Promise.all([this.#follow(), ...symbols.map((symbol) => this.#drive(symbol))]);
  }

  /** Ends when every plan has ended, or at once if `isGivenUp`. */
  async stop(isGivenUp = false): Promise<void> {
    if (!isGivenUp) {
      this.#isEnding = true;
      await eventually(
        () => [...this.plans.values()].every(isOver) || undefined,
        EXECUTED_WITHIN_MS,
        () => this.cell.program.lastLines(),
      );
    }
    this.#isStopped = true;
    await this.#running;
  }

  /** Waits for so many plans to be carried out that are proposed from now on; returns how long the first one took, in ms. */
  async untilTrades(count: number): Promise<number> {
    const before = new Set(this.plans.keys());
    const done = (): number => [...this.plans].filter(([id, { executed }]) => executed > 0 && !before.has(id)).length;
    const sinceMs = performance.now();
    const shown = (): string => this.cell.program.lastLines();
    await eventually(() => done() > 0 || undefined, EXECUTED_WITHIN_MS, shown);
    const firstMs = performance.now() - sinceMs;
    await eventually(() => done() >= count || undefined, EXECUTED_WITHIN_MS, shown);
    return firstMs;
  }

  async #drive(symbol: string): Promise<void> {
    for (let at = 0; !this.#isEnding && !this.#isStopped; at += 1) {
      const fields = proposalFields('CLOSE_PCT', { close_pct: '0.001', proposal_id: `${symbol}-${at}` });
      const reading = parseProposal(symbol, fields);
      if (!reading.ok) throw new Error(`the load is no proposal: ${reading.detail}`);
      const planId = planIdOf(reading.proposal);
      const plan: PlanSeen = { executed: 0, attempts: 0, reason: '' };
      this.plans.set(planId, plan);
      const entry = ['symbol', symbol, ...Object.entries(fields).flat()];
      await this.redis.xadd(this.cell.keys.proposalStream(), '*', ...entry);
      while (!isOver(plan) && !this.#isStopped) await sleep(LOOK_EVERY_MS);
    }
  }

  async #follow(): Promise<void> {
    for (; !this.#isStopped; await sleep(LOOK_EVERY_MS)) {
      const found = await this.redis.xrange(this.cell.keys.resultStream(), this.#from, '+');
      for (const { id, fields } of readEntries(found).entries) {
        this.#from = `(${id}`;
        const plan = this.plans.get(fields['plan_id'] ?? '');
        if (plan === undefined) continue;
        plan.attempts = Number(fields['attempt']);
        plan.reason = `${fields['error']}: ${fields['reason']}`;
        if (fields['executed'] === 'True') plan.executed += 1;
      }
    }
  }
}
