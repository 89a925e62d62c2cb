import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { BUILT_IN_EXCHANGE_INFO } from '../../src/paper-exchange/exchange-info.js';
import type { RequestRecord } from '../../src/paper-exchange/recorder.js';
import { eventually } from '../harness/eventually.js';
import { RedisProxy } from '../harness/redis-proxy.js';
import { TcpProxy } from '../harness/tcp-proxy.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, sleep, submit, untilKnown } from './apply-support.js';
import { amountOf, verdict } from './position-push-support.js';

const SYMBOLS = Array.from({ length: 60 }, (_, index) => `B${String(index).padStart(3, '0')}USDT`);
const BRAIN = 'position-brain';
/** As in production. */
const CYCLE = { P33_POLL_SEC: '5', P33_STALE_THRESHOLD_SEC: '10' } as const;

let testEnv: TestEnvironment;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'permit-gate-reader-'))));
afterEach(async () => {
  await testEnv.close();
  rmSync(folder, { recursive: true });
});

async function sixtySymbols(): Promise<void> {
  const listed = BUILT_IN_EXCHANGE_INFO.symbols.find(({ symbol }) => symbol === 'BTCUSDT');
  const copies = SYMBOLS.map((symbol) => ({ ...listed, symbol, pair: symbol, baseAsset: symbol.slice(0, -4) }));
  const exchangeInfoFile = join(folder, 'exchange-info.json');
  writeFileSync(exchangeInfoFile, JSON.stringify({ ...BUILT_IN_EXCHANGE_INFO, symbols: copies }));
  testEnv = await TestEnvironment.create({
    exchangeInfoFile,
    positions: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, '1'])),
  });
}

const since = (atMs: number): readonly RequestRecord[] =>
  testEnv.exchange.records().requests.filter((request) => request.atMs >= atMs);
const weightOf = (requests: readonly RequestRecord[]): number => requests.reduce((sum, { weight }) => sum + weight, 0);
const nowMs = (): number => performance.timeOrigin + performance.now();

async function isReader(gate: Gate): Promise<boolean> {
  return /^account_reader 1$/m.test(await gate.metrics());
}

async function readers(gates: readonly Gate[]): Promise<Gate[]> {
  const reads = await Promise.all(gates.map((gate) => isReader(gate)));
  return gates.filter((_, index) => reads[index]);
}

describe('several copies of each role over sixty open positions [K8]', () => {
  it('have one reader: idle they use at most 100 of the weight a minute, and a close adds next to nothing', async () => {
    await sixtySymbols();
    const env = { ...QUICK, ...CYCLE, APPLY_ALLOWLIST: SYMBOLS.join(',') };
    const gates = [await testEnv.gate({ env }), await testEnv.gate({ env }), await testEnv.gate({ env })];
    await untilKnown(testEnv, ...SYMBOLS);
    expect(await readers(gates)).toHaveLength(1);
    // What follows the start: the stream's first read.
    await sleep(1_500);
    const idleMs = nowMs();
    await sleep(11_000);
    const idle = since(idleMs);
    expect((weightOf(idle) * 60) / 11).toBeLessThanOrEqual(100);
    expect(idle.filter(({ path }) => path.endsWith('/openOrders'))).toEqual([]);

    const busyMs = nowMs();
    const plans = SYMBOLS.slice(0, 15).map(async (symbol, index) => {
      await sleep(index * 300);
      const gate = gates[index % gates.length];
      if (gate === undefined) throw new Error('no gate');
      const { planId } = await submit(gate, symbol, 'PARTIAL_50');
      return resultOf(testEnv, planId, 1, 10_000);
    });
    const results = await Promise.all(plans);
    expect(results.map(({ executed, error }) => [executed, error])).toEqual(plans.map(() => ['True', '']));
    await sleep(500);
    const busy = since(busyMs);
    // The cycles of five seconds; a copy that counts a fill asks for no read, because the push was there.
    expect(busy.filter(({ path }) => path.endsWith('/positionRisk')).length).toBeLessThanOrEqual(3);
    expect(weightOf(busy)).toBeLessThanOrEqual(30);
    for (const symbol of SYMBOLS.slice(0, 15)) expect(await amountOf(testEnv, symbol)).toBe('0.5');
  }, 60_000);
});

describe('the reader of an account [K8]', () => {
  const two = async (env: Readonly<Record<string, string>> = {}): Promise<[Gate, Gate]> => [
    await testEnv.gate({ roles: BRAIN, env: { ...CYCLE, ...env } }),
    await testEnv.gate({ roles: BRAIN, env: CYCLE }),
  ];

  it('is followed by the other copy at once when it stops, and within 4 s when it is gone', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const [first, second] = await two();
    await untilKnown(testEnv, 'BTCUSDT');
    expect([await isReader(first), await isReader(second)]).toEqual([true, false]);
    const stoppedMs = performance.now();
    await first.stop();
    await eventually(async () => (await isReader(second)) || undefined, 3_000);
    expect(performance.now() - stoppedMs).toBeLessThan(3_000);
    testEnv.exchange.setPosition('BTCUSDT', '0.004');
    await eventually(async () => (await amountOf(testEnv)) === '0.004' || undefined, 2_000);
    expect(await verdict(testEnv)).toMatchObject({ reason: 'reconcile_required_qty_mismatch' });

    // Somebody that is gone holds it: no more than the lease is lost.
    const [lease = ''] = await testEnv.redis.keys(`${testEnv.prefix}lease:*reader`);
    await testEnv.redis.set(lease, 'gone', 'PX', 2_500);
    await eventually(async () => !(await isReader(second)) || undefined, 2_000);
    await eventually(async () => (await isReader(second)) || undefined, 4_000);
    testEnv.exchange.setPosition('BTCUSDT', '0.002');
    await eventually(async () => (await amountOf(testEnv)) === '0.002' || undefined, 2_000);
  }, 30_000);

  it('that cannot reach the exchange does not make the others blind: they read too, until it can', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const link = await TcpProxy.open(Number(new URL(testEnv.exchange.restUrl).port));
    try {
      const url = `http://127.0.0.1:${link.port}`;
      const env = { EXCHANGE_REST_URL: url, EXCHANGE_WS_URL: url.replace('http', 'ws') };
      const quick = { P33_POLL_SEC: '0.5', P33_STALE_THRESHOLD_SEC: '2' };
      const first = await testEnv.gate({ roles: BRAIN, env: { ...quick, ...env } });
      const second = await testEnv.gate({ roles: BRAIN, env: quick });
      await untilKnown(testEnv, 'BTCUSDT');
      expect([await isReader(first), await isReader(second)]).toEqual([true, false]);
      link.set('cut');
      testEnv.exchange.setPosition('BTCUSDT', '0.004');
      await eventually(async () => (await amountOf(testEnv)) === '0.004' || undefined, 4_000);
      // Longer than a snapshot lives: each cycle has a read.
      await sleep(3_000);
      const ageMs = Date.now() - Number(await testEnv.redis.hget(testEnv.keys.snapshot('BTCUSDT'), 'ts_ms'));
      expect(ageMs).toBeLessThan(2_000);
      link.set('pass');
      const read = (from: number): number => since(from).filter(({ path }) => path.endsWith('/positionRisk')).length;
      await eventually(async () => {
        const from = nowMs();
        await sleep(1_500);
        return read(from) <= 4 || undefined;
      }, 10_000);
    } finally {
      await link.close();
    }
  }, 40_000);

  it('that Redis does not answer gives the account up, and another takes it', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const proxy = await RedisProxy.open(inject('redisSocket'));
    try {
      const [first, second] = await two({ REDIS_URL: `unix://${proxy.socketPath}` });
      await untilKnown(testEnv, 'BTCUSDT');
      expect(await isReader(first)).toBe(true);
      proxy.cutOff(true);
      await eventually(async () => (await isReader(second)) || undefined, 6_000);
      await eventually(async () => !(await isReader(first)) || undefined, 6_000);
      testEnv.exchange.setPosition('BTCUSDT', '0.004');
      await eventually(async () => (await amountOf(testEnv)) === '0.004' || undefined, 2_000);
    } finally {
      await proxy.close();
    }
  }, 30_000);
});
