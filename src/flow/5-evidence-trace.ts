import { toPlainString } from './0-decimal.js';
import type { JsonObject } from './0-json.js';
import type { OrderEvidence, OrderWord, PositionSeen, TradeSeen } from './5-evidence.js';

/** The source whose word decided the outcome of an order. */
export type SettledBy =
  /** What the exchange answered to the order itself. */
  | 'answer'
  | 'look_up'
  | 'open_algo_orders'
  /** It reported the fill under our client order id. */
  | 'user_stream'
  /** All that could be had agree that there was no order. */
  | 'all_sources'
  | 'operator'
  /** Nothing yet: the outcome is unknown. */
  | 'nothing';

/** What the exchange said of the order by name; what was not asked is absent. */
export interface SaidOfOrder {
  readonly answer?: string;
  readonly lookUp?: string;
  readonly openAlgoOrders?: string;
}

/** The `evidence` of an outcome whose order was answered: nothing else had to be asked. */
export const evidenceOfAnswer = (answer: string): JsonObject => ({ settled_by: 'answer', answer });

/** The `evidence` of an outcome for its trace: what each source said, and in `missing` which said nothing. */
export function evidenceForTrace(by: SettledBy, said: SaidOfOrder, evidence: OrderEvidence): JsonObject {
  const { ledgerNamesPlan, before, after, trades, listed } = evidence;
  const sources = {
    look_up: said.lookUp,
    open_orders: listedText(listed),
    trades: trades === undefined ? undefined : tradesText(trades),
    user_stream: streamText(evidence),
    position_before: positionText(before),
    position_after: positionText(after),
    ledger: ledgerNamesPlan ? 'its last fill is of this plan' : 'its last fill is not of this plan',
  };
  const missing = Object.entries(sources).flatMap(([name, word]) => (word === undefined ? [name] : []));
  return {
    settled_by: by,
    answer: said.answer,
    open_algo_orders: said.openAlgoOrders,
    ...sources,
    missing: missing.length === 0 ? undefined : missing,
  };
}

export function settledBy(word: OrderWord): SettledBy {
  switch (word.kind) {
    case 'executed':
      return 'user_stream';
    case 'absent':
      return 'all_sources';
    case 'contradicted':
    case 'undecided':
      return 'nothing';
  }
  return word satisfies never;
}

/** Its silence is a word only if it was alive all the time. */
function streamText({ recordedQty, stream }: OrderEvidence): string | undefined {
  if (recordedQty === undefined || (recordedQty.isZero() && stream !== 'alive_throughout')) return undefined;
  return `${toPlainString(recordedQty)} filled`;
}

function listedText(listed: boolean | undefined): string | undefined {
  if (listed === undefined) return undefined;
  return listed ? 'listed' : 'not listed';
}

const positionText = (seen: PositionSeen | undefined): string | undefined => seen && toPlainString(seen.amount);

function tradesText(trades: readonly TradeSeen[]): string {
  const perhapsOurs = trades.filter(({ mayBeOurs }) => mayBeOurs).length;
  return `${perhapsOurs} that may be its own, ${trades.length - perhapsOurs} of others`;
}
