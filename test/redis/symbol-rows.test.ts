import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RoleRegistry, type RoleService } from '../../src/runtime/role-service.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, submit, untilKnown } from './apply-support.js';

const row = (symbol: string, change: object = {}) => ({
  symbol,
  positionSide: 'BOTH',
  positionAmt: '1.000',
  entryPrice: '3000.0',
  markPrice: '3000.00000000',
  unRealizedProfit: '0.00000000',
  notional: '3000',
  updateTime: Date.now(),
  ...change,
});

describe('rows of the exchange that cannot be read', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeEach(async () => {
    const marks = { BTCUSDT: '3000', ETHUSDT: '3000' };
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1.000', ETHUSDT: '1.000' }, marks });
    gate = await testEnv.gate({
      env: { ...QUICK, APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT', P33_POLL_SEC: '0.1', P33_STALE_THRESHOLD_SEC: '1' },
    });
    await untilKnown(testEnv, 'BTCUSDT', 'ETHUSDT');
  });
  afterEach(() => testEnv.close());

  const answer = (path: string, rows: readonly unknown[]): number =>
    testEnv.exchange.addFault({
      match: { path },
      action: { type: 'status', status: 200, body: JSON.stringify(rows) },
      times: -1,
    });
  const brain = (): RoleService | undefined =>
    gate.app.get(RoleRegistry, { strict: false }).roles.find(({ role }) => role === 'position-brain');
  const stopped = (): string[] =>
    [...(brain()?.symbolFaults?.() ?? [])].map(([symbol, fault]) => `${symbol}: ${fault}`);
  const denial = (result: Record<string, string>): string =>
    `P3.3 DENY plan ${result['plan_id']} reason=exchange_unreachable`;
  const half = async (symbol: string) => {
    const { planId } = await submit(gate, symbol, 'PARTIAL_50');
    return resultOf(testEnv, planId);
  };

  it('count for nothing where they are of symbols that are not ours [S19]', async () => {
    const foreign = [row('XRPUSDT', { markPrice: '0' }), row('A B', { positionAmt: 'x' }), { symbol: 'SOLUSDT' }];
    answer('/positionRisk', [...foreign, row('BTCUSDT'), row('ETHUSDT')]);
    answer('/openOrders', [{ symbol: 'XRPUSDT', reduceOnly: 'perhaps' }]);
    const sinceMs = Date.now();
    await eventually(
      async () => Number(await testEnv.redis.hget(testEnv.keys.snapshot('BTCUSDT'), 'ts_ms')) > sinceMs || undefined,
    );
    expect(stopped()).toEqual([]);
    expect(await half('BTCUSDT')).toMatchObject({ executed: 'True' });
    expect(await half('ETHUSDT')).toMatchObject({ executed: 'True' });
  });

  it.each([
    ['/positionRisk', [row('BTCUSDT'), row('ETHUSDT', { markPrice: '0' })], /markPrice must be above zero/],
    ['/positionRisk', [row('BTCUSDT'), { symbol: 'ETHUSDT' }], /positionAmt/],
    ['/openOrders', [{ symbol: 'ETHUSDT', reduceOnly: 'perhaps' }], /reduceOnly/],
  ])('of %s that are of one of ours stop that symbol alone, which is named [S19] (%#)', async (path, rows, fault) => {
    answer(path, rows);
    // Open orders are read anew with a connection of the stream.
    testEnv.exchange.dropUserStreams();
    await eventually(() => (stopped().length > 0 ? true : undefined));
    expect(stopped()).toEqual([expect.stringMatching(new RegExp(`^ETHUSDT: .*${fault.source}`))]);
    expect(await half('BTCUSDT')).toMatchObject({ executed: 'True' });
    const stoppedAt = await testEnv.redis.hget(testEnv.keys.snapshot('ETHUSDT'), 'ts_ms');
    await eventually(() => (Date.now() - Number(stoppedAt) > 1_100 ? true : undefined));
    // The Governor has no fresh price then: either of them may be the first to say no.
    const denied = await half('ETHUSDT');
    expect(denied).toMatchObject({ executed: 'False', decision: 'BLOCKED' });
    await eventually(() => gate.messages().includes(denial(denied)) || undefined);
    testEnv.exchange.clearFaults();
    await eventually(() => (stopped().length === 0 ? true : undefined));
    expect(await half('ETHUSDT')).toMatchObject({ executed: 'True' });
  });

  it('of exchangeInfo stop the symbol whose filters they are, and no other [S19]', async () => {
    const info = (await (await fetch(`${testEnv.exchange.restUrl}/fapi/v1/exchangeInfo`)).json()) as {
      symbols: { symbol: string; filters: unknown[] }[];
    };
    const symbols = info.symbols.map((each) => (each.symbol === 'ETHUSDT' ? { ...each, filters: [] } : each));
    testEnv.exchange.addFault({
      match: { path: '/exchangeInfo' },
      action: { type: 'status', status: 200, body: JSON.stringify({ ...info, symbols }) },
      times: -1,
    });
    const other = await testEnv.gate({
      env: { ...QUICK, APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT', P33_POLL_SEC: '0.1' },
    });
    await gate.stop();
    gate = other;
    await eventually(() => (stopped().length > 0 ? true : undefined));
    expect(stopped()).toEqual([expect.stringMatching(/^ETHUSDT: .*LOT_SIZE is missing/)]);
    expect(await half('BTCUSDT')).toMatchObject({ executed: 'True' });
    expect(await half('ETHUSDT')).toMatchObject({ executed: 'False', reason: 'exchange_unreachable' });
  });
});
