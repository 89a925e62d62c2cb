import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import { DayReport } from '../../src/ops/reports/day-report.js';
import { BUILT_IN_EXCHANGE_INFO } from '../../src/paper-exchange/exchange-info.js';
import { call } from '../exchange/paper-client.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { connected } from './archive-support.js';

type Booked = ReturnType<TestEnvironment['exchange']['records']>['trades'][number];

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-report-'));
const exchangeInfoFile = join(folder, 'exchange-info.json');
let testEnv: TestEnvironment;

/** Beside the built-in symbols one whose fees and profits are in USDC. */
beforeAll(() => {
  const { symbols, assets } = BUILT_IN_EXCHANGE_INFO;
  const names = { symbol: 'BTCUSDC', pair: 'BTCUSDC', quoteAsset: 'USDC', marginAsset: 'USDC' };
  const usdc = symbols.filter(({ symbol }) => symbol === 'BTCUSDT').map((each) => ({ ...each, ...names }));
  const more = assets.map((each) => ({ ...each, asset: 'USDC' }));
  writeFileSync(exchangeInfoFile, JSON.stringify({ symbols: [...symbols, ...usdc], assets: [...assets, ...more] }));
});
afterEach(() => testEnv.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function order(side: string, quantity: string, symbol = 'BTCUSDT', positionSide = 'BOTH'): Promise<void> {
  const fields = { symbol, side, type: 'MARKET', quantity, positionSide };
  const answer = await call(testEnv.exchange, 'POST', '/fapi/v1/order', fields);
  expect(answer.status, answer.text).toBe(200);
}

async function begin(paper: Parameters<typeof TestEnvironment.create>[0]): Promise<Gate> {
  testEnv = await TestEnvironment.create(paper);
  const env = { P33_ALLOWLIST: 'BTCUSDT,BTCUSDC' };
  const gate = await testEnv.gate({ roles: 'position-brain', http: true, start: false, env });
  await connected(gate);
  return gate;
}

const report = (gate: Gate) => gate.app.get(DayReport, { strict: false }).make(new Date().toISOString().slice(0, 10));
const booked = (): readonly Booked[] => testEnv.exchange.records().trades;
const total = (amounts: readonly (string | undefined)[]): string =>
  Decimal.sum(0, ...amounts.map((each) => each ?? '0')).toFixed();

/** Positions and average prices as a bookkeeper follows them, beside the exchange. */
class Books {
  readonly #positions = new Map<string, { amount: Decimal; entry: Decimal }>();

  constructor(start: Readonly<Record<string, readonly [amount: string, entry: string]>>) {
    for (const [symbol, [amount, entry]] of Object.entries(start))
      this.#positions.set(symbol, { amount: new Decimal(amount), entry: new Decimal(entry) });
  }

  /** What a trade closes and opens, and the price that the closed part was opened at. */
  take({ symbol, side, quantity, price }: Booked): { closed: Decimal; opened: Decimal; entry: Decimal } {
    const { amount, entry } = this.#positions.get(symbol) ?? { amount: new Decimal(0), entry: new Decimal(0) };
    const signed = new Decimal(quantity).mul(side === 'BUY' ? 1 : -1);
    const closed = amount.mul(signed).lt(0) ? Decimal.min(amount.abs(), quantity) : new Decimal(0);
    const opened = new Decimal(quantity).minus(closed);
    const rest = amount.abs().minus(closed);
    const cost = rest.mul(entry).plus(opened.mul(price));
    const average = rest.plus(opened).isZero() ? new Decimal(0) : cost.div(rest.plus(opened)).toDecimalPlaces(8);
    this.#positions.set(symbol, { amount: amount.plus(signed), entry: average });
    return { closed, opened, entry };
  }
}

describe('the report of trades by hand', () => {
  it('splits a trade that turns a position, with partial fills and in several assets, to the last digit', async () => {
    const gate = await begin({
      exchangeInfoFile,
      positions: { BTCUSDT: '0.010' },
      marks: { BTCUSDT: '65000.1', BTCUSDC: '64990.3' },
    });
    await order('BUY', '0.005');
    testEnv.exchange.setMark('BTCUSDT', '65321.7');
    await order('SELL', '0.025');
    await order('SELL', '0.004', 'BTCUSDC');
    testEnv.exchange.setMark('BTCUSDT', '65111.3');
    testEnv.exchange.setMark('BTCUSDC', '65017.9');
    await order('BUY', '0.009', 'BTCUSDC');
    const parts = { type: 'respondAs', status: 'PARTIALLY_FILLED', executedQty: '0.006', fillAfterMs: 20 } as const;
    testEnv.exchange.addFault({ match: { method: 'POST', path: '/order' }, action: parts });
    await order('BUY', '0.013');
    await expect.poll(() => booked().length).toBe(6);
    // At the price that the position was opened at: nothing is gained, and it is closed all the same.
    testEnv.exchange.setMark('BTCUSDT', booked().at(-1)?.price ?? '');
    await order('SELL', '0.002');

    const trades = booked();
    expect(trades).toHaveLength(7);
    const books = new Books({ BTCUSDT: ['0.010', '65000.1'] });
    const taken = trades.map((trade) => ({ trade, ...books.take(trade) }));
    const closing = taken.filter(({ closed }) => !closed.isZero());
    const { closed, opening_trades: opening, sums } = await report(gate);
    expect(
      closed.map((each) => ({
        id: each.trade_id,
        quantity: each.quantity,
        opened: each.opened_quantity,
        entry: each.entry_price,
        exit: each.exit_price,
        pnl: `${each.realized_pnl} ${each.pnl_asset}`,
        plan: each.plan_id,
      })),
    ).toEqual(
      closing.map(({ trade, closed: quantity, opened, entry }) => ({
        id: String(trade.id),
        quantity: quantity.toFixed(),
        opened: opened.toFixed(),
        entry: entry.toFixed(),
        exit: trade.price,
        pnl: `${trade.realizedPnl} ${trade.commissionAsset}`,
        plan: null,
      })),
    );
    expect(closing.filter(({ opened }) => !opened.isZero()).map(({ trade }) => trade.symbol)).toEqual([
      'BTCUSDT',
      'BTCUSDC',
      'BTCUSDT',
    ]);
    expect(closed.at(-1)?.realized_pnl).toBe('0');
    expect(opening).toBe(taken.filter(({ opened }) => !opened.isZero()).length);
    for (const asset of ['USDT', 'USDC']) {
      const of = trades.filter(({ commissionAsset }) => commissionAsset === asset);
      const sum = sums.find((each) => each.asset === asset);
      const fees = closed.flatMap((each) => (each.fee_asset === asset ? [each.fee] : []));
      expect(sum?.realized_pnl).toBe(total(of.map(({ realizedPnl }) => realizedPnl)));
      expect(sum?.fees).toBe(total(fees));
      // Nothing of a fee is lost, or counted twice, between its two parts.
      expect(total([sum?.fees, sum?.opening_fees])).toBe(total(of.map(({ commission }) => commission)));
      expect(sum?.net).toBe(new Decimal(sum?.realized_pnl ?? '').minus(sum?.fees ?? '').toFixed());
    }
    // 0.015 of 0.025 were closed.
    const [turned] = closed;
    expect(turned?.fee).toBe(new Decimal(trades[1]?.commission ?? '').mul(15).div(25).toDecimalPlaces(8).toFixed());
  });

  it('says of each side of a hedge-mode account what was closed, also without a profit', async () => {
    const gate = await begin({ exchangeInfoFile, hedgeMode: true, marks: { BTCUSDT: '65000.1' } });
    await order('BUY', '0.010', 'BTCUSDT', 'LONG');
    await order('SELL', '0.020', 'BTCUSDT', 'SHORT');
    testEnv.exchange.setMark('BTCUSDT', '65100.4');
    await order('SELL', '0.004', 'BTCUSDT', 'LONG');
    await order('BUY', '0.007', 'BTCUSDT', 'SHORT');
    // The ask is the bid that the short position was opened at.
    testEnv.exchange.setMark('BTCUSDT', '65000.0');
    await order('BUY', '0.013', 'BTCUSDT', 'SHORT');
    const trades = booked();
    const { closed, opening_trades: opening } = await report(gate);
    const shown = closed.map((each) => [
      each.side,
      each.quantity,
      each.opened_quantity,
      each.realized_pnl,
      each.entry_price,
    ]);
    expect(shown).toEqual([
      ['SELL', '0.004', '0', trades[2]?.realizedPnl, trades[0]?.price],
      ['BUY', '0.007', '0', trades[3]?.realizedPnl, trades[1]?.price],
      ['BUY', '0.013', '0', '0', trades[1]?.price],
    ]);
    expect(opening).toBe(2);
  });
});
