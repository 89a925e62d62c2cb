import { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { ExchangeUnavailable, type MarketRules } from './exchange.port.js';
import { isRecord, type JsonRecord } from './exchange-answer.js';
import { readDecimal, readList, readRecord } from './answer-fields.js';

/** exchangeInfo by symbol, with filters unparsed: one malformed market must not affect the others. */
export type MarketListing = ReadonlyMap<string, JsonRecord>;

/** Indexes an exchangeInfo answer. Throws {@link ExchangeUnavailable} when it lists no symbols. */
export function readListing(exchangeInfo: unknown): MarketListing {
  const symbols = readList(readRecord(exchangeInfo, 'exchangeInfo').symbols, 'exchangeInfo.symbols');
  const listing = new Map<string, JsonRecord>();
  for (const entry of symbols)
    if (isRecord(entry) && typeof entry.symbol === 'string') listing.set(entry.symbol, entry);
  if (listing.size === 0) throw new ExchangeUnavailable('exchangeInfo lists no symbols');
  return listing;
}

/**
 * The rules for market orders of a symbol: LOT_SIZE and MARKET_LOT_SIZE, whichever is stricter. A MARKET_LOT_SIZE step
 * or maximum of 0 means that it adds no rule. Throws {@link ExchangeUnavailable} naming what is missing; nothing is
 * guessed.
 */
export function marketRules(listing: MarketListing, symbol: MarketSymbol): MarketRules {
  const entry = listing.get(symbol);
  if (entry === undefined) throw new ExchangeUnavailable(`exchangeInfo does not list ${symbol}`);
  const lot = filter(entry, symbol, 'LOT_SIZE');
  const market = filter(entry, symbol, 'MARKET_LOT_SIZE');
  const price = filter(entry, symbol, 'PRICE_FILTER');

  const lotStep = notNegative(lot, 'stepSize', symbol, 'LOT_SIZE');
  const marketStep = notNegative(market, 'stepSize', symbol, 'MARKET_LOT_SIZE');
  const lotMax = notNegative(lot, 'maxQty', symbol, 'LOT_SIZE');
  const marketMax = notNegative(market, 'maxQty', symbol, 'MARKET_LOT_SIZE');
  const tickSize = notNegative(price, 'tickSize', symbol, 'PRICE_FILTER');
  if (lotStep.isZero()) throw unusable(symbol, 'LOT_SIZE.stepSize is 0');
  if (tickSize.isZero()) throw unusable(symbol, 'PRICE_FILTER.tickSize is 0');

  const maxima = [lotMax, marketMax].filter((max) => max.gt(0));
  if (maxima.length === 0) throw unusable(symbol, 'maxQty is 0 in LOT_SIZE and MARKET_LOT_SIZE');
  const maxQty = Decimal.min(...maxima);
  const minQty = Decimal.max(
    notNegative(lot, 'minQty', symbol, 'LOT_SIZE'),
    notNegative(market, 'minQty', symbol, 'MARKET_LOT_SIZE'),
  );
  if (minQty.gt(maxQty)) throw unusable(symbol, `minQty ${minQty.toFixed()} is above maxQty ${maxQty.toFixed()}`);
  const stepSize = marketStep.isZero() ? lotStep : commonStep(lotStep, marketStep);
  return { symbol, stepSize, minQty, maxQty, tickSize };
}

/** The exchange's trading status of a symbol, if it gives one. */
export function tradingStatus(listing: MarketListing, symbol: MarketSymbol): string | undefined {
  const status = listing.get(symbol)?.status;
  return typeof status === 'string' ? status : undefined;
}

/** The smallest common multiple of both steps: a quantity on it satisfies both. */
export function commonStep(a: Decimal, b: Decimal): Decimal {
  const scale = new Decimal(10).pow(Math.max(a.decimalPlaces(), b.decimalPlaces()));
  const [left, right] = [BigInt(a.mul(scale).toFixed(0)), BigInt(b.mul(scale).toFixed(0))];
  return new Decimal(((left * right) / greatestCommonDivisor(left, right)).toString()).div(scale);
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

function filter(entry: JsonRecord, symbol: MarketSymbol, type: string): JsonRecord {
  const filters = readList(entry.filters, `exchangeInfo.${symbol}.filters`);
  const found = filters.filter((item): item is JsonRecord => isRecord(item) && item.filterType === type);
  const [only] = found;
  if (only === undefined) throw unusable(symbol, `the filter ${type} is missing`);
  if (found.length > 1) throw unusable(symbol, `the filter ${type} appears ${found.length} times`);
  return only;
}

function notNegative(record: JsonRecord, name: string, symbol: MarketSymbol, type: string): Decimal {
  const value = readDecimal(record, name, `exchangeInfo.${symbol}.${type}`);
  if (value.isNegative()) throw unusable(symbol, `${type}.${name} is negative`);
  return value;
}

function unusable(symbol: MarketSymbol, why: string): ExchangeUnavailable {
  return new ExchangeUnavailable(`exchangeInfo of ${symbol} cannot be used: ${why}`);
}
