import { Decimal } from '../../flow/0-decimal.js';
import { sideOfAmount, toleranceOf } from '../../flow/6-ledger.js';
import { ALLOW, deny, type Verdict } from '../verdict.js';
import type { PositionInput } from './evidence.js';

type Input = Pick<PositionInput, 'snapshot' | 'ledger' | 'hold' | 'tolerancePct' | 'rules'>;

const ZERO = new Decimal(0);

/** A hold, or no ledger (a lost ledger also leads to a hold). */
export function notOnHold(input: Input): Verdict<'reconcile_hold_active'> {
  if (input.hold !== undefined) return deny('reconcile_hold_active', { hold: input.hold });
  return input.ledger.kind === 'present'
    ? ALLOW
    : deny('reconcile_hold_active', { hold: `ledger_${input.ledger.kind}` });
}

const exchangeAmt = (input: Input): Decimal => input.snapshot?.amount ?? ZERO;
const ledgerAmt = (input: Input): Decimal => (input.ledger.kind === 'present' ? input.ledger.amount : ZERO);

export function sameSide(input: Input): Verdict<'reconcile_required_side_mismatch'> {
  const exchangeSide = sideOfAmount(exchangeAmt(input));
  const ledgerSide = sideOfAmount(ledgerAmt(input));
  const opposite = exchangeSide !== ledgerSide && exchangeSide !== 'NONE' && ledgerSide !== 'NONE';
  return opposite
    ? deny('reconcile_required_side_mismatch', { exchange_side: exchangeSide, ledger_side: ledgerSide })
    : ALLOW;
}

/** Within the tolerance: a share of the exchange amount, never less than half a step, never an absolute floor. */
export function sameQuantity(input: Input): Verdict<'reconcile_required_qty_mismatch'> {
  const diff = exchangeAmt(input).minus(ledgerAmt(input)).abs();
  const tolerance = toleranceOf(exchangeAmt(input), input.tolerancePct, input.rules?.stepSize ?? ZERO);
  return diff.lte(tolerance)
    ? ALLOW
    : deny('reconcile_required_qty_mismatch', {
        exchange_amt: exchangeAmt(input),
        ledger_amt: ledgerAmt(input),
        diff,
        tolerance,
      });
}
