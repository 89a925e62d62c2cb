import { Decimal, ZERO } from './decimal.js';
import type { Market } from './markets.js';
import { type Order, type Position, type PositionSide, remaining, type Side, signed } from './model.js';

const TAKER_FEE = new Decimal('0.0005');
const MAKER_FEE = new Decimal('0.0002');
const START_BALANCE = '100000';
const DEFAULT_LEVERAGE = 20;
const ENTRY_PRICE_DECIMALS = 12;

/** Positions, wallet balances and settings of the one account. */
export class Account {
  hedgeMode = false;
  canTrade = true;
  private readonly positions = new Map<string, Position>();
  private readonly wallets = new Map<string, Decimal>();
  private readonly leverages = new Map<string, number>();
  private readonly isolated = new Set<string>();

  constructor(balances: Readonly<Record<string, string>>) {
    for (const [asset, balance] of Object.entries(balances)) this.wallets.set(asset, new Decimal(balance));
  }

  wallet(asset: string): Decimal {
    return this.wallets.get(asset) ?? new Decimal(START_BALANCE);
  }

  leverage(symbol: string): number {
    return this.leverages.get(symbol) ?? DEFAULT_LEVERAGE;
  }

  setLeverage(symbol: string, leverage: number): void {
    this.leverages.set(symbol, leverage);
  }

  isIsolated(symbol: string): boolean {
    return this.isolated.has(symbol);
  }

  setIsolated(symbol: string, isolated: boolean): void {
    if (isolated) this.isolated.add(symbol);
    else this.isolated.delete(symbol);
  }

  /** The position, flat when there never was one. The object is live: fills change it. */
  position(symbol: string, positionSide: PositionSide): Position {
    const key = `${symbol}|${positionSide}`;
    const known = this.positions.get(key);
    if (known) return known;
    const fresh: Position = {
      symbol,
      positionSide,
      amount: ZERO,
      entryPrice: ZERO,
      realizedPnl: ZERO,
      updateTimeMs: 0,
    };
    this.positions.set(key, fresh);
    return fresh;
  }

  /** The sides a symbol has in the account's mode: BOTH, or LONG and SHORT. */
  positionsOf(symbol: string): Position[] {
    const sides: PositionSide[] = this.hedgeMode ? ['LONG', 'SHORT'] : ['BOTH'];
    return sides.map((side) => this.position(symbol, side));
  }

  open(): Position[] {
    return [...this.positions.values()].filter((position) => !position.amount.isZero());
  }

  /** Moves a position by hand, without a trade and without a change of balances. */
  override(position: Position, amount: Decimal, entryPrice: Decimal, nowMs: number): void {
    position.amount = amount;
    position.entryPrice = amount.isZero() ? ZERO : entryPrice;
    position.updateTimeMs = nowMs;
  }

  /** Books one fill: amount, average entry price, realized profit and commission. */
  applyFill(
    market: Market,
    order: Order,
    fill: { price: Decimal; quantity: Decimal; maker: boolean; nowMs: number },
  ): { realizedPnl: Decimal; commission: Decimal } {
    const position = this.position(order.symbol, order.positionSide);
    const before = position.amount;
    const after = before.plus(signed(order.side, fill.quantity));
    const opposes = !before.isZero() && before.isNegative() !== (order.side === 'SELL');
    const closed = opposes ? Decimal.min(before.abs(), fill.quantity) : ZERO;
    const gain = fill.price.minus(position.entryPrice).times(closed);
    const realizedPnl = before.isNegative() ? gain.neg() : gain;
    if (after.isZero()) position.entryPrice = ZERO;
    else if (before.isZero() || before.isNegative() !== after.isNegative()) position.entryPrice = fill.price;
    else if (!opposes) {
      const cost = before.abs().times(position.entryPrice).plus(fill.quantity.times(fill.price));
      position.entryPrice = cost.div(after.abs()).toDecimalPlaces(ENTRY_PRICE_DECIMALS);
    }
    position.amount = after;
    position.realizedPnl = position.realizedPnl.plus(realizedPnl);
    position.updateTimeMs = fill.nowMs;
    const commission = fill.price
      .times(fill.quantity)
      .times(fill.maker ? MAKER_FEE : TAKER_FEE)
      .toDecimalPlaces(8);
    const asset = market.info.marginAsset;
    this.wallets.set(asset, this.wallet(asset).plus(realizedPnl).minus(commission));
    return { realizedPnl, commission };
  }

  /** Whether the opening part of an order fits into the free margin of its asset. */
  canAfford(
    order: { symbol: string; side: Side; positionSide: PositionSide; quantity: Decimal },
    price: Decimal,
    markets: MarketLookup,
    openOrders: Iterable<Order>,
  ): boolean {
    const market = markets.get(order.symbol);
    const amount = this.position(order.symbol, order.positionSide).amount;
    const opposes = !amount.isZero() && amount.isNegative() !== (order.side === 'SELL');
    const opening = opposes ? Decimal.max(ZERO, order.quantity.minus(amount.abs())) : order.quantity;
    if (opening.isZero()) return true;
    const required = opening.times(price).div(this.leverage(order.symbol));
    return required.lte(this.availableMargin(market.info.marginAsset, markets, openOrders));
  }

  /** Wallet plus unrealized profit minus the initial margin of positions and of resting opening orders. */
  availableMargin(asset: string, markets: MarketLookup, openOrders: Iterable<Order>): Decimal {
    let available = this.wallet(asset);
    for (const position of this.open()) {
      const market = markets.get(position.symbol);
      if (market.info.marginAsset !== asset) continue;
      available = available
        .plus(market.mark.minus(position.entryPrice).times(position.amount))
        .minus(position.amount.abs().times(market.mark).div(this.leverage(position.symbol)));
    }
    for (const order of openOrders) {
      const market = markets.get(order.symbol);
      if (order.reduceOnly || market.info.marginAsset !== asset) continue;
      available = available.minus(remaining(order).times(order.price).div(this.leverage(order.symbol)));
    }
    return available;
  }
}

interface MarketLookup {
  get(symbol: string): Market;
}
