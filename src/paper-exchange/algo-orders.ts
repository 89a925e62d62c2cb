import type { Account } from './account.js';
import type { Decimal } from './decimal.js';
import { ZERO } from './decimal.js';
import type { ExchangeEvent } from './events.js';
import { checkPrice, checkQuantity, type Markets } from './markets.js';
import type { Matching } from './matching.js';
import { type AlgoOrder, type AlgoOrderType, isOpen } from './model.js';
import { readClientId, readPositionSide, readSide, readTimeInForce } from './order-request.js';
import type { Orders } from './orders.js';
import type { Params } from './params.js';
import { opposedAmount } from './reduce-only.js';
import { refuse, WireError } from './wire-error.js';

const FIRST_ALGO_ID = 2_148_001;
const TYPES: readonly AlgoOrderType[] = ['STOP_MARKET', 'TAKE_PROFIT_MARKET', 'STOP', 'TAKE_PROFIT'];

/** Conditional orders: they wait outside the book until the mark price reaches their trigger. */
export class AlgoOrders {
  readonly all: AlgoOrder[] = [];

  constructor(
    private readonly markets: Markets,
    private readonly account: Account,
    private readonly orders: Orders,
    private readonly matching: Matching,
    private readonly nowMs: () => number,
    private readonly publish: (event: ExchangeEvent) => void,
  ) {}

  open(symbol?: string): AlgoOrder[] {
    return this.all.filter((algo) => algo.algoStatus === 'NEW' && (symbol === undefined || algo.symbol === symbol));
  }

  find(algoId: number | undefined, clientAlgoId: string | undefined): AlgoOrder | undefined {
    if (algoId !== undefined) return this.all.find((algo) => algo.algoId === algoId);
    if (clientAlgoId !== undefined) return this.all.findLast((algo) => algo.clientAlgoId === clientAlgoId);
    throw refuse.missingEither('algoid', 'clientalgoid');
  }

  /** `POST /fapi/v1/algoOrder`. @throws WireError when it is malformed or refused */
  place(params: Params): AlgoOrder {
    const algo = this.read(params);
    const market = this.markets.get(algo.symbol);
    if (market.info.status !== 'TRADING') throw refuse.symbolStatus();
    checkPrice(market, algo.triggerPrice);
    const isLimit = algo.orderType === 'STOP' || algo.orderType === 'TAKE_PROFIT';
    if (isLimit) checkPrice(market, algo.price);
    if (algo.quantity) checkQuantity(market, isLimit ? 'LIMIT' : 'MARKET', algo.quantity);
    const open = this.open();
    if (open.some((other) => other.clientAlgoId === algo.clientAlgoId)) throw refuse.duplicateClientOrderId();
    const noPosition = opposedAmount(this.account, algo).isZero();
    if (algo.closePosition && noPosition) throw refuse.needsPosition();
    if (algo.reduceOnly && noPosition) throw refuse.reduceOnly();
    if (algo.closePosition && open.some((other) => rivals(other, algo))) throw refuse.closePositionExists();
    if (isTriggered(algo, market.mark)) throw refuse.wouldTrigger();
    this.all.push(algo);
    this.publish({ kind: 'algo', algo });
    return algo;
  }

  cancel(algo: AlgoOrder): void {
    this.move(algo, 'CANCELED');
  }

  /** Turns every conditional order whose trigger the mark has reached into an order of the book. */
  trigger(symbol: string): void {
    const { mark } = this.markets.get(symbol);
    for (const algo of this.open(symbol)) if (isTriggered(algo, mark)) this.fire(algo);
  }

  /** After a change of positions or orders: expires algo orders whose position is gone, finishes those whose order has finished. */
  follow(symbol: string): void {
    for (const algo of this.all) {
      if (algo.symbol !== symbol) continue;
      if (algo.algoStatus === 'NEW' && algo.closePosition && opposedAmount(this.account, algo).isZero()) {
        this.move(algo, 'EXPIRED');
      }
      this.finish(algo);
    }
  }

  private finish(algo: AlgoOrder): void {
    if (algo.algoStatus !== 'TRIGGERED' || algo.actualOrderId === undefined) return;
    const order = this.orders.find(algo.symbol, algo.actualOrderId, undefined);
    if (order && !isOpen(order)) this.move(algo, 'FINISHED');
  }

  private fire(algo: AlgoOrder): void {
    if (algo.algoStatus !== 'NEW') return;
    algo.triggerTimeMs = this.nowMs();
    const held = opposedAmount(this.account, algo);
    const isLimit = algo.orderType === 'STOP' || algo.orderType === 'TAKE_PROFIT';
    // Leave the NEW state before the fill: its own fill flattens the position, which must not expire it.
    algo.algoStatus = 'TRIGGERED';
    try {
      const order = this.matching.place({
        symbol: algo.symbol,
        side: algo.side,
        positionSide: algo.positionSide,
        type: isLimit ? 'LIMIT' : 'MARKET',
        origType: algo.orderType,
        quantity: algo.quantity ?? held,
        price: isLimit ? algo.price : ZERO,
        stopPrice: algo.triggerPrice,
        timeInForce: algo.timeInForce === 'GTE_GTC' ? 'GTC' : algo.timeInForce,
        goodTillDateMs: 0,
        reduceOnly: algo.positionSide === 'BOTH' && (algo.reduceOnly || algo.closePosition),
        closePosition: algo.closePosition,
        workingType: algo.workingType,
        clientOrderId: algo.clientAlgoId,
      });
      algo.actualOrderId = order.orderId;
      this.move(algo, 'TRIGGERED');
      this.finish(algo);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      algo.rejectReason = error.message;
      this.move(algo, 'REJECTED');
    }
  }

  private move(algo: AlgoOrder, status: AlgoOrder['algoStatus']): void {
    algo.algoStatus = status;
    algo.updateTimeMs = this.nowMs();
    this.publish({ kind: 'algo', algo });
  }

  private read(params: Params): AlgoOrder {
    if (params.requiredText('algoType') !== 'CONDITIONAL') throw refuse.invalidParameter('algoType');
    const symbol = params.requiredText('symbol');
    const side = readSide(params);
    const orderType = TYPES.find((type) => type === params.requiredText('type'));
    if (!orderType) throw refuse.orderType();
    const positionSide = readPositionSide(params, this.account.hedgeMode);
    const closePosition = params.flag('closePosition');
    const isLimit = orderType === 'STOP' || orderType === 'TAKE_PROFIT';
    if (closePosition && isLimit) throw refuse.closePositionType(orderType);
    if (closePosition && params.text('quantity') !== undefined) throw refuse.notRequired('quantity');
    const reduceOnly = params.flag('reduceOnly');
    if (params.text('reduceOnly') !== undefined && (closePosition || this.account.hedgeMode)) {
      throw refuse.notRequired('reduceonly');
    }
    const nowMs = this.nowMs();
    return {
      algoId: FIRST_ALGO_ID + this.all.length,
      clientAlgoId: readClientId(params, 'clientAlgoId'),
      orderType,
      symbol,
      side,
      positionSide,
      timeInForce: closePosition ? 'GTE_GTC' : (readTimeInForce(params) ?? 'GTC'),
      quantity: closePosition ? undefined : params.requiredDecimal('quantity'),
      price: isLimit ? params.requiredDecimal('price') : ZERO,
      triggerPrice: params.requiredDecimal('triggerPrice'),
      workingType: params.text('workingType') ?? 'CONTRACT_PRICE',
      closePosition,
      priceProtect: params.flag('priceProtect'),
      reduceOnly,
      createTimeMs: nowMs,
      acceptedAtMs: Date.now(),
      algoStatus: 'NEW',
      updateTimeMs: nowMs,
      triggerTimeMs: 0,
      actualOrderId: undefined,
      rejectReason: '',
    };
  }
}

/** A stop waits for the price to go against the position, a take-profit for it to go with it. */
function isTriggered(algo: AlgoOrder, mark: Decimal): boolean {
  const isStop = algo.orderType === 'STOP' || algo.orderType === 'STOP_MARKET';
  const firesWhenHigh = isStop === (algo.side === 'BUY');
  return firesWhenHigh ? mark.gte(algo.triggerPrice) : mark.lte(algo.triggerPrice);
}

/** Two closePosition orders of the same kind in the same direction exclude each other. */
function rivals(a: AlgoOrder, b: AlgoOrder): boolean {
  return (
    a.closePosition &&
    a.symbol === b.symbol &&
    a.side === b.side &&
    a.positionSide === b.positionSide &&
    a.orderType === b.orderType
  );
}
