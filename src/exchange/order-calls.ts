import { parseDecimal } from '../flow/0-decimal.js';
import {
  ExchangeUnavailable,
  type NotAccepted,
  type OrderOutcome,
  type PreparedOrder,
  type ReduceOnlyOrder,
  type StopOrder,
  type StopOutcome,
} from './exchange.port.js';
import { readOrder, readStop } from './order-answers.js';
import type { OrderCall, OrderRequests } from './order-requests.js';

/** -2021: the trigger is crossed already. */
const WOULD_TRIGGER = '-2021';
const CLIENT_ORDER_ID = /^[.A-Z:/a-z0-9_-]{1,36}$/;
const PLAIN_DECIMAL = /^\d+(\.\d+)?$/;

type SameForBoth = Exclude<OrderOutcome, { kind: 'accepted' }>;

/**
 * Prepares a reduce-only market order, the quantity text as it was given. No `positionSide`: the account is in one-way
 * mode. `marketStatus` only explains a refusal.
 */
export async function prepareReduceOnly(
  requests: OrderRequests,
  { symbol, side, quantity, clientOrderId }: ReduceOnlyOrder,
  marketStatus: string | undefined,
): Promise<PreparedOrder<OrderOutcome> | NotAccepted> {
  checkText('quantity', quantity);
  checkClientOrderId(clientOrderId);
  const prepared = await requests.prepare('placeOrder', {
    symbol,
    side,
    type: 'MARKET',
    quantity,
    reduceOnly: 'true',
    newClientOrderId: clientOrderId,
    newOrderRespType: 'RESULT',
  });
  if (prepared.kind !== 'prepared') return prepared;
  const send = async (): Promise<OrderOutcome> => {
    const call = await prepared.send();
    if (call.kind !== 'known') return outcomeOf(call, marketStatus);
    return readable(() => ({ kind: 'accepted', order: readOrder(call.order, symbol, clientOrderId) }));
  };
  return { ...prepared, send };
}

/** Prepares a stop that closes the position when the mark price crosses its trigger; it can never open one. */
export async function prepareStop(
  requests: OrderRequests,
  { symbol, side, triggerPrice, clientOrderId }: StopOrder,
  marketStatus: string | undefined,
): Promise<PreparedOrder<StopOutcome> | NotAccepted> {
  checkText('triggerPrice', triggerPrice);
  checkClientOrderId(clientOrderId);
  const prepared = await requests.prepare('placeStop', {
    algoType: 'CONDITIONAL',
    symbol,
    side,
    type: 'STOP_MARKET',
    triggerPrice,
    closePosition: 'true',
    workingType: 'MARK_PRICE',
    clientAlgoId: clientOrderId,
  });
  if (prepared.kind !== 'prepared') return prepared;
  const send = async (): Promise<StopOutcome> => {
    const call = await prepared.send();
    if (call.kind === 'known') {
      return readable(() => {
        const stop = readStop(call.order);
        if (stop.clientOrderId !== clientOrderId)
          throw new ExchangeUnavailable(`the answer is about ${stop.clientOrderId}`);
        return { kind: 'placed', stopId: stop.stopId };
      });
    }
    const outcome = outcomeOf(call, marketStatus);
    const crossed = outcome.kind === 'rejected' && outcome.code === WOULD_TRIGGER;
    return crossed ? { kind: 'would_trigger', message: outcome.message } : outcome;
  };
  return { ...prepared, send };
}

function outcomeOf(verdict: Exclude<OrderCall, { kind: 'known' }>, marketStatus: string | undefined): SameForBoth {
  switch (verdict.kind) {
    case 'rejected': {
      const closed =
        marketStatus === undefined || marketStatus === 'TRADING' ? '' : ` (the market's status is ${marketStatus})`;
      return { kind: 'rejected', code: verdict.code, message: `${verdict.message}${closed}` };
    }
    case 'not_accepted': {
      const { code, message, again, bannedUntilMs } = verdict;
      return { kind: 'not_accepted', code, message, again, bannedUntilMs };
    }
    case 'duplicate':
      return { kind: 'duplicate', message: verdict.message };
    case 'unknown':
      return { kind: 'unknown', detail: verdict.detail };
    default:
      return verdict satisfies never;
  }
}

/** The exchange accepted the order; if its answer is unreadable, the order is looked up. */
function readable<T>(read: () => T): T | { readonly kind: 'unknown'; readonly detail: string } {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExchangeUnavailable) return { kind: 'unknown', detail: `accepted, but ${error.message}` };
    throw error;
  }
}

function checkText(name: string, text: string): void {
  if (!PLAIN_DECIMAL.test(text) || parseDecimal(text)?.gt(0) !== true) {
    throw new RangeError(`${name} must be a plain decimal above zero, not ${JSON.stringify(text)}`);
  }
}

function checkClientOrderId(id: string): void {
  if (!CLIENT_ORDER_ID.test(id)) {
    throw new RangeError(`a client order id has 1 to 36 of A-Z a-z 0-9 . : / _ -, not ${JSON.stringify(id)}`);
  }
}
