import { Decimal, toPlainString } from './0-decimal.js';
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
/** With more trades than this at the times of the two reads, nobody can say which of them a read includes. */
const MOST_READINGS = 2_500;

/** The outcome of an order that the look-up does not find. Pure: no clock, and no assumption about missing evidence. */
export function judgeLostOrder(order: LostOrder, evidence: OrderEvidence): OrderWord {
  const { recordedQty, ledgerNamesPlan, trades, listed } = evidence;
  if (recordedQty === undefined) return contradicted('the recorded fill of the order cannot be read');
  if (recordedQty.gt(0)) return byRecord(order, recordedQty, evidence);
  if (ledgerNamesPlan) return contradicted("the ledger's last fill is one of this plan");
  if (listed === true) return contradicted('the list of open orders shows it');
  const perhapsOurs = sum((trades ?? []).filter((trade) => trade.mayBeOurs && trade.side === order.side));
  if (perhapsOurs.gt(0)) return contradicted(`${toPlainString(perhapsOurs)} traded on its side`);
  const moved = movedOtherwise(evidence);
  if (moved.kind === 'no_vote')
    return order.isStop ? absent(moved.because) : { kind: 'undecided', because: moved.because };
  const tolerates = toleranceOf(evidence.stepSize);
  const asIfFilled = moved.unexplained.find((rest) => isOnItsSide(rest, order.side) && !tolerates(rest));
  if (asIfFilled !== undefined)
    return contradicted(`the position moved by ${toPlainString(asIfFilled)}, which no trade of another order explains`);
  if (!moved.unexplained.some(tolerates))
    return { kind: 'undecided', because: 'the position moved the other way, which no trade of another order explains' };
  return absent('and the position is where other orders left it');
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

/**
 * Why an operator's resolution contradicts the evidence: that the order did not exist, or that `executedQty` of it filled.
 * `undefined` when nothing contradicts it. Missing evidence is no objection, because the operator has looked at the exchange.
 */
export function objectionTo(executedQty: Decimal, order: LostOrder, evidence: OrderEvidence): string | undefined {
  if (executedQty.isZero()) {
    const word = judgeLostOrder(order, evidence);
    return word.kind === 'contradicted' || word.kind === 'executed' ? word.because : undefined;
  }
  const { recordedQty } = evidence;
  if (recordedQty === undefined || recordedQty.isZero() || recordedQty.eq(executedQty)) return undefined;
  const moved = movedOtherwise(evidence);
  const isMore = recordedQty.lt(executedQty);
  if (isMore && moved.kind === 'seen' && movedBy(moved, order.side, executedQty, evidence.stepSize)) return undefined;
  return `the user stream reported ${toPlainString(recordedQty)} of it as filled, not ${toPlainString(executedQty)}`;
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

const sum = (trades: readonly TradeSeen[]): Decimal =>
  trades.reduce((total, { quantity }) => total.plus(quantity), ZERO);

const contradicted = (because: string): OrderWord => ({ kind: 'contradicted', because });

const absent = (because: string): OrderWord => ({ kind: 'absent', because });
