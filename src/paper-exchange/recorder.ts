import { toPlainString } from './decimal.js';
import type { Exchange } from './exchange.js';
import type { Adjustment } from './model.js';
import { averagePrice } from './order-views.js';

const KEPT_REQUESTS = 50_000;

/** One request as it arrived; `status` stays null when no complete answer was sent. */
export interface RequestRecord {
  readonly sequence: number;
  /** Host clock, epoch ms with fractions. */
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  /** Without the signature. */
  readonly params: Readonly<Record<string, string>>;
  faults: readonly string[];
  /** Request weight it was charged; 0 for one that no route took. */
  weight: number;
  status: number | null;
  code?: number;
}

/** An order that was accepted. Quantities and prices are plain decimal strings. */
interface OrderRecord {
  readonly sequence: number;
  readonly acceptedAtMs: number;
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: string;
  readonly positionSide: string;
  readonly type: string;
  readonly origType: string;
  readonly reduceOnly: boolean;
  readonly closePosition: boolean;
  /** The requested quantity; `quantity` is the accepted one. */
  readonly requestedQuantity: string;
  readonly quantity: string;
  readonly price: string;
  readonly executedQty: string;
  readonly avgPrice: string;
  readonly status: string;
  readonly tradeIds: readonly number[];
}

interface TradeRecord {
  readonly id: number;
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: string;
  readonly positionSide: string;
  readonly reduceOnly: boolean;
  readonly price: string;
  readonly quantity: string;
  readonly realizedPnl: string;
  readonly commission: string;
  readonly commissionAsset: string;
  readonly maker: boolean;
  readonly timeMs: number;
}

interface AlgoRecord {
  readonly algoId: number;
  readonly clientAlgoId: string;
  readonly symbol: string;
  readonly side: string;
  readonly orderType: string;
  readonly triggerPrice: string;
  readonly quantity: string;
  readonly closePosition: boolean;
  readonly reduceOnly: boolean;
  readonly algoStatus: string;
  readonly actualOrderId: number | null;
}

/** What happened at the exchange, for comparison with a client's records. */
export interface Records {
  readonly orders: OrderRecord[];
  readonly trades: TradeRecord[];
  readonly algoOrders: AlgoRecord[];
  /** Positions that are not flat. */
  readonly positions: {
    readonly symbol: string;
    readonly positionSide: string;
    readonly amount: string;
    readonly entryPrice: string;
  }[];
  /** Positions moved by hand: a position is the sum of its trades and of these. */
  readonly adjustments: Adjustment[];
  readonly requests: RequestRecord[];
  /** Requests older than the last 50 000, no longer listed. */
  readonly requestsForgotten: number;
  /** How many requests were refused, by Binance code. */
  readonly refused: Record<string, number>;
}

/** Keeps the requests; everything else is read from the exchange when it is asked for. */
export class Recorder {
  private requests: RequestRecord[] = [];
  private received = 0;
  private readonly refused = new Map<number, number>();

  receive(method: string, path: string, params: Record<string, string>): RequestRecord {
    this.received += 1;
    const record: RequestRecord = {
      sequence: this.received,
      atMs: performance.timeOrigin + performance.now(),
      method,
      path,
      params,
      faults: [],
      weight: 0,
      status: null,
    };
    this.requests.push(record);
    if (this.requests.length > KEPT_REQUESTS * 2) this.requests = this.requests.slice(-KEPT_REQUESTS);
    return record;
  }

  refuse(record: RequestRecord, code: number): void {
    record.code = code;
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  read(exchange: Exchange): Records {
    const requests = this.requests.slice(-KEPT_REQUESTS);
    return {
      orders: exchange.orders.all.map((order) => ({
        sequence: order.sequence,
        acceptedAtMs: order.acceptedAtMs,
        orderId: order.orderId,
        clientOrderId: order.clientOrderId,
        symbol: order.symbol,
        side: order.side,
        positionSide: order.positionSide,
        type: order.type,
        origType: order.origType,
        reduceOnly: order.reduceOnly,
        closePosition: order.closePosition,
        requestedQuantity: toPlainString(order.requestedQuantity),
        quantity: toPlainString(order.quantity),
        price: toPlainString(order.price),
        executedQty: toPlainString(order.executedQty),
        avgPrice: toPlainString(averagePrice(order)),
        status: order.status,
        tradeIds: [...order.tradeIds],
      })),
      trades: exchange.orders.trades.map((trade) => ({
        ...trade,
        price: toPlainString(trade.price),
        quantity: toPlainString(trade.quantity),
        realizedPnl: toPlainString(trade.realizedPnl),
        commission: toPlainString(trade.commission),
      })),
      algoOrders: exchange.algos.all.map((algo) => ({
        algoId: algo.algoId,
        clientAlgoId: algo.clientAlgoId,
        symbol: algo.symbol,
        side: algo.side,
        orderType: algo.orderType,
        triggerPrice: toPlainString(algo.triggerPrice),
        quantity: algo.quantity ? toPlainString(algo.quantity) : '0',
        closePosition: algo.closePosition,
        reduceOnly: algo.reduceOnly,
        algoStatus: algo.algoStatus,
        actualOrderId: algo.actualOrderId ?? null,
      })),
      positions: exchange.account.open().map((position) => ({
        symbol: position.symbol,
        positionSide: position.positionSide,
        amount: toPlainString(position.amount),
        entryPrice: toPlainString(position.entryPrice),
      })),
      adjustments: [...exchange.adjustments],
      requests: requests.map((request) => ({ ...request })),
      requestsForgotten: this.received - requests.length,
      refused: Object.fromEntries(this.refused),
    };
  }
}
