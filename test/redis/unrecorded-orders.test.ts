import { afterEach, describe, expect, it } from 'vitest';
import { UnrecordedOrders } from '../../src/apply/unrecorded-orders.js';
import { ServerIdentity } from '../../src/redis/connection/server-identity.js';
import { market } from '../exchange/paper-client.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, untilKnown } from './apply-support.js';

const SYMBOL = 'BTCUSDT';
const FAST = { ...QUICK, P33_POLL_SEC: '0.1' };
const NO_ORDERS_MS = 1_500;

let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

const stored = async (key: string): Promise<Record<string, unknown> | undefined> => {
  const text = await testEnv.redis.get(key);
  return text === null ? undefined : (JSON.parse(text) as Record<string, unknown>);
};
const disarmed = (): Promise<Record<string, unknown> | undefined> => stored(testEnv.keys.governorDisarm());
const held = (symbol: string): Promise<Record<string, unknown> | undefined> => stored(testEnv.keys.hold(symbol));
const propose = (symbol = SYMBOL): Promise<unknown> =>
  testEnv.redis.hset(testEnv.keys.proposal(symbol), proposalFields('PARTIAL_50'));
const empty = async (): Promise<unknown> => testEnv.redis.del(...(await testEnv.redis.keys(`${testEnv.prefix}*`)));
const asked = (path: string): number =>
  testEnv.exchange.records().requests.filter((request) => request.path.endsWith(path)).length;

/** A close of the product itself, whose records are still there. */
async function closed(): Promise<void> {
  const gate = await testEnv.gate({ env: FAST });
  await untilKnown(testEnv, SYMBOL);
  await propose();
  await eventually(async () => (await testEnv.results()).length === 1 || undefined, 10_000);
  expect(testEnv.orders()).toHaveLength(1);
  await gate.stop();
}

async function noFurtherOrder(): Promise<void> {
  for (const untilMs = Date.now() + NO_ORDERS_MS; Date.now() < untilMs;) {
    await propose();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(testEnv.orders()).toHaveLength(1);
}

describe('a start on a Redis that knows less than the exchange', () => {
  it('is disarmed and holds the symbol when Redis is empty; the proposal that was carried out does not run again [R19]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await closed();
    await empty();
    await testEnv.gate({ env: FAST });
    const order = testEnv.orders()[0]?.clientOrderId ?? '';
    expect(String((await disarmed())?.['reason'])).toMatch(
      new RegExp(
        `^unrecorded_orders: order ${order} \\(${SYMBOL}\\) of ours traded at the exchange, and Redis has no record`,
      ),
    );
    expect(String((await held(SYMBOL))?.['reason'])).toContain(order);
    await untilKnown(testEnv, SYMBOL);
    await noFurtherOrder();
  });

  it('is disarmed when Redis was restored from a backup of before the order [R19]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const gate = await testEnv.gate({ env: FAST });
    await untilKnown(testEnv, SYMBOL);
    await gate.stop();
    const names = await testEnv.redis.keys(`${testEnv.prefix}*`);
    const copies = await Promise.all(
      names.map(async (name) => [name, await testEnv.redis.dumpBuffer(name), await testEnv.redis.pttl(name)] as const),
    );
    await closed();
    await empty();
    for (const [name, copy, ttlMs] of copies) await testEnv.redis.restore(name, Math.max(0, ttlMs), copy);
    await testEnv.gate({ env: FAST });
    expect(await disarmed()).toBeDefined();
    expect(await held(SYMBOL)).toBeDefined();
    await noFurtherOrder();
  });

  it('stays armed where everything is recorded, and after an admin armed it again [R19]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await closed();
    const again = await testEnv.gate({ env: FAST });
    expect(await disarmed()).toBeUndefined();
    await again.stop();
    await empty();
    const found = await testEnv.gate({ env: FAST });
    expect(await disarmed()).toBeDefined();
    await found.stop();
    await testEnv.redis.del(testEnv.keys.governorDisarm());
    await testEnv.gate({ env: FAST });
    expect(await disarmed()).toBeUndefined();
  });

  it('stays armed beside the orders of others, and in a dry run [R19]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await market(testEnv.exchange, 'SELL', '0.1', { newClientOrderId: 'grid-1' });
    const gate = await testEnv.gate({ env: FAST });
    expect(await disarmed()).toBeUndefined();
    expect(await testEnv.redis.exists(testEnv.keys.exchangeCompared())).toBe(1);
    await gate.stop();
    await empty();
    await market(testEnv.exchange, 'SELL', '0.1', { newClientOrderId: 'pg-0123456789abcdef-0-1', reduceOnly: 'true' });
    await testEnv.gate({ env: { ...FAST, APPLY_MODE: 'dry_run' } });
    expect(await disarmed()).toBeUndefined();
  });

  it('reads the income list and then only the symbols that it names [R19]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await closed();
    await empty();
    const symbols = ['ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'ADAUSDT', 'DOGEUSDT', 'BNBUSDT', SYMBOL].join(',');
    const before = { trades: asked('/userTrades'), income: asked('/income') };
    await testEnv.gate({ env: { ...FAST, APPLY_ALLOWLIST: symbols } });
    expect(await disarmed()).toBeDefined();
    expect(asked('/income') - before.income).toBe(1);
    expect(asked('/userTrades') - before.trades).toBe(1);
  });

  it('finds an order of ours among many of others by one list [R19]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await closed();
    await empty();
    for (let count = 1; count <= 8; count += 1)
      await market(testEnv.exchange, 'BUY', '0.01', { newClientOrderId: `grid-${count}` });
    const lookedUp = asked('/order');
    await testEnv.gate({ env: FAST });
    expect(String((await disarmed())?.['reason'])).toMatch(/^unrecorded_orders: order pg-/);
    expect(asked('/order')).toBe(lookedUp);
    expect(asked('/allOrders')).toBe(1);
  });
});

describe('while the exchange cannot be compared', () => {
  it('no order is sent; it is compared as soon as the exchange answers [R19]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await closed();
    await empty();
    const down = { type: 'status', status: 503, body: 'down' } as const;
    testEnv.exchange.addFault({ match: { method: 'GET', path: '/userTrades' }, action: down, times: -1 });
    await testEnv.gate({ env: FAST });
    expect(await disarmed()).toBeUndefined();
    await untilKnown(testEnv, SYMBOL);
    await noFurtherOrder();
    testEnv.exchange.clearFaults();
    await eventually(disarmed, 10_000);
  });
});

describe('a Redis that another replaces while the process runs', () => {
  const NAME = 'pg-0123456789abcdef-0-1';

  /** Another server is seen after an order of ours that it does not know; `laterMs` after the order. */
  const replaced = async (laterMs: number): Promise<Gate> => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const gate = await testEnv.gate({ env: FAST });
    await market(testEnv.exchange, 'SELL', '0.1', { newClientOrderId: NAME, reduceOnly: 'true' });
    const changedMs = Date.now() + laterMs;
    await testEnv.redis.hset(testEnv.keys.server(), 'changed_ms', String(changedMs));
    const server = gate.app.get(ServerIdentity, { strict: false });
    await eventually(() => server.known?.changedMs === changedMs || undefined, 10_000);
    await eventually(() => held(SYMBOL), 10_000);
    return gate;
  };

  it('holds the symbol of an order that was lost with the last writes, and stays armed part of [R19]', async () => {
    const gate = await replaced(0);
    expect(String((await held(SYMBOL))?.['reason'])).toContain(NAME);
    await eventually(() => gate.app.get(UnrecordedOrders, { strict: false }).isCompared || undefined);
    expect(await disarmed()).toBeUndefined();
  });

  it('disarms when the order is older than what a failover can lose: a backup was restored [R19]', async () => {
    await replaced(120_000);
    await eventually(disarmed, 10_000);
    expect(String((await disarmed())?.['reason'])).toContain(NAME);
  });
});
