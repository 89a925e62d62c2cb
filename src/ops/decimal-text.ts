import { Decimal } from '../flow/0-decimal.js';

/** A plain signed decimal of a body, such as -0.062. */
export const DECIMAL_TEXT = /^-?\d{1,30}(\.\d{1,30})?$/;

/** A JSON number of a body as text; anything else stays, for the check to judge. */
export const asDecimalText = ({ value }: { value: unknown }): unknown =>
  typeof value === 'number' && Number.isFinite(value) ? new Decimal(value).toFixed() : value;
