import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import { createAdminToken } from '../harness/admin-token.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';

interface Report {
  readonly day: string;
  readonly is_over: boolean;
  readonly closed: Record<string, string | number | null>[];
  readonly opening_trades: number;
  readonly sums: Record<string, string>[];
  readonly denied: { symbol: string; error: string; reason: string; count: number }[];
  readonly denied_from: string;
  readonly denied_since_ms: number | null;
}

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-report-'));
const admin = createAdminToken(folder, 'anna');
let testEnv: TestEnvironment;
let gate: Gate;

beforeAll(async () => {
  testEnv = await TestEnvironment.create({
    positions: { BTCUSDT: '0.010', ETHUSDT: '-1.5' },
    marks: { BTCUSDT: '65000.1', ETHUSDT: '3000.07' },
  });
  gate = await testEnv.gate({
    http: true,
    env: {
      APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT',
      ADMIN_TOKENS_FILE: admin.tokensFile,
      P33_COOLDOWN_SEC: '0',
      GOV_MAX_EXEC_PER_5MIN: '2',
      GOV_DISARM_ON_BURST_BREACH: 'false',
      ARCHIVE_TO: 'files',
      ARCHIVE_DIR: join(folder, 'archive'),
    },
  });
});
afterAll(async () => {
  await testEnv.close();
  rmSync(folder, { recursive: true, force: true });
});

async function report(query: string): Promise<{ readonly status: number; readonly body: Report }> {
  const headers = { authorization: `Bearer ${admin.token}` };
  const answer = await fetch(`${gate.url}/api/v1/reports/day${query}`, { headers });
  return { status: answer.status, body: (await answer.json()) as Report };
}

/** Proposes, and waits for the result. */
async function closed(symbol: string, action: string): Promise<void> {
  const ledger = testEnv.keys.ledger(symbol);
  await eventually(async () => (await testEnv.redis.hget(ledger, 'last_known_amt')) ?? undefined);
  const before = (await testEnv.results()).length;
  await testEnv.propose(symbol, action);
  await eventually(
    async () => (await testEnv.results()).length > before || undefined,
    10_000,
    () => gate.messages(),
  );
}

it("agrees with the exchange's own trades to the last digit, fees and profits included, and counts what was denied", async () => {
  await closed('BTCUSDT', 'PARTIAL_50');
  testEnv.exchange.setMark('BTCUSDT', '65321.7');
  testEnv.exchange.setMark('ETHUSDT', '3111.13');
  await closed('ETHUSDT', 'PARTIAL_25');
  await closed('BTCUSDT', 'FULL_CLOSE_PROPOSED');
  // A third close of a symbol within five minutes is one too many.
  await closed('ETHUSDT', 'PARTIAL_50');
  await closed('ETHUSDT', 'FULL_CLOSE_PROPOSED');

  const day = new Date().toISOString().slice(0, 10);
  const booked = testEnv.exchange.records().trades;
  const { status, body } = await report(`?day=${day}`);
  expect({ status, ...body }).toMatchObject({ status: 200, day, is_over: false });
  expect(
    body.closed.map(({ plan_id: plan, entry_price: _entry, pnl_asset: _asset, ...each }) => {
      expect(plan).toMatch(/^[0-9a-f]{16}$/);
      return each;
    }),
  ).toEqual(
    booked.map((trade) => ({
      at_ms: trade.timeMs,
      symbol: trade.symbol,
      side: trade.side,
      quantity: trade.quantity,
      opened_quantity: '0',
      exit_price: trade.price,
      realized_pnl: trade.realizedPnl,
      fee: trade.commission,
      fee_asset: trade.commissionAsset,
      order_id: String(trade.orderId),
      trade_id: String(trade.id),
    })),
  );
  expect(booked.length).toBeGreaterThanOrEqual(4);
  expect(booked.some(({ realizedPnl }) => realizedPnl.startsWith('-'))).toBe(true);
  const sum = (name: 'realizedPnl' | 'commission'): Decimal =>
    booked.reduce((total, trade) => total.plus(trade[name]), new Decimal(0));
  const [pnl, fees] = [sum('realizedPnl'), sum('commission')];
  expect(body.sums).toEqual([
    {
      asset: 'USDT',
      realized_pnl: pnl.toFixed(),
      fees: fees.toFixed(),
      net: pnl.minus(fees).toFixed(),
      opening_fees: '0',
    },
  ]);
  // The entry price follows from the profit: each trade says what the position was opened at.
  for (const each of body.closed) {
    const gain = new Decimal(String(each['exit_price']))
      .minus(String(each['entry_price']))
      .mul(String(each['quantity']));
    expect((each['side'] === 'SELL' ? gain : gain.neg()).toFixed()).toBe(each['realized_pnl']);
  }
  // Until the archive has its first entry, what was denied is read from Redis.
  await eventually(async () => {
    const { denied, denied_from: from } = (await report(`?day=${day}`)).body;
    return (denied.length > 0 && from === 'archive') || undefined;
  });
  expect((await report('')).body).toMatchObject({
    denied: [{ symbol: 'ETHUSDT', error: 'governor_denied', reason: 'burst_limit_exceeded', count: 1 }],
    denied_from: 'archive',
    denied_since_ms: null,
  });
});

it('of another day has none of it, and a day that has not begun is refused', async () => {
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const { body } = await report(`?day=${yesterday}`);
  expect(body).toMatchObject({ day: yesterday, is_over: true, closed: [], sums: [], denied: [] });
  for (const wrong of ['2999-01-01', '2026-02-30', 'today']) expect((await report(`?day=${wrong}`)).status).toBe(400);
});
