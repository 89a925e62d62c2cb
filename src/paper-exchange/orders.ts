import { isOpen, type Order, type Trade } from './model.js';
import { refuse } from './wire-error.js';

const FIRST_ORDER_ID = 8_389_000_001;
const FIRST_TRADE_ID = 698_000_001;

/** Every order and trade; nothing is removed. */
export class Orders {
  readonly all: Order[] = [];
  readonly trades: Trade[] = [];
  private readonly byId = new Map<number, Order>();
  private readonly byClientId = new Map<string, Order>();
  private readonly openOrders = new Set<Order>();

  nextOrderId(): number {
    return FIRST_ORDER_ID + this.all.length;
  }

  nextTradeId(): number {
    return FIRST_TRADE_ID + this.trades.length;
  }

  add(order: Order): void {
    this.all.push(order);
    this.byId.set(order.orderId, order);
    this.byClientId.set(clientKey(order.symbol, order.clientOrderId), order);
    this.openOrders.add(order);
  }

  /** Orders that can still trade, in the order they came. */
  open(symbol?: string): Order[] {
    const result: Order[] = [];
    for (const order of this.openOrders) {
      if (!isOpen(order)) this.openOrders.delete(order);
      else if (symbol === undefined || order.symbol === symbol) result.push(order);
    }
    return result;
  }

  hasOpenClientId(clientOrderId: string): boolean {
    return this.open().some((order) => order.clientOrderId === clientOrderId);
  }

  /** By exchange id, else by client id; of several with one client id, the latest. `orderId` wins when both are given. */
  find(symbol: string, orderId: number | undefined, clientOrderId: string | undefined): Order | undefined {
    if (orderId !== undefined) {
      const order = this.byId.get(orderId);
      return order?.symbol === symbol ? order : undefined;
    }
    if (clientOrderId !== undefined) return this.byClientId.get(clientKey(symbol, clientOrderId));
    throw refuse.missingEither('origClientOrderId', 'orderId');
  }
}

const clientKey = (symbol: string, clientOrderId: string): string => `${symbol}|${clientOrderId}`;
