import { Inject, Injectable } from '@nestjs/common';
import { isFromStrategy } from '../flow/1-standing.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';

const MINUTE_MS = 60_000;
/** Symbols outside the allowlist share one allowance, so that invented symbols cannot add up. */
const OTHERS = 'all other symbols';

interface Allowance {
  left: number;
  atMs: number;
  loggedMs: number;
}

/**
 * How many proposals of one symbol and one source are taken up: as many as `APPLY_PROPOSALS_PER_MIN` at once, and so many a minute. A
 * proposal hash is not counted, because it is polled. Per process.
 */
@Injectable()
export class ProposalRate {
  readonly #allowances = new Map<string, Allowance>();

  constructor(
    @Inject(APPLY_SETTINGS) private readonly settings: Pick<ApplySettings, 'proposalsPerMin' | 'allowlist'>,
    private readonly metrics: GateMetrics,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Counts one proposal. Returns 0 when it may go on, else the milliseconds until the next one may, and does not count it. */
  take(symbol: string, source: string): number {
    if (source === 'hash') return 0;
    const nowMs = performance.now();
    const perMs = this.settings.proposalsPerMin / MINUTE_MS;
    const allowance = this.#of(symbol, source, nowMs);
    allowance.left = Math.min(this.settings.proposalsPerMin, allowance.left + (nowMs - allowance.atMs) * perMs);
    allowance.atMs = nowMs;
    if (allowance.left >= 1) {
      allowance.left -= 1;
      return 0;
    }
    if (nowMs - allowance.loggedMs >= MINUTE_MS) {
      allowance.loggedMs = nowMs;
      this.logger.warn(
        { symbol: symbol.slice(0, 64), source },
        `more than ${this.settings.proposalsPerMin} proposals a minute (APPLY_PROPOSALS_PER_MIN): of those that wait only the newest is taken up`,
      );
    }
    return Math.ceil((1 - allowance.left) / perMs);
  }

  /** A proposal was not taken up, because a newer one waits or its call was refused. Nothing of it is stored. */
  shed(symbol: string, source: string): void {
    const label = isFromStrategy(source) ? 'strategy' : 'operator';
    this.metrics.proposalsShed.inc({ symbol: this.metrics.symbol(symbol), source: label });
  }

  #of(symbol: string, source: string, nowMs: number): Allowance {
    const key = `${source}:${this.keyOf(symbol)}`;
    const known = this.#allowances.get(key);
    if (known !== undefined) return known;
    const made = { left: this.settings.proposalsPerMin, atMs: nowMs, loggedMs: -Infinity };
    this.#allowances.set(key, made);
    return made;
  }

  /** What a proposal waits for its turn as. */
  keyOf(symbol: string): string {
    return this.settings.allowlist.has(symbol) ? symbol : OTHERS;
  }
}
