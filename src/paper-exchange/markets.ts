import { Decimal, floorToStep, isMultipleOf, toPlainString } from './decimal.js';
import { type ExchangeInfo, type RulesChange, type SymbolFilter, type SymbolInfo, withRules } from './exchange-info.js';
import type { OrderType } from './model.js';
import { refuse } from './wire-error.js';

interface Lot {
  readonly min: Decimal;
  readonly max: Decimal;
  readonly step: Decimal;
}

/** One symbol's trading rules, read from its exchangeInfo filters. */
export interface Market {
  readonly info: SymbolInfo;
  readonly symbol: string;
  readonly tick: Decimal;
  readonly minPrice: Decimal;
  readonly maxPrice: Decimal;
  readonly lot: Lot;
  readonly marketLot: Lot;
  readonly minNotional: Decimal;
  readonly multiplierUp: Decimal;
  readonly multiplierDown: Decimal;
  readonly maxOpenOrders: number;
  mark: Decimal;
}

function readMarket(info: SymbolInfo, mark: string | undefined): Market {
  const filter = (type: string): SymbolFilter => {
    const found = info.filters.find((candidate) => candidate.filterType === type);
    if (!found) throw new Error(`exchangeInfo: ${info.symbol} has no ${type} filter`);
    return found;
  };
  const number = (type: string, field: string): Decimal => {
    const value = filter(type)[field];
    if (value === undefined) throw new Error(`exchangeInfo: ${type} of ${info.symbol} has no ${field}`);
    return new Decimal(value);
  };
  const lot = (type: string): Lot => ({
    min: number(type, 'minQty'),
    max: number(type, 'maxQty'),
    step: number(type, 'stepSize'),
  });
  const tick = number('PRICE_FILTER', 'tickSize');
  const minPrice = number('PRICE_FILTER', 'minPrice');
  const maxPrice = number('PRICE_FILTER', 'maxPrice');
  // Real minimum prices lie some fifty to three hundred times below the market; anything inside the filter will do.
  const invented = Decimal.min(maxPrice, Decimal.max(minPrice, tick, '0.00000001').times(100));
  return {
    info,
    symbol: info.symbol,
    tick,
    minPrice,
    maxPrice,
    lot: lot('LOT_SIZE'),
    marketLot: lot('MARKET_LOT_SIZE'),
    minNotional: number('MIN_NOTIONAL', 'notional'),
    multiplierUp: number('PERCENT_PRICE', 'multiplierUp'),
    multiplierDown: number('PERCENT_PRICE', 'multiplierDown'),
    maxOpenOrders: Number(filter('MAX_NUM_ORDERS')['limit']),
    mark: mark === undefined ? Decimal.max(tick, floorToStep(invented, tick)) : new Decimal(mark),
  };
}

/** The listed symbols, their rules and their mark prices. */
export class Markets {
  private readonly bySymbol = new Map<string, Market>();
  private readonly assets: ExchangeInfo['assets'];

  constructor(info: ExchangeInfo, marks: Readonly<Record<string, string>>) {
    this.assets = info.assets;
    for (const symbol of info.symbols) this.bySymbol.set(symbol.symbol, readMarket(symbol, marks[symbol.symbol]));
  }

  /** As `exchangeInfo` tells it, with the rules of now. */
  get info(): ExchangeInfo {
    return { assets: this.assets, symbols: [...this.bySymbol.values()].map((market) => market.info) };
  }

  /** Changes a symbol's rules while it trades; what is open stays. @throws WireError -1121 */
  setRules(symbol: string, change: RulesChange): void {
    const { info, mark } = this.get(symbol);
    this.bySymbol.set(symbol, readMarket(withRules(info, change), mark.toFixed()));
  }

  all(): IterableIterator<Market> {
    return this.bySymbol.values();
  }

  find(symbol: string): Market | undefined {
    return this.bySymbol.get(symbol);
  }

  /** @throws WireError -1121 for a symbol that is not listed */
  get(symbol: string): Market {
    const market = this.bySymbol.get(symbol);
    if (!market) throw refuse.symbol();
    return market;
  }
}

/** Best bid and ask: the mark price rounded down to the tick, and one tick above it. */
export function bestPrices(market: Market): { bid: Decimal; ask: Decimal } {
  const tick = market.tick.isZero() ? market.mark.div(10_000) : market.tick;
  const bid = Decimal.max(tick, floorToStep(market.mark, market.tick));
  return { bid, ask: bid.plus(tick) };
}

/**
 * The quantity filters. A MARKET order must satisfy MARKET_LOT_SIZE and LOT_SIZE both, a LIMIT order LOT_SIZE only.
 * @throws WireError -4003, -1111, -4004, -4005, -4023
 */
export function checkQuantity(market: Market, type: OrderType, quantity: Decimal): void {
  if (quantity.lte(0)) throw refuse.quantityZero();
  if (quantity.decimalPlaces() > market.info.quantityPrecision) throw refuse.precision();
  const lots = type === 'MARKET' ? [market.marketLot, market.lot] : [market.lot];
  for (const lot of lots) {
    if (quantity.lt(lot.min)) throw refuse.quantityTooSmall();
    if (!lot.max.isZero() && quantity.gt(lot.max)) throw refuse.quantityTooLarge();
  }
  for (const lot of lots) if (!isMultipleOf(quantity, lot.step)) throw refuse.quantityStep();
}

/** PRICE_FILTER. @throws WireError -4001, -1111, -4013, -4002, -4014 */
export function checkPrice(market: Market, price: Decimal): void {
  if (price.lte(0)) throw refuse.priceBelowZero();
  if (price.decimalPlaces() > market.info.pricePrecision) throw refuse.precision();
  if (price.lt(market.minPrice)) throw refuse.priceBelowMin();
  if (!market.maxPrice.isZero() && price.gt(market.maxPrice)) throw refuse.priceAboveMax();
  if (!isMultipleOf(price, market.tick)) throw refuse.priceTick();
}

/** PERCENT_PRICE: a buyer may not bid far above, a seller not ask far below the mark. @throws WireError -4016, -4024 */
export function checkPercentPrice(market: Market, side: 'BUY' | 'SELL', price: Decimal): void {
  const highest = market.mark.times(market.multiplierUp);
  const lowest = market.mark.times(market.multiplierDown);
  if (side === 'BUY' && price.gt(highest)) throw refuse.priceTooHigh(toPlainString(highest));
  if (side === 'SELL' && price.lt(lowest)) throw refuse.priceTooLow(toPlainString(lowest));
}

/** MIN_NOTIONAL; the caller exempts reduce-only orders. @throws WireError -4164 */
export function checkNotional(market: Market, quantity: Decimal, price: Decimal): void {
  if (quantity.times(price).lt(market.minNotional)) throw refuse.minNotional(toPlainString(market.minNotional));
}

/** Maintenance brackets of one symbol; simplified to two, the same for every symbol. */
export const BRACKETS = [
  { bracket: 1, initialLeverage: 125, notionalCap: 5_000_000, notionalFloor: 0, maintMarginRatio: 0.01, cum: 0 },
  {
    bracket: 2,
    initialLeverage: 20,
    notionalCap: 100_000_000,
    notionalFloor: 5_000_000,
    maintMarginRatio: 0.025,
    cum: 75_000,
  },
] as const;

export const MAX_LEVERAGE = 125;
