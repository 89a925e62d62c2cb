import { Inject, Injectable } from '@nestjs/common';
import { type Decimal, parseDecimal, toPlainString } from '../../flow/0-decimal.js';
import { encodeJson } from '../../flow/0-json.js';
import type { Explanation } from '../../flow/6-explained.js';
import { applyFill, type Fill, type LedgerStep } from '../../flow/6-ledger.js';
import { asRedisError, askRedis } from '../connection/redis.errors.js';
import { eventKeys } from '../keys/event-keys.js';
import type { Keys } from '../keys/keys.js';
import { GROUPS } from '../keys/groups.js';
import type { PositionEvidence, RawLedger, StoredLedger } from './position-evidence.js';
import { PositionStore } from './position-store.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { COMMANDS, KEYS, OPERATOR_SCRIPTS } from '../redis.tokens.js';

/** How long a counted order is remembered; a result older than this is not applied any more. */
export const FILL_MEMORY_MS = 7 * 24 * 3_600_000;

export interface FillSource {
  readonly symbol: string;
  readonly planId: string;
  readonly attempt: number | undefined;
  readonly orderId: string;
  /** Result stream entry to acknowledge with the step; `""` for none. */
  readonly entryId: string;
  /** Of an order that is not ours: why it moves the ledger all the same. */
  readonly explained?: Explanation & { readonly clientOrderId: string };
}

export type FillOutcome =
  | { readonly kind: LedgerStep['kind']; readonly amount: Decimal }
  /** There is no ledger to move. The fill is marked as counted: what is adopted or reconciled later must be newer than it. */
  | { readonly kind: 'no_ledger' }
  /** It takes from a position that the ledger does not hold: nothing is counted, and the difference shows as drift. */
  | { readonly kind: 'unexplained' };

export type LedgerSet =
  /** `before`: the amount that was replaced; `''` without one. */
  | { readonly kind: 'set'; readonly amount: string; readonly before: string }
  | { readonly kind: 'exists' }
  | { readonly kind: 'in_flight' }
  | { readonly kind: 'exchange_amount_is'; readonly amount: string }
  | { readonly kind: 'no_snapshot' }
  | { readonly kind: 'snapshot_old'; readonly tsMs: number };

export interface LedgerSetRequest {
  readonly symbol: string;
  /** Set only if the stored snapshot still says this. */
  readonly expectedExchangeAmt: Decimal;
  readonly source: 'adopt' | 'reconcile';
  readonly reason: string;
  readonly actor: string;
  /** The snapshot must be at least this young; Redis' clock. */
  readonly minSnapshotMs: number;
}

/** Between flat and what was there before, on the same side. */
function isWithin(after: Decimal, before: Decimal): boolean {
  return after.abs().lte(before.abs()) && !after.mul(before).lt(0);
}

function contextOf({ symbol, orderId, explained }: FillSource, fill: Fill, step: LedgerStep): string {
  if (explained === undefined) return '{}';
  return encodeJson({
    symbol,
    client_order_id: explained.clientOrderId,
    order_id: orderId,
    side: fill.side,
    executed_qty: fill.executedQty,
    ledger_amt: step.kind === 'applied' ? step.amount : undefined,
  });
}

const CLOCKS_APART_MS = 1_000;
const isAhead = ({ asOfMs, lastFillMs = 0 }: StoredLedger, nowMs: number): boolean =>
  Math.max(asOfMs, lastFillMs) > nowMs + CLOCKS_APART_MS;

/**
 * The ledger moves here, in compare-and-set steps: decided in `flow/6-ledger`, written only if nothing changed meanwhile.
 * `writer` is the operators' connection, over which a person's reconciling goes.
 */
@Injectable()
export class LedgerStore {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    @Inject(OPERATOR_SCRIPTS) private readonly writer: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly positions: PositionStore,
  ) {}

  /** A ledger has no end of life; the guide's service gives it one of a day, which stays when that service is replaced. */
  async keep(symbol: string): Promise<void> {
    await askRedis('keeping a ledger', () => this.client.persist(this.keys.ledger(symbol)));
  }

  /** Counts one fill report, whole or in part, however often it arrives. */
  async applyFill(source: FillSource, report: Fill): Promise<FillOutcome> {
    const clockStepsMs = report.clockStepsMs ?? this.runner.clockStepsMs;
    for (;;) {
      const [{ ledger: reading, nowMs }, counted] = await Promise.all([
        this.evidence(source.symbol, source.planId, 'dated'),
        this.counted(source.symbol, report.identity),
      ]);
      const fill = { ...report, timeMs: this.#timeNow({ ...report, clockStepsMs }, nowMs) };
      if (reading.kind !== 'present') {
        if (await this.#write(source, fill, reading.raw, counted, { kind: 'covered' })) return { kind: 'no_ledger' };
        continue;
      }
      const { ledger } = reading;
      const step = applyFill({ lastKnownAmt: ledger.amount, asOfMs: ledger.asOfMs }, fill, counted);
      const amount = step.kind === 'applied' ? step.amount : ledger.amount;
      if (source.explained?.onlyReduces === true && !isWithin(amount, ledger.amount)) return { kind: 'unexplained' };
      if (await this.#write(source, fill, reading.raw, counted, step)) return { kind: step.kind, amount };
    }
  }

  /**
   * The time of a fill on Redis' clock as it runs now. One that was taken before the clock was set is moved; none is later than now. A
   * time that is too early would leave the fill out of the ledger. A report of others does not say which steps its time includes: then
   * it is moved by the last step, if that was forward and the time is from before it.
   */
  #timeNow({ timeMs, clockStepsMs }: Fill, nowMs: number): number | undefined {
    if (timeMs === undefined) return undefined;
    const { changedMs = 0, stepMs: lastStepMs = 0 } = this.runner.server.known ?? {};
    const isBeforeLast = lastStepMs > 0 && timeMs <= changedMs - lastStepMs;
    const missedMs =
      typeof clockStepsMs === 'number' ? this.runner.clockStepsMs - clockStepsMs : isBeforeLast ? lastStepMs : 0;
    const isMovedAlready = missedMs > 0 && timeMs + missedMs > nowMs;
    return Math.min(nowMs, isMovedAlready ? timeMs : timeMs + missedMs);
  }

  /** Whether the times of a ledger are from before a step of Redis' clock, or nothing says which steps they include. */
  #isBehind({ clockStepsMs }: StoredLedger): boolean {
    return clockStepsMs !== this.runner.clockStepsMs;
  }

  /** Moves the times of a ledger with Redis' clock. */
  async #rebase(symbol: string): Promise<void> {
    const { keys } = this;
    await this.runner.run(
      'rebase_ledger',
      { ledger: keys.ledger(symbol), ledgerSeen: keys.ledgerSeen(symbol), server: keys.server() },
      {},
    );
  }

  /** What the ledger has counted of one order so far; zero where nothing is remembered. */
  async counted(symbol: string, identity: string): Promise<Decimal> {
    try {
      const text = await this.client.get(this.keys.fill(symbol, identity));
      const value = parseDecimal(text ?? '0');
      if (value === undefined)
        throw new RangeError(`the counted quantity of order ${identity} is ${JSON.stringify(text)}`);
      return value;
    } catch (error) {
      throw error instanceof RangeError ? error : asRedisError(error, 'reading a counted fill');
    }
  }

  async #write(
    source: FillSource,
    fill: Fill,
    ledger: RawLedger,
    counted: Decimal,
    step: LedgerStep,
  ): Promise<boolean> {
    const { keys } = this;
    const newCounted = fill.executedQty.gt(counted) ? fill.executedQty : counted;
    const { word } = await this.runner.run(
      'apply_fill',
      {
        ledger: keys.ledger(source.symbol),
        fill: keys.fill(source.symbol, fill.identity),
        epoch: keys.epoch(source.symbol),
        inflight: keys.inflight(source.symbol),
        unsettled: keys.unsettled(source.symbol),
        ledgerSeen: keys.ledgerSeen(source.symbol),
        resultStream: keys.resultStream(),
        ...eventKeys(keys),
      },
      {
        expectedAmt: ledger.rawAmount,
        expectedVersion: ledger.rawVersion,
        expectedCounted: toPlainString(counted),
        newAmt: step.kind === 'applied' ? toPlainString(step.amount) : ledger.rawAmount,
        newCounted: toPlainString(newCounted),
        planId: source.planId,
        attempt: source.attempt ?? '',
        orderId: source.orderId,
        executedQty: toPlainString(fill.executedQty),
        side: fill.side,
        fillMs: fill.timeMs ?? '',
        fillTtlMs: FILL_MEMORY_MS,
        group: GROUPS.p33,
        entryId: source.entryId,
        moved: step.kind === 'applied' ? '1' : '0',
        source: source.explained?.source ?? 'fill',
        event: source.explained?.event ?? '',
        context: contextOf(source, fill, step),
      },
    );
    return word === 'applied';
  }

  /**
   * What a decision is based on. An amount that somebody else wrote is noticed first: it holds from then on, and no older fill
   * is counted on top of it. That the ledger exists is remembered too: when it is gone later, that is a loss and no first start.
   * `dated`: fills count on a ledger that nobody has looked at before and that has no time, as it may be older than they are.
   */
  async evidence(symbol: string, planId: string, which: 'all' | 'dated' = 'all'): Promise<PositionEvidence> {
    const { keys } = this;
    for (;;) {
      const evidence = await this.positions.evidence(symbol, planId);
      const { ledger } = evidence;
      if (ledger.kind === 'present' && (this.#isBehind(ledger.ledger) || isAhead(ledger.ledger, evidence.nowMs))) {
        // The clock was set; maybe that was not noticed yet.
        await this.runner.server.confirm();
        await this.#rebase(symbol);
        continue;
      }
      if (ledger.kind !== 'present' || !ledger.isNew || (which === 'dated' && ledger.isUndated)) return evidence;
      await this.runner.run(
        'notice_ledger',
        {
          ledger: keys.ledger(symbol),
          ledgerSeen: keys.ledgerSeen(symbol),
          epoch: keys.epoch(symbol),
          ...eventKeys(keys),
        },
        { expectedAmt: ledger.raw.rawAmount, expectedVersion: ledger.raw.rawVersion, symbol },
      );
    }
  }

  /** The evidence that a plan carries, judged at `nowMs`; `undefined` if it must be read, and the ledger noticed or moved first. */
  carried(text: string, nowMs: number): PositionEvidence | undefined {
    const evidence = this.positions.carried(text, nowMs);
    if (evidence?.ledger.kind !== 'present') return undefined;
    const { ledger, isNew } = evidence.ledger;
    return isNew || this.#isBehind(ledger) || isAhead(ledger, nowMs) ? undefined : evidence;
  }

  /** Adopts (only where there is none) or reconciles the ledger to the exchange amount. Refused while an order of ours is open. */
  async set(request: LedgerSetRequest): Promise<LedgerSet> {
    const { keys } = this;
    const { word, values } = await (request.source === 'reconcile' ? this.writer : this.runner).run(
      'set_ledger',
      {
        ledger: keys.ledger(request.symbol),
        snapshot: keys.snapshot(request.symbol),
        inflight: keys.inflight(request.symbol),
        unsettled: keys.unsettled(request.symbol),
        hold: keys.hold(request.symbol),
        epoch: keys.epoch(request.symbol),
        ledgerSeen: keys.ledgerSeen(request.symbol),
        ...eventKeys(keys),
      },
      {
        symbol: request.symbol,
        expectedExchangeAmt: toPlainString(request.expectedExchangeAmt),
        source: request.source,
        reason: request.reason,
        onlyIfAbsent: request.source === 'adopt' ? '1' : '0',
        keepOperatorHold: request.source === 'adopt' ? '1' : '0',
        minSnapshotMs: request.minSnapshotMs,
        actor: request.actor,
        clockSteps: this.runner.clockStepsMs,
      },
    );
    switch (word) {
      case 'set':
        return { kind: word, amount: String(values[0]), before: String(values[2]) };
      case 'exchange_amount_is':
        return { kind: word, amount: String(values[0]) };
      case 'snapshot_old':
        return { kind: word, tsMs: Number(values[0]) };
      case 'exists':
      case 'in_flight':
      case 'no_snapshot':
        return { kind: word };
    }
    return word satisfies never;
  }
}
