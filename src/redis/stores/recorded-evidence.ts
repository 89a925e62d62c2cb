import { Inject, Injectable } from '@nestjs/common';
import { parseDecimal } from '../../flow/0-decimal.js';
import { type LostOrder, type OrderEvidence, type PositionSeen, streamVote } from '../../flow/5-evidence.js';
import type { Keys } from '../keys/keys.js';
import { type PlanRecord, PlanRecords } from './plan-records.js';
import { PositionStore } from './position-store.js';
import type { Snapshot } from './stored-snapshot.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { asRedisError } from '../connection/redis.errors.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';
import { RedisClock } from '../connection/redis-clock.js';
import { StreamAliveStore } from './stream-alive.js';

/** How far the clocks of the exchange, of Redis and of a host may differ when the time of a trade is judged. */
export const CLOCK_MARGIN_MS = 2_000;
/** The assumed maximum age of the snapshot of a foreign permit, which does not contain its time. */
const FOREIGN_SNAPSHOT_MS = 60_000;

/** What Redis holds about the order of a claimed attempt. `evidence.trades` and `evidence.listed` are never there: only the exchange has them. */
export interface Recorded {
  readonly order: LostOrder;
  readonly evidence: OrderEvidence;
  /** The exchange's order id and the time of the last fill (Redis' clock), if the ledger's last fill belongs to this order. */
  readonly lastFill: { readonly orderId: string; readonly timeMs: number } | undefined;
}

/** Reads fill records, ledgers and snapshots as evidence about one order; changes nothing. Every role may read them. */
@Injectable()
export class RecordedEvidence {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly positions: PositionStore,
    private readonly records: PlanRecords,
    private readonly stream: StreamAliveStore,
    private readonly clock: RedisClock,
  ) {}

  /** The quantity of an order that the ledger has counted: zero for none, `undefined` if it cannot be read. */
  async filledQty(symbol: string, clientOrderId: string): Promise<OrderEvidence['recordedQty']> {
    try {
      return parseDecimal((await this.client.get(this.keys.fill(symbol, clientOrderId))) ?? '0');
    } catch (error) {
      throw asRedisError(error, `reading the recorded fills of order ${clientOrderId}`);
    }
  }

  async of(record: PlanRecord): Promise<Recorded> {
    const { symbol, planId, clientOrderId, acceptUntilMs } = record;
    // What the stream has reported until `alive.lastMs` is recorded, so that is read first.
    const alive = await this.stream.read();
    const [recordedQty, { snapshot, ledger }, claimedOn] = await Promise.all([
      this.filledQty(symbol, clientOrderId),
      this.positions.stored(symbol),
      this.records.claimedOn(planId),
    ]);
    const ofPlan = ledger['last_result_plan_id'] ?? '';
    // A push contains only the client order id, which holds the first 24 characters of the plan id.
    const ledgerNamesPlan = ofPlan === planId || (ofPlan !== '' && clientOrderId.startsWith(`pg-${ofPlan}-`));
    const timeMs = parseDecimal(ledger['last_fill_ms'] ?? '')?.toNumber();
    return {
      order: {
        side: record.side === 'BUY' ? 'BUY' : 'SELL',
        quantity: parseDecimal(record.quantity),
        isStop: record.action === 'UPDATE_SL',
      },
      evidence: {
        recordedQty,
        ledgerNamesPlan,
        before: before(record, claimedOn),
        after: after(this.positions.snapshotIn(snapshot), acceptUntilMs ?? Infinity),
        trades: undefined,
        listed: undefined,
        stepSize: claimedOn.stepSize,
        stream: streamVote(alive, record.claimedMs, acceptUntilMs, this.clock.nowMs()),
      },
      lastFill:
        ledgerNamesPlan && timeMs !== undefined ? { orderId: ledger['last_order_id'] ?? '', timeMs } : undefined,
    };
  }
}

/** The position that the claim was based on, and the earliest and latest time of its read. */
function before(
  { claimedMs, publishedMs, firstClaimedMs }: PlanRecord,
  { exchangePositionAmt, snapshotTsMs }: Awaited<ReturnType<PlanRecords['claimedOn']>>,
): PositionSeen | undefined {
  if (exchangePositionAmt === undefined) return undefined;
  const untilMs = claimedMs ?? publishedMs;
  const readMs = snapshotTsMs === undefined ? untilMs - FOREIGN_SNAPSHOT_MS : snapshotTsMs - CLOCK_MARGIN_MS;
  // What the exchange showed then may not contain a fill of an order that this one repeats.
  const earlierMs = (firstClaimedMs ?? Infinity) - CLOCK_MARGIN_MS;
  return { amount: exchangePositionAmt, fromMs: Math.min(readMs, untilMs, earlierMs), untilMs };
}

/** A stored snapshot counts only if its request began after the exchange could last accept the order. */
function after(snapshot: Snapshot | undefined, acceptUntilMs: number): PositionSeen | undefined {
  if (snapshot === undefined || !(snapshot.tsMs > acceptUntilMs)) return undefined;
  return { amount: snapshot.amount, fromMs: snapshot.tsMs - CLOCK_MARGIN_MS, untilMs: Infinity };
}
