import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { EXCHANGE, ExchangeUnavailable, type ExchangePort } from '../../exchange/exchange.port.js';
import { Decimal } from '../../flow/0-decimal.js';
import { type MarketSymbol, parseMarketSymbol } from '../../flow/0-primitives.js';
import { ResultStream } from '../../redis/streams/result-stream.js';
import type { DenialCount } from '../archive/archive-reader.js';
import { ArchiveUnavailable } from '../archive/archived-entry.js';
import { ArchivedPlans } from '../archive/archived-plans.js';
import { problem } from '../problem/problem.js';
import type { DayReportAnswer } from './day-report.dto.js';
import { type DayTrade, inOrder, settledDay, signedQuantity } from './settled-day.js';

const DAY_MS = 86_400_000;
/** The exchange lists the trades of a week at once. Of an earlier day it is not known what the position was. */
const TRACED_MS = 6 * DAY_MS;
/** The exchange may be ahead of what is known of its clock. */
const AHEAD_MS = 60_000;
/** Of so many symbols the trades are read whatever the income list says: it leaves out what cost and gained nothing. */
const ASKED_ANYWAY = 20;

type Denials = Pick<DayReportAnswer, 'denied' | 'denied_from' | 'denied_since_ms' | 'archive_fault'>;

/** What was closed on a day, by the exchange's own books, and what was denied. */
@Injectable()
export class DayReport {
  constructor(
    private readonly environment: Environment,
    private readonly archive: ArchivedPlans,
    private readonly results: ResultStream,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
  ) {}

  /** `day` is a UTC day such as 2026-11-30. */
  async make(day: string): Promise<DayReportAnswer> {
    const fromMs = Date.parse(day);
    const untilMs = fromMs + DAY_MS;
    const [trades, denials] = await Promise.all([this.#trades(fromMs, untilMs), this.#denials(fromMs, untilMs)]);
    const { closed, openingTrades, sums } = settledDay(trades);
    const isOver = Date.now() + this.exchange.clock().offsetMs >= untilMs;
    return { day, is_over: isOver, closed, opening_trades: openingTrades, sums, ...denials };
  }

  async #trades(fromMs: number, untilMs: number): Promise<DayTrade[]> {
    if (!this.exchange.hasCredentials)
      throw problem(
        409,
        'no-exchange-keys',
        'This process has no keys of the exchange',
        'The report is made of the trades of the account. Ask a process with the role apply or position-brain (--url).',
      );
    try {
      const traded = await this.exchange.tradedSymbols(fromMs, untilMs);
      const asked = [...new Set([...traded, ...this.environment.applyAllowlist.slice(0, ASKED_ANYWAY)])];
      const symbols = asked.flatMap((each) => parseMarketSymbol(each) ?? []);
      const nowMs = Math.ceil(Date.now() + this.exchange.clock().offsetMs);
      const positions = nowMs - fromMs > TRACED_MS ? undefined : await this.#positions(symbols);
      const found: DayTrade[] = [];
      for (const symbol of symbols) {
        // Back from the position of now, every later trade counts.
        const readUntilMs = positions === undefined ? untilMs : Math.max(untilMs, nowMs + AHEAD_MS);
        const trades = inOrder(await this.exchange.settledTrades(symbol, fromMs, readUntilMs));
        const ofDay = trades.filter(({ timeMs }) => timeMs < untilMs);
        const names = await this.exchange.clientOrderIds(symbol, new Set(ofDay.map(({ orderId }) => orderId)), fromMs);
        let before = positions?.get(symbol)?.minus(Decimal.sum(0, ...trades.map(signedQuantity)));
        for (const trade of ofDay) {
          found.push({ symbol, trade, clientOrderId: names.get(trade.orderId), before });
          before = before?.plus(signedQuantity(trade));
        }
      }
      const after = positions === undefined ? undefined : await this.#positions(symbols);
      // A position that has changed meanwhile says nothing about the trades before.
      return found.map((each) => {
        const [was, is] = [positions?.get(each.symbol), after?.get(each.symbol)];
        return was !== undefined && is?.eq(was) === true ? each : { ...each, before: undefined };
      });
    } catch (error) {
      if (!(error instanceof ExchangeUnavailable)) throw error;
      throw problem(503, 'exchange-unavailable', 'The exchange cannot be asked now', error.message);
    }
  }

  /** `undefined` where they cannot be read: in hedge mode a symbol has two, and each trade says which. */
  async #positions(symbols: readonly MarketSymbol[]): Promise<ReadonlyMap<string, Decimal> | undefined> {
    try {
      const { positions } = await this.exchange.positions(symbols);
      return new Map([...positions].map(([symbol, { amount }]) => [symbol, amount]));
    } catch (error) {
      if (error instanceof ExchangeUnavailable) return undefined;
      throw error;
    }
  }

  async #denials(fromMs: number, untilMs: number): Promise<Denials> {
    try {
      const denied = await this.archive.denials(fromMs, untilMs);
      if (denied !== undefined) return { denied, denied_from: 'archive', denied_since_ms: null, archive_fault: null };
      return await this.#denialsInRedis(fromMs, untilMs, null);
    } catch (error) {
      if (!(error instanceof ArchiveUnavailable)) throw error;
      return this.#denialsInRedis(fromMs, untilMs, error.message);
    }
  }

  async #denialsInRedis(fromMs: number, untilMs: number, archiveFault: string | null): Promise<Denials> {
    const counts = new Map<string, DenialCount>();
    // One entry before the day proves that the stream reaches back to its begin.
    let oldestMs: number | undefined;
    for await (const { fields, atMs } of this.results.since(0)) {
      oldestMs ??= atMs;
      if (atMs >= untilMs) break;
      const { error = '', reason = '', symbol = '' } = fields;
      if (atMs < fromMs || error === '') continue;
      const key = JSON.stringify([symbol, error, reason]);
      counts.set(key, { symbol, error, reason, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return {
      denied: [...counts.values()].toSorted((a, b) => b.count - a.count),
      denied_from: 'redis',
      denied_since_ms: oldestMs === undefined || oldestMs <= fromMs ? null : Math.min(oldestMs, untilMs),
      archive_fault: archiveFault,
    };
  }
}
