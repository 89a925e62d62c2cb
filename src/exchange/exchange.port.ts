import type { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import type { UserStream, UserStreamListener } from './user-stream.port.js';

/** Nest token of the one {@link ExchangePort} of a process. */
export const EXCHANGE = Symbol('EXCHANGE');

/** How many more orders the exchange takes now, and when it takes more where that is none. */
export interface OrderRoom {
  readonly left: number;
  readonly againInMs: number;
}

/** What the exchange allows for market orders of one symbol: LOT_SIZE and MARKET_LOT_SIZE, whichever is stricter. */
export interface MarketRules {
  readonly symbol: MarketSymbol;
  readonly stepSize: Decimal;
  readonly minQty: Decimal;
  readonly maxQty: Decimal;
  readonly tickSize: Decimal;
}

export interface PositionReading {
  readonly symbol: MarketSymbol;
  /** Signed: long above zero, short below. Flat symbols are 0. */
  readonly amount: Decimal;
  readonly entryPrice: Decimal;
  /** Above zero for an open position. 0 for a flat symbol whose price could not be read. */
  readonly markPrice: Decimal;
  /** When the price was read before this answer: 0 for an open position; up to a minute for a flat symbol. */
  readonly markPriceAgeMs: number;
  readonly unrealizedPnl: Decimal;
  /** `0` when the exchange gives none, as for a flat symbol. */
  readonly leverage: string;
  /** Exchange's clock; 0 when it gave none. */
  readonly updateTimeMs: number;
}

/** One answer to "what are all positions": every open position of the account, and the flat ones of those asked for. */
export interface PositionsReading {
  readonly positions: ReadonlyMap<MarketSymbol, PositionReading>;
  /** Symbols of those asked for about which the answer says nothing that can be read, and why. They are not flat. */
  readonly unreadable: ReadonlyMap<MarketSymbol, string>;
}

/** Open orders that take something away, of the symbols asked for. */
export interface RestingReading {
  readonly resting: ReadonlyMap<MarketSymbol, readonly RestingReduction[]>;
  /** As in {@link PositionsReading}: of these nothing is known. */
  readonly unreadable: ReadonlyMap<MarketSymbol, string>;
}

export interface RestingReduction {
  readonly clientOrderId: string;
  readonly side: 'BUY' | 'SELL';
  /** What is still open of it. */
  readonly remainingQty: Decimal;
}

/** A market order that can only shrink a position. */
export interface ReduceOnlyOrder {
  readonly symbol: MarketSymbol;
  readonly side: 'BUY' | 'SELL';
  /** An exact multiple of the step, as plain decimal text; sent as it is. */
  readonly quantity: string;
  readonly clientOrderId: string;
}

/** A STOP_MARKET order that closes (never opens) when the mark price crosses `triggerPrice`. */
export interface StopOrder {
  readonly symbol: MarketSymbol;
  readonly side: 'BUY' | 'SELL';
  readonly triggerPrice: string;
  readonly clientOrderId: string;
}

export type OrderStatus =
  'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'REJECTED' | 'EXPIRED' | 'EXPIRED_IN_MATCH';

export interface OrderReport {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly symbol: MarketSymbol;
  readonly side: 'BUY' | 'SELL';
  readonly status: OrderStatus;
  readonly quantity: Decimal;
  /** Cumulative. */
  readonly executedQty: Decimal;
  /** 0 while nothing filled. */
  readonly avgPrice: Decimal;
  readonly reduceOnly: boolean;
  /** Exchange's clock. */
  readonly updateTimeMs: number;
}

/** Whether an order that was not taken may go again inside its window, under the same client order id. */
export type SendAgain =
  /** No: another attempt may. */
  | 'later'
  /** The same order, signed anew. */
  | 'newly_signed'
  /** After the market's rules were read anew ({@link ExchangePort.rulesAnew}), as they allow it. */
  | 'by_new_rules';

/** Definite: the exchange did not take the order, or it was not sent. Says nothing lasting about it. */
export interface NotAccepted {
  readonly kind: 'not_accepted';
  readonly code: string;
  readonly message: string;
  readonly again: SendAgain;
  /** No call before this time (host clock, epoch ms); 0 when free. */
  readonly bannedUntilMs: number;
}

/** The outcome of an order request (the outcome table of docs/architecture.md). */
export type OrderOutcome =
  | { readonly kind: 'accepted'; readonly order: OrderReport }
  /** Definite: the exchange refused it with a code. Never retried. */
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string }
  | NotAccepted
  /** An order with this client order id is open already: look it up. */
  | { readonly kind: 'duplicate'; readonly message: string }
  /** Anything may have happened: look it up, never send it again. */
  | { readonly kind: 'unknown'; readonly detail: string };

export type StopOutcome =
  | { readonly kind: 'placed'; readonly stopId: string }
  /** The trigger is already crossed (-2021): reported, never turned into a market order. */
  | { readonly kind: 'would_trigger'; readonly message: string }
  | Exclude<OrderOutcome, { kind: 'accepted' }>;

/**
 * An order whose request is built, signed and given an open connection of its own. Nothing is written before {@link send}:
 * between the two the caller claims the permits. Must be sent or dropped, since it holds a connection.
 */
export interface PreparedOrder<Outcome> {
  readonly kind: 'prepared';
  /** The `timestamp` that was signed; the exchange's clock. It refuses the request {@link recvWindowMs} later. */
  readonly signedTimestampMs: number;
  readonly recvWindowMs: number;
  /** Writes exactly the signed bytes, once. Every result is an outcome; it never throws instead. */
  send(): Promise<Outcome>;
  /** Gives the order up before a byte of it is written. */
  drop(): void;
}

export type LookUp = { readonly kind: 'found'; readonly order: OrderReport } | { readonly kind: 'not_found' };

export interface TradeReport {
  readonly orderId: string;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly side: 'BUY' | 'SELL';
  readonly timeMs: number;
}

/** A trade with what it cost and gained, as the exchange's own books have it. */
export interface SettledTrade extends TradeReport {
  readonly tradeId: string;
  /** BOTH in one-way mode. */
  readonly positionSide: 'BOTH' | 'LONG' | 'SHORT';
  /** 0 for a trade that opened or grew a position; without the fee. */
  readonly realizedPnl: Decimal;
  /** Negative for a rebate. */
  readonly commission: Decimal;
  readonly commissionAsset: string;
}

export interface OpenStop {
  readonly stopId: string;
  readonly clientOrderId: string;
  readonly side: 'BUY' | 'SELL';
  readonly triggerPrice: Decimal;
  /** Still waiting for its trigger; false once it was triggered, cancelled or expired. */
  readonly isOpen: boolean;
}

/** The exchange's rate limits and bans as this process knows them, for metrics. */
export interface BudgetUse {
  readonly usedWeight1m: number;
  /** Host clock, epoch ms; 0 when calls are allowed. */
  readonly bannedUntilMs: number;
}

/** Positions, rules and look-ups could not be read; nothing was changed by asking. The message says why. */
export class ExchangeUnavailable extends Error {
  override readonly name = 'ExchangeUnavailable';
}

/** The exchange did not answer the call, failed, or forbids calls for now: it concerns every call. */
export class ExchangeAway extends ExchangeUnavailable {
  readonly outage = 'exchange';
}

/** The exchange refuses these credentials (-2014, -2015, -1022) or there are none. */
export class CredentialsRefused extends Error {
  override readonly name = 'CredentialsRefused';
}

export type ExchangeHealth =
  | { readonly state: 'ok'; readonly lastAnswerMs: number }
  | { readonly state: 'no_credentials' }
  | { readonly state: 'never_answered' | 'failing'; readonly lastError: string; readonly lastAnswerMs: number };

/**
 * The exchange as the roles see it. One adapter (ccxt) serves every mode. Reads throw {@link ExchangeUnavailable} or
 * {@link CredentialsRefused}; they never answer with a guess. Preparing an order throws {@link CredentialsRefused} without
 * a key, and a `RangeError` for a malformed quantity, price or client order id; anything else that prevents sending
 * it (a ban, no connection) is {@link NotAccepted}.
 */
export interface ExchangePort {
  /** Rules of one symbol from a cached exchangeInfo (re-read hourly). Throws when the symbol or a filter is missing. */
  rules(symbol: MarketSymbol): Promise<MarketRules>;
  /** The same as far as they are known without asking the exchange. */
  knownRules(symbol: MarketSymbol): MarketRules | undefined;
  /**
   * The same after the exchange has refused an order by rules that are others than the cached ones: exchangeInfo is read
   * again, at most once in two seconds, one read for all who ask. Until that has worked {@link rules} of the symbol throws.
   */
  rulesAnew(symbol: MarketSymbol): Promise<MarketRules>;
  /** One all-positions read plus one price read; `symbols` that are flat come back with amount 0 and a mark price. */
  positions(symbols: readonly MarketSymbol[]): Promise<PositionsReading>;
  /** Open reduce-only (and close-side) orders that take part of the position away, by symbol. */
  restingReductions(symbols: readonly MarketSymbol[]): Promise<RestingReading>;
  /** True when the account is in hedge mode, in which reduce-only orders do not exist. */
  isHedgeMode(): Promise<boolean>;
  /** False when the account or its key may not trade: a key for reading is enough for the Position Brain only. */
  canTrade(): Promise<boolean>;
  /** A digest of account kind and API key: names the account without revealing the key. */
  readonly accountFingerprint: string;
  readonly hasCredentials: boolean;
  /** An order may be prepared within a quarter of a second: whether the address is banned is read now, so that the order waits for no answer. */
  lookAhead(): void;
  /** As this process knows it, without a call. */
  orderRoom(): OrderRoom;
  prepareReduceOnly(order: ReduceOnlyOrder): Promise<PreparedOrder<OrderOutcome> | NotAccepted>;
  prepareStop(order: StopOrder): Promise<PreparedOrder<StopOutcome> | NotAccepted>;
  /** Ends an open stop. One that is gone already (-2011) is success. */
  cancelStop(symbol: MarketSymbol, clientOrderId: string): Promise<void>;
  openStops(symbol: MarketSymbol): Promise<readonly OpenStop[]>;
  /** By client order id. -2013 is `not_found`, which may be wrong for 20 s after the order was sent. */
  findOrder(symbol: MarketSymbol, clientOrderId: string): Promise<LookUp>;
  /** As {@link findOrder}, by the exchange's own id: an order of another service, whose client order id is not known here. */
  findOrderById(symbol: MarketSymbol, orderId: string): Promise<LookUp>;
  /** The client order id of an order, by the id that trades name it with; `undefined` when the exchange does not find it (yet). */
  findClientOrderId(symbol: MarketSymbol, orderId: string): Promise<string | undefined>;
  /** The same of several orders that were placed since a time (exchange's clock), by their ids; those that are not found are left out. */
  clientOrderIds(
    symbol: MarketSymbol,
    orderIds: ReadonlySet<string>,
    sinceMs: number,
  ): Promise<ReadonlyMap<string, string>>;
  /** The symbols in which the account has traded since a time (exchange's clock), by its income list: it may lag by a minute. With an end, which is excluded, the start may be three months ago. */
  tradedSymbols(sinceMs: number, untilMs?: number): Promise<ReadonlySet<string>>;
  /** The algo endpoint's counterpart of {@link findOrder}; finds ended stops too. */
  findStop(symbol: MarketSymbol, clientOrderId: string): Promise<OpenStop | undefined>;
  /** Account trades of a symbol since a time (exchange's clock), oldest first; not further back than seven days. */
  trades(symbol: MarketSymbol, sinceMs: number): Promise<readonly TradeReport[]>;
  /** Account trades of a symbol between two times (exchange's clock, the second excluded; a week apart at most), oldest first. */
  settledTrades(symbol: MarketSymbol, fromMs: number, untilMs: number): Promise<readonly SettledTrade[]>;
  /** Exchange time minus host time, and how far off that estimate may be: infinitely, before the exchange was asked. */
  clock(): { readonly offsetMs: number; readonly uncertaintyMs: number };
  /** What the exchange pushes about the account; needs credentials, and is silent before it is started. */
  userStream(listener: UserStreamListener): UserStream;
  health(): ExchangeHealth;
  budget(): BudgetUse;
  /**
   * Loads markets, syncs the clock, checks the key where there is one, and keeps the connection warm from then on. Throws
   * as the reads do; may be called again after a failure.
   */
  connect(): Promise<void>;
  close(): Promise<void>;
}
