import { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import type {
  OpenStop,
  OrderReport,
  OrderStatus,
  RestingReduction,
  SettledTrade,
  TradeReport,
} from './exchange.port.js';
import {
  malformed,
  readBoolean,
  readDecimal,
  readId,
  readList,
  readRecord,
  readPositionSide,
  readSide,
  readText,
  readTime,
} from './answer-fields.js';
import { readSymbolRows, type SymbolRows } from './answer-rows.js';

const STATUSES: ReadonlySet<string> = new Set<OrderStatus>([
  'NEW',
  'PARTIALLY_FILLED',
  'FILLED',
  'CANCELED',
  'REJECTED',
  'EXPIRED',
  'EXPIRED_IN_MATCH',
]);

/** An order as `POST` and `GET /fapi/v1/order` show it. It must be the requested one. */
export function readOrder(answer: unknown, symbol: MarketSymbol, clientOrderId: string): OrderReport {
  const record = readRecord(answer, 'order');
  const status = readText(record, 'status', 'order');
  if (!isOrderStatus(status)) throw malformed('order.status', 'a known order status', status);
  if (record.symbol !== symbol) throw malformed('order.symbol', symbol, record.symbol);
  if (record.clientOrderId !== clientOrderId) {
    throw malformed('order.clientOrderId', clientOrderId, record.clientOrderId);
  }
  const quantity = readDecimal(record, 'origQty', 'order');
  const executedQty = readDecimal(record, 'executedQty', 'order');
  if (!(executedQty.gte(0) && executedQty.lte(quantity))) {
    throw malformed('order.executedQty', `between 0 and ${quantity.toFixed()}`, record.executedQty);
  }
  return {
    orderId: readId(record, 'orderId', 'order'),
    clientOrderId,
    symbol,
    side: readSide(record, 'order'),
    status,
    quantity,
    executedQty,
    avgPrice: record.avgPrice === undefined ? new Decimal(0) : readDecimal(record, 'avgPrice', 'order'),
    reduceOnly: readBoolean(record, 'reduceOnly', 'order'),
    updateTimeMs: readTime(record, 'updateTime', 'order'),
  };
}

/** The client order id in a `GET /fapi/v1/order` answer. It must be about the requested order. */
export function readClientOrderId(answer: unknown, symbol: MarketSymbol, orderId: string): string {
  const record = readRecord(answer, 'order');
  if (record.symbol !== symbol) throw malformed('order.symbol', symbol, record.symbol);
  const given = readId(record, 'orderId', 'order');
  if (given !== orderId) throw malformed('order.orderId', orderId, given);
  return readText(record, 'clientOrderId', 'order');
}

/** Client order ids of an `allOrders` answer by the exchange's order ids. */
export function readClientOrderIds(answer: unknown, symbol: MarketSymbol): ReadonlyMap<string, string> {
  return new Map(
    readList(answer, 'allOrders').map((row) => {
      const orderId = readId(readRecord(row, 'allOrders[]'), 'orderId', 'allOrders[]');
      return [orderId, readClientOrderId(row, symbol, orderId)];
    }),
  );
}

function isOrderStatus(text: string): text is OrderStatus {
  return STATUSES.has(text);
}

/** The reduce-only orders of an `openOrders` answer that still take something away, by symbol. */
export function readRestingReductions(answer: unknown): SymbolRows<RestingReduction> {
  const place = 'openOrders[]';
  return readSymbolRows(answer, 'openOrders', (row) => {
    if (!readBoolean(row, 'reduceOnly', place)) return undefined;
    const remainingQty = readDecimal(row, 'origQty', place).minus(readDecimal(row, 'executedQty', place));
    if (!remainingQty.gt(0)) return undefined;
    return { clientOrderId: readText(row, 'clientOrderId', place), side: readSide(row, place), remainingQty };
  });
}

export interface AccountTrade extends TradeReport {
  readonly tradeId: string;
}

/** A `userTrades` answer, oldest first. */
export function readTrades(answer: unknown): AccountTrade[] {
  const trades = readList(answer, 'userTrades').map((item) => {
    const record = readRecord(item, 'userTrades[]');
    return {
      tradeId: readId(record, 'id', 'userTrades[]'),
      orderId: readId(record, 'orderId', 'userTrades[]'),
      quantity: readDecimal(record, 'qty', 'userTrades[]'),
      price: readDecimal(record, 'price', 'userTrades[]'),
      side: readSide(record, 'userTrades[]'),
      timeMs: readTime(record, 'time', 'userTrades[]'),
    };
  });
  return trades.toSorted((a, b) => a.timeMs - b.timeMs);
}

/** A `userTrades` answer with fees and profits, oldest first. */
export function readSettledTrades(answer: unknown): SettledTrade[] {
  const bare = new Map(readTrades(answer).map((trade) => [trade.tradeId, trade]));
  const place = 'userTrades[]';
  const settled = readList(answer, 'userTrades').flatMap((item) => {
    const record = readRecord(item, place);
    const trade = bare.get(readId(record, 'id', place));
    if (trade === undefined) return [];
    return {
      ...trade,
      positionSide: readPositionSide(record, place),
      realizedPnl: readDecimal(record, 'realizedPnl', place),
      commission: readDecimal(record, 'commission', place),
      commissionAsset: readText(record, 'commissionAsset', place),
    };
  });
  return settled.toSorted((a, b) => a.timeMs - b.timeMs);
}

/** A conditional order as the algo endpoints show it. */
export function readStop(answer: unknown): OpenStop {
  const record = readRecord(answer, 'algoOrder');
  return {
    stopId: readId(record, 'algoId', 'algoOrder'),
    clientOrderId: readText(record, 'clientAlgoId', 'algoOrder'),
    side: readSide(record, 'algoOrder'),
    triggerPrice: readDecimal(record, 'triggerPrice', 'algoOrder'),
    isOpen: readText(record, 'algoStatus', 'algoOrder') === 'NEW',
  };
}

/** The STOP_MARKET orders among the open conditional ones: the kind this system places. */
export function readOpenStops(answer: unknown): OpenStop[] {
  return readList(answer, 'openAlgoOrders')
    .map((item) => readRecord(item, 'openAlgoOrders[]'))
    .filter((record) => readText(record, 'orderType', 'openAlgoOrders[]') === 'STOP_MARKET')
    .map(readStop);
}
