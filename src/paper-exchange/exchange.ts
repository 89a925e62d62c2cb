import { Account } from './account.js';
import { AlgoOrders } from './algo-orders.js';
import { Decimal, floorToStep, ZERO } from './decimal.js';
import type { ExchangeEvent } from './events.js';
import type { ExchangeInfo } from './exchange-info.js';
import { Markets } from './markets.js';
import { type ExecutionPlan, Matching } from './matching.js';
import type { Adjustment, AlgoOrder, Order, PositionSide } from './model.js';
import { readOrderRequest } from './order-request.js';
import { Orders } from './orders.js';
import type { Params } from './params.js';
import { refuse } from './wire-error.js';

export interface ExchangeSettings {
  readonly info: ExchangeInfo;
  readonly marks: Readonly<Record<string, string>>;
  readonly balances: Readonly<Record<string, string>>;
  readonly clockOffsetMs: number;
}

export type Autoclose = 'adl' | 'liquidation' | 'settlement';

/** The exchange without a network: markets, account, orders and their effects on each other. */
export class Exchange {
  readonly markets: Markets;
  readonly account: Account;
  readonly orders = new Orders();
  readonly algos: AlgoOrders;
  readonly adjustments: Adjustment[] = [];
  clockOffsetMs: number;
  private readonly matching: Matching;

  /** @param publish called with every event, in order, during the change */
  constructor(
    settings: ExchangeSettings,
    private readonly publish: (event: ExchangeEvent) => void,
  ) {
    this.clockOffsetMs = settings.clockOffsetMs;
    this.markets = new Markets(settings.info, settings.marks);
    this.account = new Account(settings.balances);
    const clock = (): number => this.nowMs();
    this.matching = new Matching(this.markets, this.account, this.orders, clock, publish, (symbol) =>
      this.algos.follow(symbol),
    );
    this.algos = new AlgoOrders(this.markets, this.account, this.orders, this.matching, clock, publish);
  }

  /** The exchange's clock, ms since the epoch. */
  nowMs(): number {
    return Date.now() + this.clockOffsetMs;
  }

  /** Assets that can carry a wallet balance. */
  assets(): string[] {
    const assets = new Set(this.markets.info.assets.map((asset) => asset.asset));
    for (const market of this.markets.all()) assets.add(market.info.marginAsset);
    return [...assets];
  }

  placeOrder(params: Params, plan?: ExecutionPlan): Order {
    return this.matching.place(readOrderRequest(params, this.account.hedgeMode), plan);
  }

  /** `order/test`: every check, no effect. */
  testOrder(params: Params): void {
    this.matching.check(readOrderRequest(params, this.account.hedgeMode));
  }

  cancelOrder(order: Order): void {
    this.matching.cancel(order);
    this.algos.follow(order.symbol);
  }

  /** ADL, liquidation or settlement of a position or part of it, as an order of the exchange's own. */
  autoclose(symbol: string, kind: Autoclose, quantity: Decimal | undefined): Order {
    const named = {
      adl: 'adl_autoclose',
      liquidation: `autoclose-${this.nowMs()}`,
      settlement: `settlement_autoclose-${this.nowMs()}`,
    };
    return this.matching.autoclose(symbol, named[kind], quantity);
  }

  placeAlgo(params: Params): AlgoOrder {
    return this.algos.place(params);
  }

  /** Moves a mark price; executes resting and conditional orders that the price reaches. */
  setMark(symbol: string, price: Decimal): void {
    this.markets.get(symbol).mark = price;
    this.matching.cross(symbol);
    this.algos.trigger(symbol);
  }

  /** One random step of every mark price, at most 0.05 % either way. */
  walkMarks(random: () => number): void {
    for (const market of this.markets.all()) {
      const factor = new Decimal(1).plus(new Decimal(Math.round((random() - 0.5) * 10)).div(10_000));
      const next = floorToStep(market.mark.times(factor), market.tick);
      if (next.gt(0) && !next.eq(market.mark)) this.setMark(market.symbol, next);
    }
  }

  /**
   * Moves a position by hand, as an unseen trade would.
   * @param amount signed; in hedge mode a positive amount is the LONG side, a negative one the SHORT side
   * @param silent without an ACCOUNT_UPDATE
   */
  setPosition(symbol: string, amount: Decimal, entryPrice: Decimal | undefined, silent: boolean): void {
    const market = this.markets.get(symbol);
    const positionSide: PositionSide = !this.account.hedgeMode ? 'BOTH' : amount.isNegative() ? 'SHORT' : 'LONG';
    const position = this.account.position(symbol, positionSide);
    this.adjustments.push({
      sequence: this.adjustments.length + 1,
      atMs: Date.now(),
      symbol,
      positionSide,
      from: position.amount.toFixed(),
      to: amount.toFixed(),
    });
    this.account.override(position, amount, entryPrice ?? market.mark, this.nowMs());
    if (!silent) this.publish({ kind: 'account', reason: 'ADJUSTMENT', positions: [position], assets: [] });
    this.matching.trim(symbol);
    this.algos.follow(symbol);
  }

  setLeverage(symbol: string, leverage: number): void {
    this.account.setLeverage(symbol, leverage);
    this.publish({ kind: 'config', symbol, leverage });
  }

  /** `POST /fapi/v1/positionSide/dual`. @throws WireError -4059, -4067, -4068 */
  changePositionMode(hedgeMode: boolean): void {
    if (hedgeMode === this.account.hedgeMode) throw refuse.samePositionMode();
    if (this.orders.open().length > 0 || this.algos.open().length > 0) throw refuse.positionModeOpenOrders();
    if (this.account.open().length > 0) throw refuse.positionModePosition();
    this.account.hedgeMode = hedgeMode;
  }

  /** Switches the mode by hand, whatever is open: positions move to the sides of the new mode. */
  forcePositionMode(hedgeMode: boolean): void {
    if (hedgeMode === this.account.hedgeMode) return;
    const held = this.account.open().map((position) => ({ ...position }));
    for (const { symbol, positionSide } of held) {
      this.account.override(this.account.position(symbol, positionSide), ZERO, ZERO, this.nowMs());
    }
    this.account.hedgeMode = hedgeMode;
    for (const { symbol, amount, entryPrice } of held) {
      const side: PositionSide = !hedgeMode ? 'BOTH' : amount.isNegative() ? 'SHORT' : 'LONG';
      const target = this.account.position(symbol, side);
      this.account.override(target, target.amount.plus(amount), entryPrice, this.nowMs());
    }
    for (const symbol of new Set(held.map((position) => position.symbol))) this.matching.trim(symbol);
  }

  /** Once a second: expires orders whose good-till time has passed. */
  tick(): void {
    this.matching.expireByDate();
  }

  close(): void {
    this.matching.close();
  }
}
