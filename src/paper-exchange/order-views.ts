import { Decimal, toPlainString, ZERO } from './decimal.js';
import type { Market } from './markets.js';
import type { AlgoOrder, Order, Trade } from './model.js';

/** With at least the digits of the market's rules: an order from before a change of rules keeps its own. */
const fixed = (value: Decimal, digits: number): string => value.toFixed(Math.max(0, digits, value.decimalPlaces()));
const quantityText = (market: Market, value: Decimal): string => fixed(value, market.info.quantityPrecision);
const priceText = (market: Market, value: Decimal): string => fixed(value, market.info.pricePrecision);

/** Average fill price; zero before the first fill. */
export function averagePrice(order: Order): Decimal {
  return order.executedQty.isZero() ? ZERO : order.cumQuote.div(order.executedQty);
}

/** Average prices carry at least five decimals, more where the tick is finer. */
export function averageText(market: Market, value: Decimal): string {
  return value.toFixed(Math.max(5, market.info.pricePrecision + 1), Decimal.ROUND_HALF_UP);
}

/** An order as `POST`, `GET` and `DELETE /fapi/v1/order` show it; `time` only where it is read back. */
export function orderView(market: Market, order: Order, options: { withTime: boolean }): Record<string, unknown> {
  const view = {
    orderId: order.orderId,
    symbol: order.symbol,
    status: order.status,
    clientOrderId: order.clientOrderId,
    price: priceText(market, order.price),
    avgPrice: averageText(market, averagePrice(order)),
    origQty: quantityText(market, order.quantity),
    executedQty: quantityText(market, order.executedQty),
    cumQty: quantityText(market, order.executedQty),
    cumQuote: toPlainString(order.cumQuote),
    timeInForce: order.timeInForce,
    type: order.type,
    reduceOnly: order.reduceOnly,
    closePosition: order.closePosition,
    side: order.side,
    positionSide: order.positionSide,
    stopPrice: priceText(market, order.stopPrice),
    workingType: order.workingType,
    priceProtect: false,
    origType: order.origType,
    priceMatch: 'NONE',
    selfTradePreventionMode: 'EXPIRE_MAKER',
    goodTillDate: order.goodTillDateMs,
    updateTime: order.updateTimeMs,
  };
  return options.withTime ? { ...view, time: order.timeMs } : view;
}

/** The answer to `newOrderRespType=ACK`: accepted, whatever happened since. */
export function acknowledgement(market: Market, order: Order): Record<string, unknown> {
  return {
    ...orderView(market, order, { withTime: false }),
    status: 'NEW',
    avgPrice: averageText(market, ZERO),
    executedQty: quantityText(market, ZERO),
    cumQty: quantityText(market, ZERO),
    cumQuote: '0',
    updateTime: order.timeMs,
  };
}

export function tradeView(trade: Trade): Record<string, unknown> {
  return {
    symbol: trade.symbol,
    id: trade.id,
    orderId: trade.orderId,
    side: trade.side,
    price: toPlainString(trade.price),
    qty: toPlainString(trade.quantity),
    realizedPnl: toPlainString(trade.realizedPnl),
    quoteQty: toPlainString(trade.price.times(trade.quantity)),
    commission: toPlainString(trade.commission),
    commissionAsset: trade.commissionAsset,
    time: trade.timeMs,
    positionSide: trade.positionSide,
    buyer: trade.side === 'BUY',
    maker: trade.maker,
  };
}

/** A conditional order as `POST` and `GET /fapi/v1/algoOrder` show it. */
export function algoView(market: Market, algo: AlgoOrder, order: Order | undefined): Record<string, unknown> {
  return {
    algoId: algo.algoId,
    clientAlgoId: algo.clientAlgoId,
    algoType: 'CONDITIONAL',
    orderType: algo.orderType,
    symbol: algo.symbol,
    side: algo.side,
    positionSide: algo.positionSide,
    timeInForce: algo.timeInForce,
    quantity: quantityText(market, algo.quantity ?? ZERO),
    algoStatus: algo.algoStatus,
    actualOrderId: order ? String(order.orderId) : '',
    actualPrice: order ? averageText(market, averagePrice(order)) : '0.00000',
    actualQty: order ? quantityText(market, order.executedQty) : '0',
    triggerPrice: priceText(market, algo.triggerPrice),
    price: priceText(market, algo.price),
    icebergQuantity: null,
    tpTriggerPrice: '0.000',
    tpPrice: '0.000',
    slTriggerPrice: '0.000',
    slPrice: '0.000',
    tpOrderType: '',
    selfTradePreventionMode: 'EXPIRE_MAKER',
    workingType: algo.workingType,
    priceMatch: 'NONE',
    closePosition: algo.closePosition,
    priceProtect: algo.priceProtect,
    reduceOnly: algo.reduceOnly || algo.closePosition,
    activatePrice: '',
    callbackRate: '',
    createTime: algo.createTimeMs,
    updateTime: algo.updateTimeMs,
    triggerTime: algo.triggerTimeMs,
    goodTillDate: 0,
  };
}
