import type { Account } from './account.js';
import { Decimal, floorToStep, ZERO } from './decimal.js';
import type { ExchangeEvent } from './events.js';
import {
  bestPrices,
  checkNotional,
  checkPercentPrice,
  checkPrice,
  checkQuantity,
  type Market,
  type Markets,
} from './markets.js';
import { isOpen, type Order, type OrderStatus, type PositionSide, remaining, type Side, type Trade } from './model.js';
import type { OrderRequest } from './order-request.js';
import type { Orders } from './orders.js';
import { closingQuantity, onlyCloses, surplusClosingOrders } from './reduce-only.js';
import { refuse } from './wire-error.js';

/** How a MARKET order is carried out instead of at once and whole; a fault asks for it. */
export interface ExecutionPlan {
  readonly status: 'NEW' | 'PARTIALLY_FILLED' | 'EXPIRED';
  /** Filled before the answer; default none for NEW, half (rounded down to the step) for the others. */
  readonly executedQty?: string;
  /** When the rest fills; never for EXPIRED. */
  readonly fillAfterMs: number;
}

/** Accepts orders, fills them against the mark price, keeps reduce-only orders inside their position. */
export class Matching {
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly markets: Markets,
    private readonly account: Account,
    private readonly orders: Orders,
    private readonly nowMs: () => number,
    private readonly publish: (event: ExchangeEvent) => void,
    private readonly positionChanged: (symbol: string) => void,
  ) {}

  /** Applies every rule without placing anything. @returns the quantity the order would be accepted with */
  check(request: OrderRequest): Decimal {
    const market = this.markets.get(request.symbol);
    if (market.info.status !== 'TRADING') throw refuse.symbolStatus();
    checkQuantity(market, request.type, request.quantity);
    if (request.type === 'LIMIT') {
      checkPrice(market, request.price);
      checkPercentPrice(market, request.side, request.price);
    }
    if (this.orders.hasOpenClientId(request.clientOrderId)) throw refuse.duplicateClientOrderId();
    if (onlyCloses(request)) return closingQuantity(this.account, this.orders, request);
    const { bid, ask } = bestPrices(market);
    const price = request.type === 'LIMIT' ? request.price : request.side === 'BUY' ? ask : bid;
    checkNotional(market, request.quantity, request.type === 'LIMIT' ? price : market.mark);
    if (this.orders.open(request.symbol).length >= market.maxOpenOrders) throw refuse.maxOpenOrders();
    if (!this.account.canAfford(request, price, this.markets, this.orders.open())) throw refuse.margin();
    return request.quantity;
  }

  /** Accepts and records the order, then fills what fills at once. @throws WireError when it is refused */
  place(request: OrderRequest, plan?: ExecutionPlan): Order {
    const quantity = this.check(request);
    const market = this.markets.get(request.symbol);
    const marketable = isMarketable(market, request);
    if (!marketable && request.timeInForce === 'FOK') throw refuse.fillOrKill();
    if (marketable && request.timeInForce === 'GTX') throw refuse.postOnly();
    const nowMs = this.nowMs();
    const order: Order = {
      sequence: this.orders.all.length + 1,
      acceptedAtMs: Date.now(),
      orderId: this.orders.nextOrderId(),
      clientOrderId: request.clientOrderId,
      symbol: request.symbol,
      side: request.side,
      positionSide: request.positionSide,
      type: request.type,
      origType: request.origType,
      timeInForce: request.timeInForce,
      reduceOnly: request.reduceOnly,
      closePosition: request.closePosition,
      price: request.price,
      stopPrice: request.stopPrice,
      workingType: request.workingType,
      goodTillDateMs: request.goodTillDateMs,
      requestedQuantity: request.quantity,
      quantity,
      timeMs: nowMs,
      executedQty: ZERO,
      cumQuote: ZERO,
      status: 'NEW',
      updateTimeMs: nowMs,
      tradeIds: [],
    };
    this.orders.add(order);
    this.publish({ kind: 'order', execution: 'NEW', order });
    if (!marketable) {
      if (request.timeInForce === 'IOC') this.end(order, 'EXPIRED');
      return order;
    }
    if (plan && request.type === 'MARKET') this.carryOut(order, market, plan);
    else this.fillAtMarket(order, market, order.quantity);
    return order;
  }

  /** The exchange closes part of a position by itself: no filter and no resting order stands in its way. */
  autoclose(symbol: string, clientOrderId: string, quantity: Decimal | undefined): Order {
    const market = this.markets.get(symbol);
    const { amount, positionSide } = this.account.position(symbol, 'BOTH');
    const held = amount.abs();
    if (held.isZero() || quantity?.gt(held) === true) throw refuse.reduceOnly();
    const side = amount.isNegative() ? 'BUY' : 'SELL';
    const order = this.forced(symbol, clientOrderId, side, positionSide, quantity ?? held);
    this.orders.add(order);
    this.fill(order, market, market.mark, order.quantity, false);
    return order;
  }

  cancel(order: Order): void {
    this.end(order, 'CANCELED');
  }

  /** Fills resting orders that the mark price has reached, at their own price. */
  cross(symbol: string): void {
    const market = this.markets.get(symbol);
    for (const order of this.orders.open(symbol)) {
      if (order.type === 'LIMIT' && isOpen(order) && isMarketable(market, order)) {
        this.fill(order, market, order.price, remaining(order), true);
      }
    }
  }

  /** Ends orders that live until a date. */
  expireByDate(): void {
    for (const order of this.orders.open()) {
      if (order.timeInForce === 'GTD' && order.goodTillDateMs <= this.nowMs()) this.end(order, 'EXPIRED');
    }
  }

  /** Ends closing orders that no longer fit; called after every change of a position. */
  trim(symbol: string): void {
    for (const order of surplusClosingOrders(this.account, this.orders, symbol)) this.end(order, 'EXPIRED');
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private forced(
    symbol: string,
    clientOrderId: string,
    side: Side,
    positionSide: PositionSide,
    quantity: Decimal,
  ): Order {
    const nowMs = this.nowMs();
    return {
      sequence: this.orders.all.length + 1,
      acceptedAtMs: Date.now(),
      orderId: this.orders.nextOrderId(),
      clientOrderId,
      symbol,
      side,
      positionSide,
      type: 'MARKET',
      origType: 'MARKET',
      timeInForce: 'IOC',
      reduceOnly: true,
      closePosition: false,
      price: ZERO,
      stopPrice: ZERO,
      workingType: 'CONTRACT_PRICE',
      goodTillDateMs: 0,
      requestedQuantity: quantity,
      quantity,
      timeMs: nowMs,
      executedQty: ZERO,
      cumQuote: ZERO,
      status: 'NEW',
      updateTimeMs: nowMs,
      tradeIds: [],
    };
  }

  private carryOut(order: Order, market: Market, plan: ExecutionPlan): void {
    const half = floorToStep(order.quantity.div(2), Decimal.max(market.lot.step, market.marketLot.step));
    const atOnce =
      plan.executedQty === undefined ? (plan.status === 'NEW' ? ZERO : half) : new Decimal(plan.executedQty);
    if (atOnce.gt(0)) this.fillAtMarket(order, market, Decimal.min(atOnce, order.quantity));
    if (!isOpen(order)) return;
    if (plan.status === 'EXPIRED') {
      this.end(order, 'EXPIRED');
      return;
    }
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (isOpen(order)) this.fillAtMarket(order, this.markets.get(order.symbol), remaining(order));
    }, plan.fillAfterMs);
    timer.unref();
    this.timers.add(timer);
  }

  private fillAtMarket(order: Order, market: Market, quantity: Decimal): void {
    const { bid, ask } = bestPrices(market);
    this.fill(order, market, order.side === 'BUY' ? ask : bid, quantity, false);
  }

  private fill(order: Order, market: Market, price: Decimal, quantity: Decimal, maker: boolean): void {
    const nowMs = this.nowMs();
    const booked = this.account.applyFill(market, order, { price, quantity, maker, nowMs });
    const trade: Trade = {
      id: this.orders.nextTradeId(),
      orderId: order.orderId,
      clientOrderId: order.clientOrderId,
      symbol: order.symbol,
      side: order.side,
      positionSide: order.positionSide,
      reduceOnly: order.reduceOnly,
      price,
      quantity,
      ...booked,
      commissionAsset: market.info.marginAsset,
      maker,
      timeMs: nowMs,
    };
    this.orders.trades.push(trade);
    order.tradeIds.push(trade.id);
    order.executedQty = order.executedQty.plus(quantity);
    order.cumQuote = order.cumQuote.plus(quantity.times(price));
    order.updateTimeMs = nowMs;
    order.status = order.executedQty.gte(order.quantity) ? 'FILLED' : 'PARTIALLY_FILLED';
    this.publish({
      kind: 'account',
      reason: 'ORDER',
      positions: [this.account.position(order.symbol, order.positionSide)],
      assets: [market.info.marginAsset],
    });
    this.publish({ kind: 'order', execution: 'TRADE', order, trade });
    this.trim(order.symbol);
    this.positionChanged(order.symbol);
  }

  private end(order: Order, status: Extract<OrderStatus, 'CANCELED' | 'EXPIRED'>): void {
    order.status = status;
    order.updateTimeMs = this.nowMs();
    this.publish({ kind: 'order', execution: status, order });
  }
}

function isMarketable(market: Market, order: { type: string; side: string; price: Decimal }): boolean {
  if (order.type === 'MARKET') return true;
  const { bid, ask } = bestPrices(market);
  return order.side === 'BUY' ? order.price.gte(ask) : order.price.lte(bid);
}
