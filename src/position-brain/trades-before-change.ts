import type { MarketSymbol } from '../flow/0-primitives.js';
import type { ExchangePort } from '../exchange/exchange.port.js';
import type { RedisClock } from '../redis/connection/redis-clock.js';
import type { KnownServer } from '../redis/connection/server-identity.js';
import type { Logger } from '../telemetry/logger.js';
import type { SnapshotRead } from './snapshot-reader.js';

/** So far back before the change a trade counts. */
const LOOK_BACK_MS = 60_000;
/** Symbols asked about in one cycle: each costs request weight that orders need too. */
const ASKED_A_CYCLE = 20;

/**
 * After Redis was restarted, failed over or emptied: did the account trade a symbol shortly before? Then our books may lack it.
 * Asked once a change and symbol, for open positions only, once no forgotten order can reach the exchange any more.
 */
export class TradesBeforeChange {
  readonly #traded = new Map<MarketSymbol, boolean>();
  #changedMs = 0;

  constructor(
    private readonly exchange: Pick<ExchangePort, 'trades' | 'clock'>,
    private readonly clock: Pick<RedisClock, 'nowMs'>,
    private readonly server: () => KnownServer | undefined,
    private readonly proofMs: number,
    private readonly logger: Logger,
  ) {}

  /** `undefined`: not known. False where Redis never changed. */
  traded(symbol: MarketSymbol): boolean | undefined {
    const server = this.server();
    if (server === undefined) return undefined;
    if (server.changedMs === 0) return false;
    return server.changedMs === this.#changedMs ? this.#traded.get(symbol) : undefined;
  }

  /** Call after each read of the positions, with what was read. */
  async look(reads: readonly SnapshotRead[]): Promise<void> {
    const server = this.server();
    if (server === undefined || server.changedMs === 0) return;
    if (server.changedMs !== this.#changedMs) this.#traded.clear();
    this.#changedMs = server.changedMs;
    const nowMs = this.clock.nowMs();
    if (nowMs < server.settleUntilMs || nowMs >= server.changedMs + this.proofMs) return;
    const open = reads.filter(({ symbol, amount }) => !amount.isZero() && !this.#traded.has(symbol));
    for (const { symbol } of open.slice(0, ASKED_A_CYCLE)) await this.#ask(symbol, nowMs - server.changedMs);
  }

  async #ask(symbol: MarketSymbol, changedAgoMs: number): Promise<void> {
    try {
      const exchangeNowMs = Date.now() + this.exchange.clock().offsetMs;
      const trades = await this.exchange.trades(symbol, Math.floor(exchangeNowMs - changedAgoMs - LOOK_BACK_MS));
      this.#traded.set(symbol, trades.length > 0);
    } catch (error) {
      this.logger.warn({ err: error, symbol }, 'the trades before the change of Redis could not be read yet');
    }
  }
}
