import { Inject, Injectable } from '@nestjs/common';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { exchangeNowMs } from '../exchange/exchange-time.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { ServerIdentity } from '../redis/connection/server-identity.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { POSITION_SETTINGS, type PositionSettings } from './position-settings.js';
import type { SnapshotRead } from './snapshot-reader.js';

/** So far back before the change a trade counts. */
const LOOK_BACK_MS = 60_000;
/** Symbols asked about in one cycle: each costs request weight that orders need too. */
const ASKED_A_CYCLE = 20;

/**
 * After Redis was restarted, failed over or emptied: did the account trade a symbol shortly before? Then our books may lack it.
 * Asked once a change and symbol, for open positions only, once no forgotten order can reach the exchange any more.
 */
@Injectable()
export class TradesBeforeChange {
  readonly #traded = new Map<MarketSymbol, boolean>();
  #changedMs = 0;

  constructor(
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly clock: RedisClock,
    private readonly server: ServerIdentity,
    @Inject(POSITION_SETTINGS) private readonly settings: PositionSettings,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** `undefined`: not known. False where Redis never changed. */
  traded(symbol: MarketSymbol): boolean | undefined {
    const server = this.server.known;
    if (server === undefined) return undefined;
    if (server.changedMs === 0) return false;
    return server.changedMs === this.#changedMs ? this.#traded.get(symbol) : undefined;
  }

  /** Whether it is the time to ask: no forgotten order can reach the exchange any more, and the proof is not over. */
  get isDue(): boolean {
    const server = this.server.known;
    if (server === undefined || server.changedMs === 0) return false;
    const nowMs = this.clock.nowMs();
    return nowMs >= server.settleUntilMs && nowMs < server.changedMs + this.settings.forgottenProofMs;
  }

  /** Call after each read of the positions, with what was read. */
  async look(reads: readonly SnapshotRead[]): Promise<void> {
    const server = this.server.known;
    if (server === undefined || server.changedMs === 0) return;
    if (server.changedMs !== this.#changedMs) this.#traded.clear();
    this.#changedMs = server.changedMs;
    const nowMs = this.clock.nowMs();
    if (!this.isDue) return;
    const open = reads.filter(({ symbol, amount }) => !amount.isZero() && !this.#traded.has(symbol));
    for (const { symbol } of open.slice(0, ASKED_A_CYCLE)) await this.#ask(symbol, nowMs - server.changedMs);
  }

  async #ask(symbol: MarketSymbol, changedAgoMs: number): Promise<void> {
    try {
      const sinceMs = exchangeNowMs(this.exchange) - changedAgoMs - LOOK_BACK_MS;
      const trades = await this.exchange.trades(symbol, Math.floor(sinceMs));
      this.#traded.set(symbol, trades.length > 0);
    } catch (error) {
      this.logger.warn({ err: error, symbol }, 'the trades before the change of Redis could not be read yet');
    }
  }
}
