import { Decimal, toPlainString } from './0-decimal.js';
import type { ResolutionOutcome } from './0-primitives.js';
import type { Side } from './4-order.js';

/** The order of a claimed attempt that the exchange does not find by its client order id. */
export interface LostOrder {
  readonly side: Side;
  /** `undefined` when the journal does not contain it. */
  readonly quantity: Decimal | undefined;
  /** A stop that closes the position: it is placed, and no fill is expected. */
  readonly isStop: boolean;
}

/** A signed position amount that was true at some moment from `fromMs` to `untilMs` (Redis' clock). */
export interface PositionSeen {
  readonly amount: Decimal;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface TradeSeen {
  readonly side: Side;
  readonly quantity: Decimal;
  /** Redis' clock. */
  readonly timeMs: number;
  /** False for a trade of an order that is known under another client order id, or that was made before the claim. */
  readonly mayBeOurs: boolean;
}

/** Between these times the user-data stream was alive without a gap, and all that it reported is recorded (Redis' clock). */
export interface StreamAlive {
  readonly sinceMs: number;
  readonly lastMs: number;
}

/**
 * What the silence of the user stream is worth: it was alive from before the order was sent until after the exchange could last accept
 * it, or it has been since before the order and is `not_yet` known to be that far. `undefined`: it has no vote.
 */
export type StreamVote = 'alive_throughout' | 'not_yet' | undefined;

/** Everything known about a {@link LostOrder} once the exchange can no longer accept it. */
export interface OrderEvidence {
  /** What our ledger has counted for the client order id, from the user stream; `undefined`: it cannot be read. */
  readonly recordedQty: Decimal | undefined;
  /** The ledger's last fill belongs to this plan. */
  readonly ledgerNamesPlan: boolean;
  /** The position at the claim; `undefined` when its permit did not state it. */
  readonly before: PositionSeen | undefined;
  /** The position by a read that began after the exchange could last accept the order; `undefined` when there is none. */
  readonly after: PositionSeen | undefined;
  /** The account's trades of the symbol from `before.fromMs` on; `undefined` when they could not be read. */
  readonly trades: readonly TradeSeen[] | undefined;
  /** Among the open orders of the symbol; `undefined` when the list was not read. */
  readonly listed: boolean | undefined;
  readonly stepSize: Decimal | undefined;
  readonly stream: StreamVote;
}

export type OrderWord =
  /** The user stream reported it under our client order id. */
  | { readonly kind: 'executed'; readonly executedQty: Decimal; readonly because: string }
  /** Everything agrees that the exchange never had it. */
  | { readonly kind: 'absent'; readonly because: string }
  /** Some evidence says that the order existed, or may have existed. Time does not settle it. */
  | { readonly kind: 'contradicted'; readonly because: string }
  /** No evidence that it existed, and not enough evidence that it did not. */
  | { readonly kind: 'undecided'; readonly because: string };

type Moved =
  | { readonly kind: 'no_vote'; readonly because: string }
  /** How much more the position moved, signed, than foreign trades explain: one value for each way to read the trades' times. */
  | { readonly kind: 'seen'; readonly unexplained: readonly Decimal[] };

const ZERO = new Decimal(0);
/** How far the estimates of Redis' clock in two processes may differ. */
const CLOCKS_APART_MS = 100;
/** A stream shows signs of life more often than this. */
const STREAM_SILENT_MS = 3_000;
/** With more trades than this at the times of the two reads, nobody can say which of them a read includes. */
const MOST_READINGS = 2_500;

/** The vote of the user stream about an order that was claimed and could be accepted between these times. All are Redis' clock. */
export function streamVote(
  alive: StreamAlive | undefined,
  claimedMs: number | undefined,
  acceptUntilMs: number | undefined,
  nowMs: number,
): StreamVote {
  if (alive === undefined || claimedMs === undefined || acceptUntilMs === undefined) return undefined;
  if (!(alive.sinceMs + CLOCKS_APART_MS <= claimedMs)) return undefined;
  if (alive.lastMs >= acceptUntilMs + CLOCKS_APART_MS) return 'alive_throughout';
  return nowMs - alive.lastMs < STREAM_SILENT_MS ? 'not_yet' : undefined;
}

/** The outcome of an order that the look-up does not find. Pure: no clock, and no assumption about missing evidence. */
export function judgeLostOrder(order: LostOrder, evidence: OrderEvidence): OrderWord {
  const { recordedQty, ledgerNamesPlan, listed } = evidence;
  if (recordedQty === undefined) return contradicted('the recorded fill of the order cannot be read');
  if (recordedQty.gt(0)) return byRecord(order, recordedQty, evidence);
  if (ledgerNamesPlan) return contradicted("the ledger's last fill is one of this plan");
  if (listed === true) return contradicted('the list of open orders shows it');
  const traded = perhapsOurs(order.side, evidence);
  if (traded.gt(0)) return contradicted(`${toPlainString(traded)} traded on its side`);
  const moved = movedOtherwise(evidence);
  if (moved.kind === 'no_vote')
    return order.isStop ? absent(evidence, moved.because) : { kind: 'undecided', because: moved.because };
  const tolerates = toleranceOf(evidence.stepSize);
  const asIfFilled = moved.unexplained.find((rest) => isOnItsSide(rest, order.side) && !tolerates(rest));
  if (asIfFilled !== undefined)
    return contradicted(`the position moved by ${toPlainString(asIfFilled)}, which no trade of another order explains`);
  if (!moved.unexplained.some(tolerates))
    return { kind: 'undecided', because: 'the position moved the other way, which no trade of another order explains' };
  return absent(evidence, 'the position is where other orders left it');
}

/** A report of the whole order settles it at once; a report of a part settles it if the position moved by the same part. */
function byRecord(order: LostOrder, recordedQty: Decimal, evidence: OrderEvidence): OrderWord {
  const recorded = `the user stream reported ${toPlainString(recordedQty)} of it as filled`;
  if (order.isStop || (order.quantity !== undefined && recordedQty.gte(order.quantity)))
    return { kind: 'executed', executedQty: recordedQty, because: recorded };
  const moved = movedOtherwise(evidence);
  if (moved.kind === 'no_vote') return contradicted(`${recorded}, and ${moved.because}`);
  return movedBy(moved, order.side, recordedQty, evidence.stepSize)
    ? { kind: 'executed', executedQty: recordedQty, because: `${recorded}, and the position moved by as much` }
    : contradicted(`${recorded}, and the position moved by ${moved.unexplained.map(toPlainString).join(' or ')}`);
}

/** What the exchange shows of an order, or of a stop, that is looked up by its client order id. */
export type LookedUp =
  | { readonly kind: 'found'; readonly shown: string; readonly isFinal: boolean; readonly executedQty: Decimal }
  /** A stop is not in the list of open algo orders either. */
  | { readonly kind: 'not_found' };

/**
 * Why an operator's resolution contradicts the evidence, `lookedUp` included (`undefined`: nobody asked). `undefined` when
 * nothing contradicts it. Missing evidence is no objection, because the operator has looked at the exchange.
 */
export function objectionTo(
  outcome: ResolutionOutcome,
  executedQty: Decimal,
  order: LostOrder,
  evidence: OrderEvidence,
  lookedUp: LookedUp | undefined,
): string | undefined {
  if (lookedUp?.kind === 'found') return objectionOfLookUp(outcome, executedQty, lookedUp);
  switch (outcome) {
    case 'not_found': {
      const word = judgeLostOrder(order, evidence);
      return word.kind === 'contradicted' || word.kind === 'executed' ? word.because : undefined;
    }
    case 'placed':
      return lookedUp !== undefined && isAbsentByAll(order, evidence)
        ? 'neither the look-up nor the list of open algo orders shows it, and the position is where other orders left it'
        : undefined;
    case 'filled':
    case 'partly_filled':
      return objectionToFill(executedQty, order, evidence);
  }
  return outcome satisfies never;
}

function objectionOfLookUp(
  outcome: ResolutionOutcome,
  saidQty: Decimal,
  { shown, isFinal, executedQty }: LookedUp & { kind: 'found' },
): string | undefined {
  if (outcome === 'placed') return undefined;
  if (outcome !== 'not_found' && isFinal && executedQty.eq(saidQty)) return undefined;
  return `the exchange shows it: ${shown}`;
}

/** A stop is absent without the position too; a word against that needs more to contradict it. */
function isAbsentByAll(order: LostOrder, evidence: OrderEvidence): boolean {
  return movedOtherwise(evidence).kind === 'seen' && judgeLostOrder(order, evidence).kind === 'absent';
}

/** The user stream's word comes first, then the open orders, then trades and position, of which one that agrees is enough. */
function objectionToFill(executedQty: Decimal, { side }: LostOrder, evidence: OrderEvidence): string | undefined {
  const { recordedQty, listed, stepSize } = evidence;
  if (recordedQty?.eq(executedQty) === true) return undefined;
  if (listed === true) return 'the list of open orders shows it: it has not ended';
  const said = toPlainString(executedQty);
  const moved = movedOtherwise(evidence);
  const fits = moved.kind === 'seen' && movedBy(moved, side, executedQty, stepSize);
  if (recordedQty?.gt(0) === true)
    return fits && recordedQty.lt(executedQty)
      ? undefined
      : `the user stream reported ${toPlainString(recordedQty)} of it as filled, not ${said}`;
  const traded = perhapsOurs(side, evidence);
  if (traded.eq(executedQty)) return undefined;
  if (traded.gt(executedQty) || (traded.gt(0) && !fits))
    return `${toPlainString(traded)} traded on its side, not ${said}`;
  if (fits || moved.kind === 'no_vote') return undefined;
  const by = moved.unexplained.map(toPlainString).join(' or ');
  return `the position moved by ${by}, not by ${toPlainString(signed(side, executedQty))}, and no trade of it is known`;
}

function movedBy(
  moved: Moved & { kind: 'seen' },
  side: Side,
  quantity: Decimal,
  stepSize: Decimal | undefined,
): boolean {
  const tolerates = toleranceOf(stepSize);
  return moved.unexplained.some((rest) => tolerates(rest.minus(signed(side, quantity))));
}

/**
 * From before the claim until after the last moment of acceptance, less what others traded in between. A trade at the moment
 * of one of the reads may be in it or not: both readings count.
 */
function movedOtherwise({ before, after, trades }: OrderEvidence): Moved {
  if (before === undefined)
    return { kind: 'no_vote', because: 'the position before the claim is not known: its permit does not state it' };
  if (after === undefined)
    return { kind: 'no_vote', because: 'no position was read after the exchange could last accept the order' };
  const others = (trades ?? [])
    .filter(({ mayBeOurs }) => !mayBeOurs)
    .filter(({ timeMs }) => timeMs >= before.fromMs && timeMs <= after.untilMs)
    .toSorted((a, b) => a.timeMs - b.timeMs);
  const first = others.filter(({ timeMs }) => timeMs <= before.untilMs).length;
  const last = others.filter(({ timeMs }) => timeMs < after.fromMs).length;
  if ((first + 1) * (others.length - last + 1) > MOST_READINGS)
    return { kind: 'no_vote', because: 'other trades are too frequent to judge one order by the position' };
  const totals = [ZERO];
  for (const { side, quantity } of others) totals.push((totals.at(-1) ?? ZERO).plus(signed(side, quantity)));
  const moved = after.amount.minus(before.amount);
  const unexplained: Decimal[] = [];
  for (const start of totals.slice(0, first + 1))
    for (const end of totals.slice(last)) unexplained.push(moved.minus(end.minus(start)));
  return { kind: 'seen', unexplained };
}

function toleranceOf(stepSize: Decimal | undefined): (rest: Decimal) => boolean {
  return (rest) => (stepSize?.gt(0) === true ? rest.abs().lt(stepSize) : rest.isZero());
}

const signed = (side: Side, quantity: Decimal): Decimal => (side === 'BUY' ? quantity : quantity.neg());

const isOnItsSide = (rest: Decimal, side: Side): boolean => (side === 'BUY' ? rest.gt(0) : rest.lt(0));

const perhapsOurs = (ours: Side, { trades = [] }: OrderEvidence): Decimal =>
  trades
    .filter(({ side, mayBeOurs }) => mayBeOurs && side === ours)
    .reduce((total, { quantity }) => total.plus(quantity), ZERO);

const contradicted = (because: string): OrderWord => ({ kind: 'contradicted', because });

const absent = ({ stream }: OrderEvidence, because: string): OrderWord => ({
  kind: 'absent',
  because:
    stream === 'alive_throughout'
      ? `the user stream was alive all the time and did not report it, and ${because}`
      : `the user stream was not alive all the time and has no vote, and ${because}`,
});
