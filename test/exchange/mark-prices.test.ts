import { describe, expect, it, type TestContext } from 'vitest';
import { OwnAddressLimits } from '../../src/exchange/address-limits.port.js';
import { ExchangeMarkPrices } from '../../src/exchange/mark-prices.js';
import type { MarkPrices } from '../../src/exchange/mark-prices.port.js';
import type { MarketSymbol } from '../../src/flow/0-primitives.js';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { eventually } from '../harness/eventually.js';

const UNAVAILABLE = { match: { path: '/premiumIndex' }, action: { type: 'status', status: 503 }, times: -1 } as const;
const TRADED = 'BTCUSDT';
const UNKNOWN = 'NOPEUSDT';

interface Rig {
  readonly paper: PaperExchange;
  readonly prices: MarkPrices;
  /** `up` and the causes of ends. */
  readonly states: string[];
  readonly asked: () => number;
}

async function rig(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  before: (paper: PaperExchange) => void = () => undefined,
): Promise<Rig> {
  const paper = await startPaperExchange({ port: 0, markWalk: false, marks: { BTCUSDT: '1000' } });
  before(paper);
  const states: string[] = [];
  const prices = new ExchangeMarkPrices({
    restUrl: paper.restUrl,
    wsUrl: paper.wsUrl,
    symbols: [TRADED, '币安人生USDT', UNKNOWN] as MarketSymbol[],
    addressLimits: new OwnAddressLimits(),
    onRequest: () => undefined,
    listener: { connected: () => states.push('up'), disconnected: (cause) => states.push(cause) },
  });
  onTestFinished(async () => {
    await prices.stop();
    await paper.close();
  });
  await prices.start();
  const asked = (): number => paper.records().requests.filter(({ path }) => path === '/fapi/v1/premiumIndex').length;
  return { paper, prices, states, asked };
}

const untilPrice = (prices: MarkPrices, price: string, maxAgeMs = 3_000): Promise<true> =>
  eventually(
    () => {
      const found = prices.of(TRADED);
      return (found?.price.eq(price) === true && found.ageMs <= maxAgeMs) || undefined;
    },
    9_000,
    () => ({ wanted: price, found: prices.of(TRADED), source: prices.source() }),
  );

describe.concurrent('the mark prices', () => {
  it('are there when the start has returned, and follow the stream without a request', async (context) => {
    const { paper, prices, states, asked } = await rig(context);
    expect(prices.of(TRADED)?.price.toFixed()).toBe('1000');
    await eventually(() => states.includes('up') || undefined);
    const before = asked();
    paper.setMark(TRADED, '1001.5');
    await untilPrice(prices, '1001.5');
    expect(prices.of('币安人生USDT')).toBeDefined();
    expect(prices.of(UNKNOWN)).toBeUndefined();
    expect(asked()).toBe(before);
  });

  it('come by REST while the stream is connected and silent, and its connection is replaced [C15]', async (context) => {
    const { paper, prices, states, asked } = await rig(context);
    await eventually(() => states.includes('up') || undefined);
    const before = asked();
    paper.addFault({ action: { type: 'silentMarketStream' } });
    paper.setMark(TRADED, '700');
    await untilPrice(prices, '700');
    expect(asked()).toBeGreaterThan(before);
    await eventually(() => (states.includes('silent') && prices.source().streamFault !== '') || undefined);
    paper.clearFaults();
    paper.setMark(TRADED, '701');
    await untilPrice(prices, '701');
  });

  it('stay, with their age, while stream and REST are silent [C15]', async (context) => {
    const { paper, prices } = await rig(context);
    paper.addFault({ action: { type: 'silentMarketStream' } });
    paper.addFault(UNAVAILABLE);
    paper.setMark(TRADED, '700');
    await eventually(() => (prices.of(TRADED)?.ageMs ?? 0) > 4_000 || undefined, 9_000);
    expect(prices.of(TRADED)?.price.toFixed()).toBe('1000');
    await eventually(() => prices.source().restFault || undefined);
  });

  it('of a stream that is late have the age of their time, and REST has the word [C15]', async (context) => {
    const { paper, prices } = await rig(context, (each) =>
      each.addFault({ action: { type: 'lateMarketStream', ms: 70_000 } }),
    );
    paper.setMark(TRADED, '700');
    await untilPrice(prices, '700');
    expect(prices.of(TRADED)?.ageMs).toBeLessThan(10_000);
  });

  it('of a stream that is late are old where REST has none [C15]', async (context) => {
    const { prices } = await rig(context, (paper) => {
      paper.addFault({ action: { type: 'lateMarketStream', ms: 70_000 } });
      paper.addFault(UNAVAILABLE);
    });
    await eventually(() => prices.of(TRADED));
    expect(prices.of(TRADED)?.ageMs).toBeGreaterThan(69_000);
  });

  it('go on after the connection was cut', async (context) => {
    const { paper, prices, states } = await rig(context);
    await eventually(() => states.includes('up') || undefined);
    paper.dropUserStreams();
    await eventually(() => states.filter((state) => state === 'up').length === 2 || undefined);
    paper.setMark(TRADED, '1002');
    expect(await untilPrice(prices, '1002')).toBe(true);
  });

  it.for([3_600_000, -3_600_000])(
    'are current again after the exchange set its clock by %s ms',
    async (offsetMs, context) => {
      const { paper, prices } = await rig(context);
      paper.setClockOffset(offsetMs);
      paper.setMark(TRADED, '1003');
      await untilPrice(prices, '1003');
      paper.setMark(TRADED, '1004');
      expect(await untilPrice(prices, '1004')).toBe(true);
    },
  );

  it('are not asked for again and again while there are none', async (context) => {
    const { prices, asked } = await rig(context, (paper) => {
      paper.addFault({ action: { type: 'silentMarketStream' } });
      paper.addFault(UNAVAILABLE);
    });
    await eventually(() => asked() >= 3 || undefined);
    expect(prices.of(TRADED)).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(asked()).toBe(3);
  });
});
