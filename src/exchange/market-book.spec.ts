import { beforeEach, describe, expect, it } from 'vitest';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { MarketBook, exchangeLimits } from './market-book.js';

const HOUR_MS = 3_600_000;
const BTC = 'BTCUSDT' as MarketSymbol;
const LOT = { stepSize: '0.001', minQty: '0.001', maxQty: '10' };
const filters = (lot: typeof LOT) => [
  { filterType: 'LOT_SIZE', ...lot },
  { filterType: 'MARKET_LOT_SIZE', ...lot },
  { filterType: 'PRICE_FILTER', tickSize: '0.1' },
];
const market = (symbol: string, status = 'TRADING') => ({ symbol, status, filters: filters(LOT) });

describe('the market book', () => {
  let nowMs = 0;
  let reads = 0;
  let answer: () => Promise<unknown>;
  let book: MarketBook;

  beforeEach(() => {
    nowMs = 0;
    reads = 0;
    answer = () => Promise.resolve({ symbols: [market('BTCUSDT')] });
    const fetchExchangeInfo = (): Promise<unknown> => {
      reads += 1;
      return answer();
    };
    book = new MarketBook(
      fetchExchangeInfo,
      () => undefined,
      () => nowMs,
    );
  });

  it('reads once for many callers at the same time', async () => {
    await Promise.all([book.rules(BTC), book.rules(BTC), book.rules(BTC)]);
    await book.rules(BTC);
    expect(reads).toBe(1);
  });

  it('[Q4] a failing read is the caller’s failure, and is tried again', async () => {
    const good = answer;
    answer = () => Promise.reject(new Error('away'));
    await expect(book.rules(BTC)).rejects.toThrow('away');
    answer = good;
    await expect(book.rules(BTC)).resolves.toMatchObject({ symbol: BTC });
  });

  it('reads again after an hour without making anybody wait; [Q4] after two hours nothing old is used', async () => {
    await book.rules(BTC);
    answer = () => Promise.reject(new Error('away'));
    nowMs = HOUR_MS + 1;
    await expect(book.rules(BTC)).resolves.toMatchObject({ symbol: BTC });
    expect(reads).toBe(2);
    await new Promise((resolve) => setImmediate(resolve));
    nowMs = 2 * HOUR_MS + 1;
    await expect(book.rules(BTC)).rejects.toThrow('away');
  });

  it('looks for an unlisted symbol again, once a minute at most', async () => {
    const eth = 'ETHUSDT' as MarketSymbol;
    await expect(book.rules(eth)).rejects.toThrow('does not list ETHUSDT');
    await expect(book.rules(eth)).rejects.toThrow('does not list ETHUSDT');
    expect(reads).toBe(1);
    nowMs = 60_001;
    answer = () => Promise.resolve({ symbols: [market('BTCUSDT'), market('ETHUSDT')] });
    await expect(book.rules(eth)).resolves.toMatchObject({ symbol: eth });
    expect(reads).toBe(2);
  });

  describe('after an order was refused by rules that are not ours [Q11]', () => {
    const changed = (stepSize: string) => ({ ...market('BTCUSDT'), filters: filters({ ...LOT, stepSize }) });

    it('reads them again, once for all who ask', async () => {
      await book.rules(BTC);
      nowMs = 2_001;
      answer = () => Promise.resolve({ symbols: [changed('0.01')] });
      const [first, second] = await Promise.all([book.rulesAnew(BTC), book.rulesAnew(BTC)]);
      expect([first.stepSize.toFixed(), second.stepSize.toFixed()]).toEqual(['0.01', '0.01']);
      expect((await book.rules(BTC)).stepSize.toFixed()).toBe('0.01');
      expect(reads).toBe(2);
    });

    it('does not read again what was read within two seconds', async () => {
      await book.rules(BTC);
      nowMs = 1_999;
      await book.rulesAnew(BTC);
      expect(reads).toBe(1);
      nowMs = 2_001;
      await book.rulesAnew(BTC);
      expect(reads).toBe(2);
    });

    it('goes by no old rules of the symbol while the read fails, and by the old ones of the others', async () => {
      const eth = 'ETHUSDT' as MarketSymbol;
      const good = (answer = () => Promise.resolve({ symbols: [changed('0.01'), market('ETHUSDT')] }));
      await book.rules(BTC);
      nowMs = 2_001;
      answer = () => Promise.reject(new Error('away'));
      await expect(book.rulesAnew(BTC)).rejects.toThrow('away');
      await expect(book.rules(BTC)).rejects.toThrow('away');
      await expect(book.rules(eth)).resolves.toMatchObject({ symbol: eth });
      answer = good;
      await expect(book.rules(BTC)).resolves.toMatchObject({ symbol: BTC });
      expect(reads).toBe(4);
      await book.rules(BTC);
      expect(reads).toBe(4);
    });
  });

  it('knows the trading status once it was read', async () => {
    answer = () => Promise.resolve({ symbols: [market('BTCUSDT', 'SETTLING')] });
    expect(book.status(BTC)).toBeUndefined();
    await book.rules(BTC);
    expect(book.status(BTC)).toBe('SETTLING');
  });
});

describe('the limits of exchangeInfo', () => {
  it('replace the defaults when they are given', () => {
    const rateLimits = [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 30 },
      { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 0 },
    ];
    expect(exchangeLimits({ rateLimits })).toEqual({
      weightPerMinute: 6000,
      ordersPer10Sec: 30,
      ordersPerMinute: 1200,
    });
    expect(exchangeLimits({})).toEqual({ weightPerMinute: 2400, ordersPer10Sec: 300, ordersPerMinute: 1200 });
  });
});
