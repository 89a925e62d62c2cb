import type { Decimal } from './decimal.js';

export type Side = 'BUY' | 'SELL';
export type PositionSide = 'BOTH' | 'LONG' | 'SHORT';
export type OrderType = 'MARKET' | 'LIMIT';
export type OrderStatus = 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED';
export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTX' | 'GTD';
export type AlgoOrderType = 'STOP_MARKET' | 'TAKE_PROFIT_MARKET' | 'STOP' | 'TAKE_PROFIT';
type AlgoStatus = 'NEW' | 'TRIGGERED' | 'FINISHED' | 'CANCELED' | 'EXPIRED' | 'REJECTED';

/** An order as the matching engine keeps it; times are the exchange's clock in ms, except `acceptedAtMs` (host clock). */
export interface Order {
  readonly sequence: number;
  readonly acceptedAtMs: number;
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly type: OrderType;
  readonly origType: OrderType | AlgoOrderType;
  readonly timeInForce: TimeInForce;
  readonly reduceOnly: boolean;
  readonly closePosition: boolean;
  readonly price: Decimal;
  readonly stopPrice: Decimal;
  readonly workingType: string;
  readonly goodTillDateMs: number;
  /** What the client asked for; `quantity` is smaller when a reduce-only MARKET order was cut to the position. */
  readonly requestedQuantity: Decimal;
  readonly quantity: Decimal;
  readonly timeMs: number;
  executedQty: Decimal;
  cumQuote: Decimal;
  status: OrderStatus;
  updateTimeMs: number;
  readonly tradeIds: number[];
}

export interface Trade {
  readonly id: number;
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly reduceOnly: boolean;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly realizedPnl: Decimal;
  readonly commission: Decimal;
  readonly commissionAsset: string;
  readonly maker: boolean;
  readonly timeMs: number;
}

/** Signed amount: positive is long. In hedge mode the SHORT side's amount is negative or zero. */
export interface Position {
  readonly symbol: string;
  readonly positionSide: PositionSide;
  amount: Decimal;
  entryPrice: Decimal;
  realizedPnl: Decimal;
  updateTimeMs: number;
}

export interface AlgoOrder {
  readonly algoId: number;
  readonly clientAlgoId: string;
  readonly orderType: AlgoOrderType;
  readonly symbol: string;
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly timeInForce: TimeInForce | 'GTE_GTC';
  /** `undefined` with closePosition: the quantity is the position's at the time of the trigger. */
  readonly quantity: Decimal | undefined;
  readonly price: Decimal;
  readonly triggerPrice: Decimal;
  readonly workingType: string;
  readonly closePosition: boolean;
  readonly priceProtect: boolean;
  readonly reduceOnly: boolean;
  readonly createTimeMs: number;
  readonly acceptedAtMs: number;
  algoStatus: AlgoStatus;
  updateTimeMs: number;
  triggerTimeMs: number;
  actualOrderId: number | undefined;
  rejectReason: string;
}

/** A position moved by hand (control interface), outside the order book. */
export interface Adjustment {
  readonly sequence: number;
  readonly atMs: number;
  readonly symbol: string;
  readonly positionSide: PositionSide;
  readonly from: string;
  readonly to: string;
}

export const isOpen = (order: Order): boolean => order.status === 'NEW' || order.status === 'PARTIALLY_FILLED';
export const remaining = (order: Order): Decimal => order.quantity.minus(order.executedQty);
export const signed = (side: Side, quantity: Decimal): Decimal => (side === 'BUY' ? quantity : quantity.neg());
