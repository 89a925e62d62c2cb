import type { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';

/** A position changed (`ACCOUNT_UPDATE`). It carries no mark price, no leverage and no resting orders. */
export interface PositionPush {
  readonly kind: 'position';
  readonly symbol: MarketSymbol;
  /** Signed: long above zero, short below. */
  readonly amount: Decimal;
  readonly entryPrice: Decimal;
  readonly unrealizedPnl: Decimal;
  /** Why, in the exchange's word: `ORDER`, `ADJUSTMENT`, `FUNDING_FEE`, … */
  readonly reason: string;
  /** When the change happened; exchange's clock. */
  readonly transactionTimeMs: number;
}

/** An order moved (`ORDER_TRADE_UPDATE`): anybody's, the exchange's own `autoclose-…` and `adl_autoclose` included. */
export interface OrderPush {
  readonly kind: 'order';
  readonly symbol: MarketSymbol;
  readonly clientOrderId: string;
  readonly orderId: string;
  readonly side: 'BUY' | 'SELL';
  /** In the exchange's word; liquidations have states of their own. */
  readonly status: string;
  readonly quantity: Decimal;
  /** Cumulative. */
  readonly executedQty: Decimal;
  /** 0 while nothing filled. */
  readonly avgPrice: Decimal;
  readonly reduceOnly: boolean;
  /** Whether an order of its type waits in the book; a market order does not. */
  readonly rests: boolean;
  /** Exchange's clock. */
  readonly timeMs: number;
}

/** A conditional order moved (`ALGO_UPDATE`). */
export interface AlgoPush {
  readonly kind: 'algo';
  readonly symbol: MarketSymbol;
  readonly clientOrderId: string;
  readonly stopId: string;
  readonly status: string;
  /** The order it became; `""` before it was triggered. */
  readonly orderId: string;
  /** Exchange's clock. */
  readonly timeMs: number;
}

export type UserEvent =
  | PositionPush
  | OrderPush
  | AlgoPush
  /** The listen key ended: this connection gets no more events. The stream replaces it by itself. */
  | { readonly kind: 'expired' };

/** Why a connection of the stream ended, or could not be had. */
export type StreamEnd =
  /** No listen key, or no connection. */
  | 'not_connected'
  /** The exchange or the network closed it. */
  | 'closed'
  /** Pings are not answered. */
  | 'half_open'
  /** Pings are answered and no message for too long. */
  | 'silent'
  /** The listen key ended. */
  | 'expired'
  /** {@link UserStream.replace} was called. */
  | 'distrusted';

/** The listener. Calls have the order of the messages; none may throw or block. */
export interface UserStreamListener {
  /** Events are reported from now on. Earlier ones were missed: positions must be read again, by a request that starts now. */
  connected(): void;
  event(event: UserEvent): void;
  /** The exchange has shown that it is there, after every event before this call. At least once in a few seconds. */
  alive(): void;
  /** A message cannot be read. */
  unreadable(detail: string): void;
  /** The listen key could not be renewed yet; it is tried again long before the key ends. */
  keyNotRenewed(error: unknown): void;
  /** The stream tries again by itself after `retryInMs`. */
  disconnected(cause: StreamEnd, detail: string, retryInMs: number): void;
}

/**
 * What the exchange pushes about the account. It never throws and never gives up. Do not rely on it:
 * an open connection without messages proves nothing.
 */
export interface UserStream {
  start(): void;
  /** Replaces the connection by a new one with a new request for a listen key. */
  replace(detail: string): void;
  stop(): Promise<void>;
}
