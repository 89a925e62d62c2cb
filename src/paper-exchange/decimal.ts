import { Decimal as BaseDecimal } from 'decimal.js';

/**
 * Decimal arithmetic for quantities, prices and money. 60 significant digits, so that no product of two wire numbers
 * (at most 20 digits on each side of the point) is ever rounded silently.
 */
export const Decimal = BaseDecimal.clone({
  precision: 60,
  rounding: BaseDecimal.ROUND_DOWN,
  toExpNeg: -40,
  toExpPos: 60,
});
export type Decimal = BaseDecimal;

export const ZERO: Decimal = new Decimal(0);

/** Largest multiple of `step` that is not above `value`; a step of zero disables the rule, as in exchangeInfo. */
export function floorToStep(value: Decimal, step: Decimal): Decimal {
  return step.isZero() ? value : value.div(step).floor().times(step);
}

/** Whether `value` is an exact multiple of `step`; a step of zero allows everything. */
export function isMultipleOf(value: Decimal, step: Decimal): boolean {
  return step.isZero() || value.mod(step).isZero();
}

/** Plain decimal text without exponent and without trailing zeros. */
export function toPlainString(value: Decimal): string {
  return value.toFixed();
}
