import { Decimal } from '../../flow/0-decimal.js';
import { ALLOW, deny, type Verdict } from '../verdict.js';

export interface DailyLimitInput {
  readonly usedNotionalUsd: Decimal;
  readonly usedQty: Decimal;
  readonly notionalUsd: Decimal;
  readonly qty: Decimal;
  readonly maxNotionalUsd: string;
  /** `undefined`: no limit on quantity. */
  readonly maxQty: string | undefined;
}

/** Notional and quantity of the UTC day are kept apart; either can block. */
export function dailyLimit(input: DailyLimitInput): Verdict<'daily_limit_exceeded'> {
  const notionalAfter = input.usedNotionalUsd.plus(input.notionalUsd);
  if (!notionalAfter.lte(new Decimal(input.maxNotionalUsd))) {
    return deny('daily_limit_exceeded', {
      which: 'notional',
      used_usd: input.usedNotionalUsd,
      asked_usd: input.notionalUsd,
      limit_usd: new Decimal(input.maxNotionalUsd),
    });
  }
  if (input.maxQty === undefined) return ALLOW;
  return input.usedQty.plus(input.qty).lte(new Decimal(input.maxQty))
    ? ALLOW
    : deny('daily_limit_exceeded', {
        which: 'quantity',
        used: input.usedQty,
        asked: input.qty,
        limit: new Decimal(input.maxQty),
      });
}
