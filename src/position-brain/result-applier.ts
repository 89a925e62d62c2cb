import { Inject, Injectable } from '@nestjs/common';
import { Decimal, parseDecimal, toPlainString } from '../flow/0-decimal.js';
import { type ExecutedStep, parseResult } from '../flow/5-result.js';
import { explanationOf } from '../flow/6-explained.js';
import { countedUnder } from '../flow/6-ledger.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { Keys } from '../redis/keys/keys.js';
import { KEYS } from '../redis/redis.tokens.js';
import { FILL_MEMORY_MS, LedgerStore } from '../redis/stores/ledger-store.js';
import { DeadLetters } from '../redis/streams/dead-letters.js';
import type { Handled } from '../redis/streams/stream-consumer.js';
import { entryTimeMs, type StreamEntry } from '../redis/streams/stream-entry.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { FillLookUp } from './fill-look-up.js';
import { POSITION_SETTINGS, type PositionSettings } from './position-settings.js';
import { SnapshotReader } from './snapshot-reader.js';

const NOTHING = new Decimal(0);

type ReadResult = Extract<ReturnType<typeof parseResult>, { ok: true }>;

/** Moves the ledger by the fills in results. The last ledger step also acknowledges the entry. */
@Injectable()
export class ResultApplier {
  constructor(
    private readonly ledgers: LedgerStore,
    private readonly clock: RedisClock,
    private readonly dead: DeadLetters,
    private readonly snapshots: SnapshotReader,
    private readonly lookUp: FillLookUp,
    @Inject(POSITION_SETTINGS) private readonly settings: Pick<PositionSettings, 'declaredPrefixes'>,
    @Inject(KEYS) private readonly keys: Keys,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  async handle(entry: StreamEntry): Promise<Handled> {
    const result = parseResult(entry.fields);
    if (!result.ok) {
      return this.#deadLetter(entry, result.detail);
    }
    for (const fill of result.unknownFills) await this.#noteTime(entry, result, fill);
    for (const [index, fill] of result.fills.entries()) {
      const filledMs = fillTimeMs(entry, fill);
      if (this.clock.nowMs() - filledMs > FILL_MEMORY_MS) {
        return this.#deadLetter(
          entry,
          `the fill is older than the ${FILL_MEMORY_MS / 86_400_000} days in which fills are told apart; reconcile ${result.symbol}`,
        );
      }
      const isLast = index === result.fills.length - 1;
      const outcome = await this.ledgers.applyFill(
        {
          symbol: result.symbol,
          planId: result.planId,
          attempt: result.attempt,
          orderId: fill.orderId,
          entryId: isLast ? entry.id : '',
        },
        {
          identity: countedUnder(fill.identity, fill.orderId),
          side: fill.side,
          executedQty: this.#isCountedElsewhere(fill) ? NOTHING : fill.executedQty,
          timeMs: filledMs,
          clockStepsMs: result.clockStepsMs,
        },
      );
      if (outcome.kind === 'no_ledger') {
        this.logger.warn(
          { plan_id: result.planId, symbol: result.symbol },
          'a fill without a ledger: adopting or reconciling will include it',
        );
      }
      if (outcome.kind === 'applied') {
        this.logger.info(
          {
            plan_id: result.planId,
            symbol: result.symbol,
            side: fill.side,
            executed_qty: toPlainString(fill.executedQty),
            ledger_amt: toPlainString(outcome.amount),
          },
          `ledger of ${result.symbol} is ${toPlainString(outcome.amount)}`,
        );
        this.snapshots.afterFill(result.symbol, filledMs);
      }
    }
    return result.fills.length === 0 ? 'done' : 'acknowledged';
  }

  /**
   * A fill of an explained source that names no order id of the exchange: user stream and trades count it under that id, and this
   * report could not be recognised as the same. Its time counts, for the cooldown.
   */
  #isCountedElsewhere({ identity, orderId }: ExecutedStep): boolean {
    return (
      explanationOf(identity, this.settings.declaredPrefixes) !== undefined &&
      countedUnder(identity, orderId) === identity
    );
  }

  async #deadLetter(entry: StreamEntry, reason: string): Promise<Handled> {
    await this.dead.deadLetter(this.keys.resultStream(), GROUPS.p33, entry, reason, 1);
    return 'acknowledged';
  }

  /**
   * An order that filled for a quantity nobody knows yet: the ledger stays, and its time counts as that of a fill. The cooldown
   * runs from it, and no permit rests on a position that was read before it. The fill is looked up by the exchange's order id.
   */
  async #noteTime(
    entry: StreamEntry,
    { planId, symbol, attempt, clockStepsMs }: ReadResult,
    fill: ExecutedStep,
  ): Promise<void> {
    const timeMs = fillTimeMs(entry, fill);
    if (this.clock.nowMs() - timeMs > FILL_MEMORY_MS) return;
    const { orderId, side, executedQty } = fill;
    const identity = countedUnder(fill.identity, orderId);
    await this.ledgers.applyFill(
      { symbol, planId, attempt: undefined, orderId, entryId: '' },
      { identity, side, executedQty, timeMs, clockStepsMs },
    );
    this.logger.warn(
      { plan_id: planId, symbol, order_id: orderId },
      `order ${identity} was executed, and its result does not say how much: ` +
        (orderId === '' ? `reconcile ${symbol} once the position is read` : 'it is looked up at the exchange'),
    );
    if (orderId !== '') await this.lookUp.add({ symbol, planId, attempt, identity, orderId, timeMs });
    this.snapshots.afterFill(symbol, timeMs);
  }
}

/**
 * When the fill happened, by Redis' clock: what the result says, at the latest when it was appended. A foreign Apply cuts its time to
 * whole seconds; the end of that second counts, so that the cooldown is not shorter.
 */
function fillTimeMs(entry: StreamEntry, fill: ExecutedStep): number {
  const appendedMs = entryTimeMs(entry.id);
  if (fill.filledAtMs !== undefined) return Math.min(fill.filledAtMs, appendedMs);
  const saidMs =
    parseDecimal(entry.fields['timestamp'] ?? '')
      ?.mul(1_000)
      .toNumber() ?? appendedMs;
  return Math.min(saidMs % 1_000 === 0 ? saidMs + 999 : saidMs, appendedMs);
}
