import { Decimal, floorToStep } from '../../flow/0-decimal.js';
import { type Denial, deny } from '../verdict.js';
import type { PositionInput } from './evidence.js';

type Input = Pick<PositionInput, 'snapshot' | 'rules'> & {
  readonly plan: Pick<PositionInput['plan'], 'symbol' | 'step'>;
};

const ZERO = new Decimal(0);
/** The market rules allow no quantity. */
const NO_RULES = { stepSize: ZERO, minQty: ZERO };

/**
 * min(requested share of the exchange amount, closable amount), rounded down to the market step. Closable is what
 * resting reduce-only orders leave. A stop closes whatever is there when it triggers, so it asks for the whole amount.
 */
export function safeQuantity(
  input: Input,
): { readonly allow: true; readonly quantity: Decimal } | Denial<'resting_reduce_orders' | 'qty_below_step'> {
  const amount = input.snapshot?.amount.abs() ?? ZERO;
  const resting = input.snapshot?.restingReduceQty ?? ZERO;
  const isStop = input.plan.step.step === 'UPDATE_SL';
  const requested = input.plan.step.step === 'UPDATE_SL' ? amount : amount.mul(input.plan.step.pct).div(100);
  const closable = isStop ? amount : amount.minus(resting);
  if (!closable.gt(0)) return deny('resting_reduce_orders', { exchange_amt: amount, resting_qty: resting });
  const { stepSize: step, minQty } = input.rules ?? NO_RULES;
  if (!step.gt(0)) return deny('qty_below_step', { step });
  const quantity = floorToStep(Decimal.min(requested, closable), step);
  if (!(quantity.gt(0) && quantity.gte(minQty))) {
    return deny('qty_below_step', { requested, closable, step, min_qty: minQty });
  }
  return { allow: true, quantity };
}
