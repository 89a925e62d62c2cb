import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal, toPlainString } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { orderQuantity } from '../flow/4-order.js';
import { ExchangeUnavailable } from './exchange.port.js';
import { commonStep, marketRules, readListing } from './market-rules.js';

const SYMBOL = 'BTCUSDT' as MarketSymbol;

interface Lot {
  readonly stepSize: string;
  readonly minQty: string;
  readonly maxQty: string;
}

const LOT: Lot = { stepSize: '0.001', minQty: '0.001', maxQty: '1000' };

function info(lot: Partial<Lot>, market: Partial<Lot>, tickSize = '0.10'): unknown {
  const filters = [
    { filterType: 'LOT_SIZE', ...LOT, ...lot },
    { filterType: 'MARKET_LOT_SIZE', ...LOT, ...market },
    { filterType: 'PRICE_FILTER', tickSize, minPrice: '1', maxPrice: '9' },
  ];
  return { symbols: [{ symbol: SYMBOL, status: 'TRADING', filters }] };
}

function texts(exchangeInfo: unknown): Record<string, string> {
  const { stepSize, minQty, maxQty, tickSize } = marketRules(readListing(exchangeInfo), SYMBOL);
  return {
    stepSize: toPlainString(stepSize),
    minQty: toPlainString(minQty),
    maxQty: toPlainString(maxQty),
    tickSize: toPlainString(tickSize),
  };
}

describe('market rules', () => {
  it.each<[string, Partial<Lot>, Partial<Lot>, Partial<Lot>]>([
    ['equal filters', {}, {}, LOT],
    ['a smaller market maximum', {}, { maxQty: '120' }, { maxQty: '120' }],
    ['a smaller limit maximum', { maxQty: '50' }, { maxQty: '120' }, { maxQty: '50' }],
    ['a larger market minimum', {}, { minQty: '0.01' }, { minQty: '0.01' }],
    ['a larger limit minimum', { minQty: '0.5' }, {}, { minQty: '0.5' }],
    ['a coarser market step', {}, { stepSize: '0.01' }, { stepSize: '0.01' }],
    ['a finer market step', { stepSize: '1' }, { stepSize: '0.1' }, { stepSize: '1' }],
    ['steps of which neither divides the other', { stepSize: '0.004' }, { stepSize: '0.006' }, { stepSize: '0.012' }],
    ['a market step of 0, which adds no rule', {}, { stepSize: '0' }, { stepSize: '0.001' }],
    ['a market maximum of 0, which adds no rule', {}, { maxQty: '0' }, { maxQty: '1000' }],
    [
      '[Q8] a step of 1000',
      { stepSize: '1000', minQty: '1000', maxQty: '9e9' },
      { stepSize: '1', maxQty: '5000000' },
      { stepSize: '1000', minQty: '1000', maxQty: '5000000' },
    ],
  ])('[Q5] the stricter of both: %s', (_, lot, market, expected) => {
    expect(texts(info(lot, market))).toMatchObject(expected);
  });

  it('[Q8] a price step of 0.00001 keeps its value', () => {
    expect(texts(info({}, {}, '0.0000100')).tickSize).toBe('0.00001');
  });

  const broken: [title: string, exchangeInfo: unknown, message: string | RegExp][] = [
    ['no symbols', { symbols: [] }, 'exchangeInfo lists no symbols'],
    ['no list', {}, /exchangeInfo\.symbols must be an array/],
    ['another symbol only', { symbols: [{ symbol: 'ETHUSDT', filters: [] }] }, 'exchangeInfo does not list BTCUSDT'],
    ['no filters', { symbols: [{ symbol: SYMBOL }] }, /filters must be an array, found nothing/],
    ['no LOT_SIZE', { symbols: [{ symbol: SYMBOL, filters: [] }] }, /the filter LOT_SIZE is missing/],
    [
      'a step that is no number',
      info({ stepSize: 'NaN' }, {}),
      /LOT_SIZE\.stepSize must be a finite decimal, found "NaN"/,
    ],
    ['a step of 0', info({ stepSize: '0.000' }, {}), /LOT_SIZE\.stepSize is 0/],
    ['a negative step', info({ stepSize: '-0.001' }, {}), /LOT_SIZE\.stepSize is negative/],
    ['a negative market step', info({}, { stepSize: '-1' }), /MARKET_LOT_SIZE\.stepSize is negative/],
    ['a tick of 0', info({}, {}, '0'), /PRICE_FILTER\.tickSize is 0/],
    ['no maximum at all', info({ maxQty: '0' }, { maxQty: '0' }), /maxQty is 0 in LOT_SIZE and MARKET_LOT_SIZE/],
    ['a minimum above the maximum', info({ minQty: '2000' }, {}), /minQty 2000 is above maxQty 1000/],
  ];
  it.each(broken)('[Q4] never guessed: %s', (_, exchangeInfo, message) => {
    expect(() => texts(exchangeInfo)).toThrow(ExchangeUnavailable);
    expect(() => texts(exchangeInfo)).toThrow(message);
  });

  it.each(['LOT_SIZE', 'MARKET_LOT_SIZE', 'PRICE_FILTER'])(
    '[Q4] names the filter %s when it is missing or doubled',
    (type) => {
      const { symbols } = info({}, {}) as { symbols: { symbol: string; filters: { filterType: string }[] }[] };
      const filters = symbols[0]?.filters ?? [];
      const without = { symbols: [{ symbol: SYMBOL, filters: filters.filter((f) => f.filterType !== type) }] };
      const doubled = {
        symbols: [{ symbol: SYMBOL, filters: [...filters, ...filters.filter((f) => f.filterType === type)] }],
      };
      expect(() => texts(without)).toThrow(`exchangeInfo of BTCUSDT cannot be used: the filter ${type} is missing`);
      expect(() => texts(doubled)).toThrow(`the filter ${type} appears 2 times`);
    },
  );

  it('one market that cannot be read leaves the others alone', () => {
    const { symbols } = info({}, {}) as { symbols: unknown[] };
    expect(texts({ symbols: [{ symbol: 'ODD', filters: 'none' }, null, ...symbols] })).toMatchObject(LOT);
  });
});

const isMultiple = (value: Decimal, step: Decimal): boolean => value.mod(step).isZero();
/** Steps that exchanges use or could use: 1, 2, 4, 5, 6, 25 … times a power of ten from 10^-8 to 10^4. */
const step = fc
  .tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 25, 125), fc.integer({ min: -8, max: 4 }))
  .map(([mantissa, exponent]) => new Decimal(mantissa).mul(new Decimal(10).pow(exponent)));

describe('quantities on the wire [Q3]', () => {
  it('a common step is a multiple of both and never larger than their product says', () => {
    fc.assert(
      fc.property(step, step, (a, b) => {
        const common = commonStep(a, b);
        expect(isMultiple(common, a) && isMultiple(common, b)).toBe(true);
        expect(common.gte(Decimal.max(a, b))).toBe(true);
        expect(commonStep(b, a).eq(common)).toBe(true);
      }),
    );
  });

  it('any position and any pair of filters give a plain decimal on both steps, within both maxima', () => {
    const amount = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 16n }), fc.integer({ min: 0, max: 8 }));
    fc.assert(
      fc.property(step, step, amount, (lot, market, [digits, places]) => {
        const wanted = new Decimal(digits.toString()).div(new Decimal(10).pow(places));
        const filters = { minQty: '0', maxQty: '1000000000' };
        const rules = marketRules(
          readListing(info({ ...filters, stepSize: lot.toFixed() }, { ...filters, stepSize: market.toFixed() })),
          SYMBOL,
        );
        const sent = orderQuantity(wanted, rules);
        // A quantity below one step is not sent; any other quantity is.
        expect(sent.kind === 'below_step').toBe(wanted.lt(rules.stepSize));
        const text = sent.kind === 'sendable' ? toPlainString(sent.quantity) : '0';
        expect(text).toMatch(/^\d+(\.\d*[1-9])?$/);
        expect(isMultiple(new Decimal(text), lot) && isMultiple(new Decimal(text), market)).toBe(true);
        expect(new Decimal(text).lte(wanted)).toBe(true);
      }),
    );
  });
});

/** A stored answer of `GET /fapi/v1/exchangeInfo` to try all real markets on. */
const STORED = process.env.USDM_EXCHANGE_INFO_FILE ?? '';

describe.skipIf(!existsSync(STORED))('all markets of USDM_EXCHANGE_INFO_FILE', () => {
  it('[Q3] [Q5] every market whose filters are set has rules, and they are at least as strict as both its filters', () => {
    const listing = readListing(JSON.parse(readFileSync(STORED, 'utf8')));
    expect(listing.size).toBeGreaterThan(100);
    const unusable: unknown[] = [];
    const tooLoose: string[] = [];
    for (const [symbol, entry] of listing) {
      const filters = entry.filters as (Lot & { filterType: string; tickSize?: string })[];
      // Listed before its filters are set: not tradable yet, and reported as such.
      if (filters.some((f) => f.filterType === 'PRICE_FILTER' && Number(f.tickSize) === 0)) {
        unusable.push(entry.status);
        continue;
      }
      const rules = marketRules(listing, symbol as MarketSymbol);
      for (const { filterType, stepSize, minQty, maxQty } of filters) {
        if (!filterType.endsWith('LOT_SIZE')) continue;
        const onStep = Number(stepSize) === 0 || isMultiple(rules.stepSize, new Decimal(stepSize));
        if (!(onStep && rules.minQty.gte(minQty) && rules.maxQty.lte(maxQty))) tooLoose.push(symbol);
      }
    }
    expect(tooLoose).toEqual([]);
    expect(unusable.filter((status) => status !== 'PENDING_TRADING')).toEqual([]);
  });
});
