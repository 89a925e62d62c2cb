import type { Decimal } from '../../flow/0-decimal.js';
import type { PositionReason } from '../../flow/0-reasons.js';
import { notStopped } from '../not-stopped.js';
import { planWindow } from '../plan-window.js';
import { allowedSymbol } from '../proposal/allowed-symbol.js';
import { type Denial, firstDenial, type Verdict } from '../verdict.js';
import type { PositionInput } from './evidence.js';
import { cooldownOver, nothingInFlight } from './in-flight.js';
import { notOnHold, sameQuantity, sameSide } from './ledger-agreement.js';
import { nothingForgotten, readSinceRedisChanged } from './redis-settled.js';
import { safeQuantity } from './safe-quantity.js';
import { positionOpen, rulesKnown, snapshotFresh, snapshotKnown } from './snapshot.js';

/** The order of the checks; the first that fails is the reason. */
const CHECKS: readonly ((input: PositionInput) => Verdict<PositionReason>)[] = [
  (input) => allowedSymbol({ symbol: input.plan.symbol, allowlist: input.allowlist }),
  planWindow,
  notStopped,
  snapshotKnown,
  snapshotFresh,
  readSinceRedisChanged,
  positionOpen,
  rulesKnown,
  nothingForgotten,
  nothingInFlight,
  notOnHold,
  sameSide,
  sameQuantity,
  cooldownOver,
];

/** Is it safe to shrink this position now, and by how much? */
export function judgePosition(
  input: PositionInput,
): { readonly allow: true; readonly safeCloseQty: Decimal } | Denial<PositionReason> {
  const verdict = firstDenial(CHECKS, input);
  if (!verdict.allow) return verdict;
  const quantity = safeQuantity(input);
  return quantity.allow ? { allow: true, safeCloseQty: quantity.quantity } : quantity;
}
