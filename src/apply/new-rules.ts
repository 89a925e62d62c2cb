import { setTimeout as sleep } from 'node:timers/promises';
import { Decimal, toPlainString } from '../flow/0-decimal.js';
import type { JsonObject } from '../flow/0-json.js';
import { orderQuantity } from '../flow/4-order.js';
import {
  type ExchangePort,
  ExchangeUnavailable,
  type MarketRules,
  type NotAccepted,
} from '../exchange/exchange.port.js';
import type { Prepared } from './order-preparer.js';
import { notSent, type Outcome } from './outcomes.js';
import { triggerOnTick } from './stop-placer.js';

/** About the length of a window. A slower reading continues in the background for the next attempt. */
const WAIT_MS = 1_000;

export type ByNewRules =
  | { readonly kind: 'changed'; readonly order: Prepared }
  /** The quantity that the new rules allow is less than the step or the minimum. */
  | { readonly kind: 'nothing_left'; readonly outcome: Outcome }
  /** The rules could not be read or have not changed; another attempt may succeed. */
  | { readonly kind: 'same'; readonly refusal: NotAccepted; readonly details: JsonObject };

/**
 * Reads the market rules again after the exchange refused an order by them, and rounds the order down to the new rules: never a
 * larger quantity than before, the same client order id.
 */
export async function orderByNewRules(
  exchange: Pick<ExchangePort, 'rulesAnew'>,
  order: Prepared,
  refusal: NotAccepted,
): Promise<ByNewRules> {
  const rules = await readWithin(exchange, order);
  if (typeof rules === 'string') return { kind: 'same', refusal, details: { rules } };
  const { attempt } = order;
  if (attempt.step.step === 'UPDATE_SL') {
    const price = new Decimal(attempt.step.price);
    const [before, now] = [order.rules, rules].map(({ tickSize }) => triggerOnTick(price, tickSize, order.side));
    if (before !== undefined && now?.eq(before) === false) return { kind: 'changed', order: { ...order, rules } };
    return { kind: 'same', refusal, details: { rules: `the tick is ${toPlainString(rules.tickSize)}, as before` } };
  }
  const refused: JsonObject = { refused_code: refusal.code, refused_quantity: order.quantity };
  const sized = orderQuantity(order.quantity, rules);
  if (sized.kind === 'below_step') {
    const details = { ...order.details, ...refused, step_size: rules.stepSize, min_qty: rules.minQty };
    const cause = 'the exchange changed its rules after the permit was given';
    return { kind: 'nothing_left', outcome: notSent(attempt, 'p33_denied', 'qty_below_step', { ...details, cause }) };
  }
  const { quantity, cutTo = order.details['cut_to_market_max'] } = sized;
  if (quantity.eq(order.quantity)) {
    return { kind: 'same', refusal, details: { rules: `they allow ${toPlainString(quantity)}, as before` } };
  }
  const details = { ...order.details, ...refused, cut_to_market_max: cutTo };
  return { kind: 'changed', order: { ...order, rules, quantity, sent: { ...order.sent, quantity }, details } };
}

/** The current rules, or a sentence that says why they are not known. */
async function readWithin(
  exchange: Pick<ExchangePort, 'rulesAnew'>,
  { attempt }: Prepared,
): Promise<MarketRules | string> {
  const timer = new AbortController();
  const tooLate = sleep(WAIT_MS, `they could not be read within ${WAIT_MS} ms`, { signal: timer.signal }).catch(
    () => 'not waited for',
  );
  const read = exchange.rulesAnew(attempt.symbol).catch((error: unknown) => {
    if (error instanceof ExchangeUnavailable) return error.message;
    throw error;
  });
  try {
    return await Promise.race([read, tooLate]);
  } finally {
    timer.abort();
  }
}
