import { toPlainString } from './decimal.js';
import type { Exchange } from './exchange.js';
import { bestPrices, type Market } from './markets.js';
import { addRoute, perSymbol, type RouteContext, type RouteTable } from './routes.js';

const FUNDING_EVERY_MS = 8 * 3_600_000;
const DEPTH_LEVELS = 5;

/** One row of `premiumIndex`. */
export function premiumIndex(exchange: Exchange, market: Market): Record<string, unknown> {
  const nowMs = exchange.nowMs();
  const mark = market.mark.toFixed(Math.max(8, market.mark.decimalPlaces()));
  return {
    symbol: market.symbol,
    markPrice: mark,
    indexPrice: mark,
    estimatedSettlePrice: mark,
    lastFundingRate: '0.00010000',
    interestRate: '0.00010000',
    nextFundingTime: nowMs - (nowMs % FUNDING_EVERY_MS) + FUNDING_EVERY_MS,
    time: nowMs,
  };
}

/** One row when a symbol is named, all rows otherwise. */
function oneOrAll(view: (exchange: Exchange, market: Market) => unknown) {
  return ({ exchange, params }: RouteContext): unknown => {
    const symbol = params.text('symbol');
    if (symbol !== undefined) return view(exchange, exchange.markets.get(symbol));
    return [...exchange.markets.all()].map((market) => view(exchange, market));
  };
}

function depth({ exchange, params }: RouteContext): unknown {
  const market = exchange.markets.get(params.requiredText('symbol'));
  const { bid, ask } = bestPrices(market);
  const tick = ask.minus(bid);
  const size = toPlainString(market.lot.max);
  const levels = Array.from({ length: DEPTH_LEVELS }, (_, index) => index);
  return {
    lastUpdateId: exchange.nowMs(),
    E: exchange.nowMs(),
    T: exchange.nowMs(),
    bids: levels
      .map((level) => bid.minus(tick.times(level)))
      .filter((price) => price.gt(0))
      .map((price) => [toPlainString(price), size]),
    asks: levels.map((level) => [toPlainString(ask.plus(tick.times(level))), size]),
  };
}

const lastPrice = (exchange: Exchange, market: Market): unknown => ({
  symbol: market.symbol,
  price: toPlainString(market.mark),
  time: exchange.nowMs(),
});

const bookTicker = (exchange: Exchange, market: Market): unknown => {
  const { bid, ask } = bestPrices(market);
  const size = toPlainString(market.lot.max);
  return {
    symbol: market.symbol,
    bidPrice: toPlainString(bid),
    bidQty: size,
    askPrice: toPlainString(ask),
    askQty: size,
    time: exchange.nowMs(),
  };
};

/** 24 hours in which nothing happened: the mark price in every place. */
const dayTicker = (exchange: Exchange, market: Market): unknown => {
  const price = toPlainString(market.mark);
  const closeTime = exchange.nowMs();
  return {
    symbol: market.symbol,
    priceChange: '0',
    priceChangePercent: '0',
    weightedAvgPrice: price,
    lastPrice: price,
    lastQty: '0',
    openPrice: price,
    highPrice: price,
    lowPrice: price,
    volume: '0',
    quoteVolume: '0',
    openTime: closeTime - 86_400_000,
    closeTime,
    firstId: 0,
    lastId: 0,
    count: 0,
  };
};

/** Public endpoints. */
export function addMarketRoutes(table: RouteTable): void {
  addRoute(table, [1], 'GET', 'ping', 'none', () => ({}));
  addRoute(table, [1], 'GET', 'time', 'none', ({ exchange }) => ({ serverTime: exchange.nowMs() }));
  addRoute(table, [1], 'GET', 'exchangeInfo', 'none', ({ exchange, limits }) => ({
    timezone: 'UTC',
    serverTime: exchange.nowMs(),
    futuresType: 'U_MARGINED',
    rateLimits: limits.describe(),
    exchangeFilters: [],
    assets: exchange.markets.info.assets,
    symbols: exchange.markets.info.symbols,
  }));
  addRoute(table, [1], 'GET', 'premiumIndex', 'none', oneOrAll(premiumIndex), { weight: perSymbol(1, 10) });
  addRoute(table, [1, 2], 'GET', 'ticker/price', 'none', oneOrAll(lastPrice), { weight: perSymbol(1, 2) });
  addRoute(table, [1], 'GET', 'ticker/bookTicker', 'none', oneOrAll(bookTicker), { weight: perSymbol(2, 5) });
  addRoute(table, [1], 'GET', 'ticker/24hr', 'none', oneOrAll(dayTicker), { weight: perSymbol(1, 40) });
  addRoute(table, [1], 'GET', 'depth', 'none', depth, { weight: 2 });
}
