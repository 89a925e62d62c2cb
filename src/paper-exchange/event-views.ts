import type { Account } from './account.js';
import { toPlainString, ZERO } from './decimal.js';
import type { ExchangeEvent } from './events.js';
import type { Market, Markets } from './markets.js';
import type { AlgoOrder, Order, Position, Trade } from './model.js';
import { averagePrice, averageText } from './order-views.js';

/** The JSON of a user-data stream event. Field names: Binance USD-M futures, "User Data Streams". */
export function eventView(
  event: ExchangeEvent,
  markets: Markets,
  account: Account,
  nowMs: number,
): Record<string, unknown> {
  switch (event.kind) {
    case 'order':
      return {
        e: 'ORDER_TRADE_UPDATE',
        E: nowMs,
        T: event.order.updateTimeMs,
        o: orderEvent(markets.get(event.order.symbol), event.order, event.execution, event.trade),
      };
    case 'account':
      return {
        e: 'ACCOUNT_UPDATE',
        E: nowMs,
        T: nowMs,
        a: {
          m: event.reason,
          B: event.assets.map((asset) => {
            const balance = account.wallet(asset).toFixed(8);
            return { a: asset, wb: balance, cw: balance, bc: '0' };
          }),
          P: event.positions.map((position) => positionEvent(markets.get(position.symbol), account, position)),
        },
      };
    case 'algo':
      return { e: 'ALGO_UPDATE', E: nowMs, T: event.algo.updateTimeMs, o: algoEvent(event.algo) };
    case 'config':
      return { e: 'ACCOUNT_CONFIG_UPDATE', E: nowMs, T: nowMs, ac: { s: event.symbol, l: event.leverage } };
    default:
      return event satisfies never;
  }
}

function orderEvent(
  market: Market,
  order: Order,
  execution: string,
  trade: Trade | undefined,
): Record<string, unknown> {
  const filled = trade && { N: trade.commissionAsset, n: toPlainString(trade.commission), t: trade.id };
  return {
    s: order.symbol,
    c: order.clientOrderId,
    S: order.side,
    o: order.type,
    f: order.timeInForce,
    q: toPlainString(order.quantity),
    p: toPlainString(order.price),
    ap: averageText(market, averagePrice(order)),
    sp: toPlainString(order.stopPrice),
    x: execution,
    X: order.status,
    i: order.orderId,
    l: toPlainString(trade?.quantity ?? ZERO),
    z: toPlainString(order.executedQty),
    L: toPlainString(trade?.price ?? ZERO),
    ...(filled ?? { n: '0', t: 0 }),
    T: order.updateTimeMs,
    b: '0',
    a: '0',
    m: trade?.maker ?? false,
    R: order.reduceOnly,
    wt: order.workingType,
    ot: order.origType,
    ps: order.positionSide,
    cp: order.closePosition,
    rp: toPlainString(trade?.realizedPnl ?? ZERO),
    pP: false,
    si: 0,
    ss: 0,
    V: 'EXPIRE_MAKER',
    pm: 'NONE',
    gtd: order.goodTillDateMs,
    er: '0',
  };
}

function positionEvent(market: Market, account: Account, position: Position): Record<string, unknown> {
  return {
    s: position.symbol,
    pa: toPlainString(position.amount),
    ep: toPlainString(position.entryPrice),
    bep: toPlainString(position.entryPrice),
    cr: toPlainString(position.realizedPnl),
    up: market.mark.minus(position.entryPrice).times(position.amount).toFixed(8),
    mt: account.isIsolated(position.symbol) ? 'isolated' : 'cross',
    iw: '0',
    ps: position.positionSide,
    ma: market.info.marginAsset,
  };
}

function algoEvent(algo: AlgoOrder): Record<string, unknown> {
  return {
    caid: algo.clientAlgoId,
    aid: algo.algoId,
    at: 'CONDITIONAL',
    o: algo.orderType,
    s: algo.symbol,
    S: algo.side,
    ps: algo.positionSide,
    f: algo.timeInForce,
    q: toPlainString(algo.quantity ?? ZERO),
    X: algo.algoStatus,
    ai: algo.actualOrderId === undefined ? '' : String(algo.actualOrderId),
    tp: toPlainString(algo.triggerPrice),
    p: toPlainString(algo.price),
    V: 'EXPIRE_MAKER',
    wt: algo.workingType,
    pm: 'NONE',
    cp: algo.closePosition,
    pP: algo.priceProtect,
    R: algo.reduceOnly || algo.closePosition,
    tt: algo.triggerTimeMs,
    gtd: 0,
    rm: algo.rejectReason,
  };
}
