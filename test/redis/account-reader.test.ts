import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import { LedgerBootstrap } from '../../src/position-brain/ledger-bootstrap.js';
import { SnapshotReader } from '../../src/position-brain/snapshot-reader.js';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { RedisRefused } from '../../src/redis/connection/redis.errors.js';
import { ServerIdentity } from '../../src/redis/connection/server-identity.js';
import { COMMANDS } from '../../src/redis/redis.tokens.js';
import { ScriptRunner } from '../../src/redis/scripts/script-runner.js';
import { AuditLog } from '../../src/redis/stores/audit-log.js';
import { PositionStore, type SnapshotWrite } from '../../src/redis/stores/position-store.js';
import { addressPrefixOf } from '../../src/redis/keys/address-keys.js';
import { keysFor } from '../../src/redis/keys/keys.js';
import type { RequestRecord } from '../../src/paper-exchange/recorder.js';
import { eventually } from '../harness/eventually.js';
import { writeListing } from '../harness/listing.js';
import { RedisProxy } from '../harness/redis-proxy.js';
import { TcpProxy } from '../harness/tcp-proxy.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, sleep, submit, untilKnown } from './apply-support.js';
import { amountOf, verdict } from './position-push-support.js';

const SYMBOLS = Array.from({ length: 60 }, (_, index) => `B${String(index).padStart(3, '0')}USDT`);
const BRAIN = 'position-brain';
/** `WHOLE_MINUTE=1` takes a minute at the default cycle, which uses at most 100 of the weight. */
const WHOLE =
  process.env['WHOLE_MINUTE'] === '1'
    ? { copies: 4, cycleSec: 5, idleSec: 60 }
    : { copies: 2, cycleSec: 1, idleSec: 4 };
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
  testEnv = await TestEnvironment.create({
    exchangeInfoFile: writeListing(folder, SYMBOLS),
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
  it('have one reader: idle they use the weight of one read a cycle, and a close adds next to nothing', async () => {
    const { copies, cycleSec, idleSec } = WHOLE;
    await sixtySymbols();
    const env = { ...QUICK, P33_POLL_SEC: String(cycleSec), APPLY_ALLOWLIST: SYMBOLS.join(',') };
    const gates = await Promise.all(Array.from({ length: copies }, () => testEnv.gate({ env })));
    await untilKnown(testEnv, ...SYMBOLS);
    const [reader, ...others] = await readers(gates);
    expect(others).toEqual([]);
    await eventually(async () => /^user_stream_up 1$/m.test((await reader?.metrics()) ?? '') || undefined, 8_000);
    // The read that follows the connection.
    await sleep(1_500);
    const idleMs = nowMs();
    await sleep(idleSec * 1_000);
    const idle = since(idleMs);
    const cycles = idleSec / cycleSec + 1;
    // Beside the positions: the exchange's time, three times a minute for each copy.
    expect(weightOf(idle)).toBeLessThanOrEqual(cycles * 5 + copies * (3 * (idleSec / 60) + 1));
    expect(idle.filter(({ path }) => path.endsWith('/openOrders'))).toEqual([]);

    const busyMs = nowMs();
    const plans = SYMBOLS.slice(0, 12).map(async (symbol, index) => {
      await sleep(index * 200);
      const gate = gates[index % gates.length];
      if (gate === undefined) throw new Error('no gate');
      const { planId } = await submit(gate, symbol, 'PARTIAL_50');
      return resultOf(testEnv, planId, 1, 10_000);
    });
    const results = await Promise.all(plans);
    expect(results.map(({ executed, error }) => [executed, error])).toEqual(plans.map(() => ['True', '']));
    await sleep(500);
    const busySec = (nowMs() - busyMs) / 1_000;
    // The cycles alone: a copy that counts a fill asks for no read, because the push was there.
    const reads = since(busyMs).filter(({ path }) => path.endsWith('/positionRisk')).length;
    expect(reads).toBeLessThanOrEqual(Math.ceil(busySec / cycleSec) + 1);
    for (const symbol of SYMBOLS.slice(0, 12)) expect(await amountOf(testEnv, symbol)).toBe('0.5');
  }, 180_000);
});

describe('a cycle over many symbols [K8]', () => {
  it('is one script while every ledger agrees; a ledger changed by hand and a hold are looked at by themselves', async () => {
    await sixtySymbols();
    const env = { ...QUICK, P33_POLL_SEC: '600', P33_STALE_THRESHOLD_SEC: '600', APPLY_ALLOWLIST: SYMBOLS.join(',') };
    // Without its loops: they read too, after the stream has connected and for as long as a machine is busy.
    const { app } = await testEnv.gate({ roles: BRAIN, env, start: false });
    await app.get<Redis>(COMMANDS, { strict: false }).connect();
    await app.get(ServerIdentity, { strict: false }).confirm();
    const [reader, bootstrap, runner] = [
      app.get(SnapshotReader, { strict: false }),
      app.get(LedgerBootstrap, { strict: false }),
      app.get(ScriptRunner, { strict: false }),
    ];
    const cycle = async (): Promise<[script: string, count: number][]> => {
      const run = vi.spyOn(runner, 'run');
      for (const read of await reader.read()) await bootstrap.care(read);
      const names: string[] = run.mock.calls.map(([name]) => name);
      run.mockRestore();
      return [...new Set(names)].map((name) => [name, names.filter((each) => each === name).length]);
    };
    // As at the start of a process; the first cycle adopts what there is.
    await bootstrap.noticeAll();
    await cycle();
    await app.get(AuditLog, { strict: false }).settled();
    expect(await cycle()).toEqual([['record_snapshot', 1]]);
    const { keys, redis } = testEnv;
    // The same amount in other words is looked at, and found to be ours. One that is noticed is read once more.
    await redis.hset(keys.ledger('B001USDT'), 'last_known_amt', '1.0');
    await redis.hset(keys.ledger('B002USDT'), 'last_known_amt', '2');
    await redis.set(
      keys.hold('B003USDT'),
      JSON.stringify({ symbol: 'B003USDT', cause: 'operator', reason: 'x', by: 'a', at_ms: 1 }),
    );
    await redis.del(keys.ledger('B004USDT'));
    expect(Object.fromEntries(await cycle())).toMatchObject({
      record_snapshot: 1,
      read_position_evidence: 5,
      notice_ledger: 1,
    });
    expect(await redis.hget(keys.ledger('B002USDT'), 'written_amt')).toBe('2');
    expect(JSON.parse((await redis.get(keys.hold('B004USDT'))) ?? '{}')).toMatchObject({ cause: 'ledger_lost' });
  }, 30_000);
});

describe('the snapshots of one read [K8]', () => {
  it('are stored by one script a hundred; one that Redis refuses leaves the others', async () => {
    testEnv = await TestEnvironment.create();
    const { app } = await testEnv.gate({ roles: BRAIN, env: { P33_POLL_SEC: '600', P33_STALE_THRESHOLD_SEC: '600' } });
    const [store, runner] = [app.get(PositionStore, { strict: false }), app.get(ScriptRunner, { strict: false })];
    const run = vi.spyOn(runner, 'run');
    const tsMs = app.get(RedisClock, { strict: false }).nowMs();
    const writeOf = (symbol: string, amount: string, atMs = tsMs): SnapshotWrite => ({
      symbol,
      tsMs: atMs,
      amount: new Decimal(amount),
      entryPrice: new Decimal(2),
      markPrice: new Decimal(3),
      unrealizedPnl: new Decimal(4),
      leverage: '5',
      source: 'rest',
      restingReduceQty: new Decimal(6),
    });
    const symbols = Array.from({ length: 250 }, (_, index) => `S${index}USDT`);
    await testEnv.redis.set(testEnv.keys.snapshot('S7USDT'), 'no hash');
    const outcomes = await store.recordSnapshots(
      symbols.map((symbol, at) => writeOf(symbol, at % 2 === 0 ? '1' : '-1')),
    );
    // Beside those of the gate's own reads, which are of one symbol.
    const keys = run.mock.calls.flatMap(([name, , , , more]) =>
      name === 'record_snapshot' ? [more?.length ?? 0] : [],
    );
    expect(keys.filter((count) => count > 0)).toEqual([396, 396, 196]);
    expect(outcomes[7]).toBeInstanceOf(RedisRefused);
    expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(249);
    for (const [at, side] of [
      [0, 'LONG'],
      [99, 'SHORT'],
      [100, 'LONG'],
      [249, 'SHORT'],
    ] as const)
      expect(await testEnv.redis.hgetall(testEnv.keys.snapshot(`S${at}USDT`))).toMatchObject({
        position_amt: side === 'LONG' ? '1' : '-1',
        side,
        entry_price: '2',
        mark_price: '3',
        unrealized_pnl: '4',
        leverage: '5',
        resting_reduce_qty: '6',
        ts_ms: String(tsMs),
        source: 'rest',
      });
    // Each has its own time and epoch: what changed raises it, what is older changes nothing.
    const again = await store.recordSnapshots([writeOf('S1USDT', '-1'), writeOf('S2USDT', '2')]);
    expect(again).toEqual(['recorded', 'recorded']);
    const epochs = await Promise.all([1, 2].map((at) => testEnv.redis.get(testEnv.keys.epoch(`S${at}USDT`))));
    expect(epochs).toEqual(['1', '2']);
    expect(await store.recordSnapshots([writeOf('S1USDT', '9', tsMs - 1), writeOf('S251USDT', '9', tsMs - 1)])).toEqual(
      ['older', 'recorded'],
    );
  });
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
    await testEnv.redis.set(testEnv.keys.lease('p33', '@reader'), 'gone', 'PX', 3_000);
    await eventually(async () => !(await isReader(second)) || undefined, 2_000);
    await eventually(async () => (await isReader(second)) || undefined, 5_000);
    testEnv.exchange.setPosition('BTCUSDT', '0.002');
    await eventually(async () => (await amountOf(testEnv)) === '0.002' || undefined, 2_000);
  }, 30_000);

  it('that cannot reach the exchange does not make the others blind: they read too, until it can', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const link = await TcpProxy.open(Number(new URL(testEnv.exchange.restUrl).port));
    try {
      const url = `http://127.0.0.1:${link.port}`;
      const env = { EXCHANGE_REST_URL: url, EXCHANGE_WS_URL: url.replace('http', 'ws') };
      const quick = { P33_POLL_SEC: '0.5', P33_STALE_THRESHOLD_SEC: '5' };
      const first = await testEnv.gate({ roles: BRAIN, env: { ...quick, ...env } });
      const second = await testEnv.gate({ roles: BRAIN, env: quick });
      await untilKnown(testEnv, 'BTCUSDT');
      expect([await isReader(first), await isReader(second)]).toEqual([true, false]);
      link.set('cut');
      testEnv.exchange.setPosition('BTCUSDT', '0.004');
      await eventually(async () => (await amountOf(testEnv)) === '0.004' || undefined, 6_000);
      for (let looks = 0; looks < 8; looks += 1) {
        await sleep(500);
        const ageMs = Date.now() - Number(await testEnv.redis.hget(testEnv.keys.snapshot('BTCUSDT'), 'ts_ms'));
        expect(ageMs).toBeLessThan(4_500);
      }
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

describe('deployments behind one address [K8]', () => {
  const GROUP = { EXCHANGE_ADDRESS_GROUP: `test-${process.pid}` } as const;
  let other: TestEnvironment;
  const addressKeys = (): ReturnType<typeof keysFor> => keysFor(addressPrefixOf(GROUP.EXCHANGE_ADDRESS_GROUP));
  beforeEach(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    other = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
  });
  afterEach(async () => {
    const keys = addressKeys();
    await testEnv.redis.del(keys.ban(), keys.exchangeUsage());
    await other.close();
  });

  it('of one group share a ban: nobody of them calls before it ends', async () => {
    const env = { P33_POLL_SEC: '0.2', ...GROUP };
    await testEnv.gate({ roles: BRAIN, env });
    await other.gate({ roles: BRAIN, env });
    const alone = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    try {
      await alone.gate({ roles: BRAIN, env: { P33_POLL_SEC: '0.2' } });
      await untilKnown(testEnv, 'BTCUSDT');
      await untilKnown(other, 'BTCUSDT');
      testEnv.exchange.addFault({
        match: { path: '/positionRisk' },
        action: { type: 'status', status: 418, code: -1003, headers: { 'Retry-After': '3' } },
        times: 1,
      });
      await eventually(async () => (await testEnv.redis.pttl(addressKeys().ban())) > 0 || undefined);
      await sleep(300);
      const from = nowMs();
      await sleep(1_500);
      const requests = (env_: TestEnvironment): number =>
        env_.exchange.records().requests.filter(({ atMs }) => atMs >= from).length;
      expect([requests(testEnv), requests(other)]).toEqual([0, 0]);
      expect(requests(alone)).toBeGreaterThan(3);
      await eventually(() => requests(other) > 0 || undefined, 5_000);
    } finally {
      await alone.close();
    }
  }, 30_000);

  it('of one group share the weight: reads stop where the others have used it, orders do not', async () => {
    const gate = await testEnv.gate({ env: { ...QUICK, ...GROUP, P33_POLL_SEC: '0.2' } });
    await untilKnown(testEnv, 'BTCUSDT');
    const key = addressKeys().exchangeUsage();
    await eventually(async () => (await testEnv.redis.hexists(key, 'weight')) === 1 || undefined);
    // Written again and again: the test may run over the turn of a minute.
    const usedNow = async (): Promise<boolean> => {
      await testEnv.redis.hset(key, 'weight', `${Math.floor(Date.now() / 60_000)}:2300`);
      return /request weight 23\d\d of 2400 a minute is used/.test(JSON.stringify(gate.logs));
    };
    await eventually(async () => (await usedNow()) || undefined, 8_000);
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, planId, 1, 8_000)).toMatchObject({ executed: 'True', error: '' });
  }, 30_000);
});
