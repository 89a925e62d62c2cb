/**
 * What the codes of Binance's error answers (HTTP 4xx) say about an order request. One table, a reason for each mark;
 * docs/refusals.md is generated from it. Codes and texts: Binance USD-M futures, "Error Code". A code that is not listed
 * is `lasting`: it is definite, and nothing says that it passes.
 */
export type RefusalMark =
  /** Proves nothing: looked up; only a full close may go again before the proof. */
  | 'unknown'
  /** An order with this client order id is open: looked up. */
  | 'duplicate'
  /** Not accepted; nobody calls before the ban ends. */
  | 'rate_limit'
  /** Not accepted because of its time: signed anew inside the window. */
  | 'clock'
  /** Not accepted because the market's rules are others than ours: they are read anew, and the plan goes on by them. */
  | 'rules'
  /** Not accepted for now, and nothing lasting: the attempt ends retryable. */
  | 'passing'
  /** Not accepted, for good. */
  | 'lasting';

export interface Refusal {
  readonly mark: RefusalMark;
  /** The exchange's text, shortened. */
  readonly text: string;
  /** Why it has this mark. */
  readonly why: string;
}

const row = (mark: RefusalMark, text: string, why: string): Refusal => ({ mark, text, why });

export const REFUSALS: ReadonlyMap<number, Refusal> = new Map([
  [-1000, row('unknown', 'Unknown error', 'the exchange does not know itself what became of the order')],
  [
    -1001,
    row(
      'unknown',
      'Internal error; please try again',
      'a fault inside the exchange says nothing of what was done before',
    ),
  ],
  [-1006, row('unknown', 'Unexpected response; execution status unknown', 'the text says it')],
  [-1007, row('unknown', 'Timeout waiting for the backend; execution status unknown', 'the text says it')],
  [-1008, row('unknown', 'Server overloaded, request throttled', 'it was said of an order that filled')],
  [-1016, row('unknown', 'Service shutting down', 'an order that came before may have been taken')],
  [-4116, row('duplicate', 'Client order id is duplicated', 'a first request with this id has arrived')],

  [-1003, row('rate_limit', 'Too many requests', 'said before the order is looked at')],
  [-1015, row('rate_limit', 'Too many new orders', 'said before the order is looked at')],
  [-1021, row('clock', 'Timestamp outside of the recvWindow', 'refused for its time, before anything was done')],
  [
    -5028,
    row(
      'clock',
      'Timestamp outside of the matching engine’s recvWindow',
      'it came to the matching engine too late, and was not taken',
    ),
  ],

  [-1111, row('rules', 'Precision over the maximum defined for this asset', 'step or tick has become coarser')],
  [-4003, row('rules', 'Quantity less than or equal to zero', 'what the new step leaves of the quantity is nothing')],
  [-4004, row('rules', 'Quantity less than the minimum', 'the minimum was raised')],
  [-4005, row('rules', 'Quantity greater than the maximum', 'the market maximum was lowered')],
  [-4014, row('rules', 'Price not increased by tick size', 'the tick has changed: said of a stop’s trigger')],
  [-4023, row('rules', 'Quantity not increased by step size', 'the step has changed')],

  [
    -4131,
    row(
      'passing',
      'Best price of the counterparty does not meet PERCENT_PRICE',
      'the book is thin or the market fast; a later order is taken',
    ),
  ],
  [-2020, row('passing', 'Unable to fill', 'nobody was on the other side at that moment')],
  [-1112, row('passing', 'No orders on book for symbol', 'nobody was on the other side at that moment')],
  [-5041, row('passing', 'No depth matches this order', 'nobody was on the other side at that moment')],
  [
    -5021,
    row('passing', 'FOK order could not be filled immediately', 'says something about the book at that moment only'),
  ],
  [
    -5022,
    row(
      'passing',
      'Post-only (GTX) order would be executed as taker',
      'says something about the book at that moment only',
    ),
  ],
  [-4016, row('passing', 'Price higher than the cap of the mark price', 'the band moves with the mark price')],
  [-4024, row('passing', 'Price lower than the floor of the mark price', 'the band moves with the mark price')],
  [-4183, row('passing', 'Stop price higher than the cap of the mark price', 'the band moves with the mark price')],
  [-4184, row('passing', 'Stop price lower than the floor of the mark price', 'the band moves with the mark price')],
  [-4210, row('passing', 'Stop price higher than the price multiplier cap', 'the band moves with the mark price')],
  [-4211, row('passing', 'Stop price lower than the price multiplier floor', 'the band moves with the mark price')],
  [
    -2023,
    row(
      'passing',
      'User in liquidation mode now',
      'it ends when the liquidation has ended; what is left can be closed then',
    ),
  ],
  [-4117, row('passing', 'Stop order is triggering', 'another order of the symbol is being triggered at that moment')],
  [-2025, row('passing', 'Reach max open order limit', 'other orders end, and leave room')],
  [-4045, row('passing', 'Reach max stop order limit', 'other stops end, and leave room')],
  [
    -4400,
    row(
      'passing',
      'Quantitative rules violated, only reduce-only orders; try again later',
      'the exchange names it a matter of time',
    ),
  ],
  [-4088, row('passing', 'User cannot place orders currently', 'the exchange names it a matter of time')],

  [-1121, row('lasting', 'Invalid symbol', 'the symbol is not listed')],
  [-1122, row('lasting', 'Invalid symbol status', 'the market is not open for trading; how long is not said')],
  [-1022, row('lasting', 'Signature not valid', 'the key’s secret is wrong; a person must change it')],
  [-2014, row('lasting', 'API key format invalid', 'a person must change the key')],
  [-2015, row('lasting', 'Invalid API key, IP or permissions', 'a person must change the key or its rights')],
  [-2017, row('lasting', 'API keys are locked on this account', 'a person must unlock them')],
  [-2018, row('lasting', 'Balance is insufficient', 'the account must be funded')],
  [
    -2019,
    row('lasting', 'Margin is insufficient', 'the account must be funded; an order that only reduces needs none'),
  ],
  [
    -2021,
    row(
      'lasting',
      'Order would immediately trigger',
      'the stop’s price is crossed: reported, never sent as a market order',
    ),
  ],
  [-2022, row('lasting', 'ReduceOnly order is rejected', 'there is no position on that side to reduce')],
  [-2024, row('lasting', 'Position is not sufficient', 'the position is smaller than the order')],
  [-2026, row('lasting', 'Order type not supported with reduceOnly', 'the request itself is at fault')],
  [
    -2027,
    row(
      'lasting',
      'Exceeded the maximum position at current leverage',
      'said of orders that open; a person sets the leverage',
    ),
  ],
  [-2028, row('lasting', 'Leverage is smaller than permitted', 'a person sets the leverage')],
  [
    -4061,
    row(
      'lasting',
      'Position side does not match the user’s setting',
      'the account is in hedge mode; a person must switch it',
    ),
  ],
  [
    -4087,
    row(
      'lasting',
      'User can only place reduce-only orders',
      'an order of this system is reduce-only: that it is said all the same a person must look at',
    ),
  ],
  [
    -4108,
    row(
      'lasting',
      'Symbol is delivering, settling, closed or pre-trading',
      'the market is not open for trading; how long is not said',
    ),
  ],
  [
    -4118,
    row('lasting', 'ReduceOnly order failed: check position and open orders', 'resting orders have taken the position'),
  ],
  [
    -4130,
    row(
      'lasting',
      'An open closePosition stop in this direction exists',
      'where it is ours it is replaced; one of others is left alone',
    ),
  ],
  [
    -4140,
    row(
      'lasting',
      'Invalid symbol status for opening position',
      'the market is not open for trading; how long is not said',
    ),
  ],
  [-4141, row('lasting', 'Symbol is closed', 'the market is not open for trading; how long is not said')],
  [-4164, row('lasting', 'Notional too small', 'reduce-only orders are exempt: the request itself is at fault')],
  [-4192, row('lasting', 'Trading forbidden: cooling-off period', 'a person has chosen it, for days')],
  [-4401, row('lasting', 'Compliance: only reduce-only orders', 'the account is restricted; a person must look at it')],
  [
    -4402,
    row('lasting', 'Compliance: not available in your region', 'the account is restricted; a person must look at it'),
  ],
]);

/** What a code says about an order request; `lasting` for a code that is not listed. */
/** Refused because there is nothing left to reduce: it may be an earlier request of the same plan that left nothing. */
export function isReduceOnlyRefusal(code: string): boolean {
  return code === '-2022' || code === '-4118';
}

export function refusalMark(code: number): RefusalMark {
  return REFUSALS.get(code)?.mark ?? 'lasting';
}
