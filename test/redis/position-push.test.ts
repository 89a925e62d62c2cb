import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { amountOf, ledgerOf, listening, SELDOM, verdict, watchAmounts } from './position-push-support.js';

const POSITIONS = { path: '/positionRisk' } as const;
let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

describe('a push of the position', () => {
  it('is stored within tens of milliseconds, with the price of the last read, and raises the epoch', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ roles: 'position-brain', env: SELDOM });
    await listening(testEnv, gate);
    testEnv.exchange.addFault({ match: POSITIONS, action: { type: 'delay', ms: 1_500 }, times: -1 });
    const epoch = Number(await testEnv.redis.get(testEnv.keys.epoch('BTCUSDT')));
    const tookMs: number[] = [];
    for (const amount of ['0.008', '0.006', '0.004', '-0.002', '0']) {
      const beganMs = performance.now();
      testEnv.exchange.setPosition('BTCUSDT', amount);
      await eventually(async () => (await amountOf(testEnv)) === amount || undefined);
      tookMs.push(performance.now() - beganMs);
    }
    expect(tookMs.toSorted((a, b) => a - b)[2]).toBeLessThan(100);
    expect(await testEnv.redis.hgetall(testEnv.keys.snapshot('BTCUSDT'))).toMatchObject({
      position_amt: '0',
      side: 'NONE',
      source: 'push',
      mark_price: '65000',
    });
    expect(Number(await testEnv.redis.get(testEnv.keys.epoch('BTCUSDT')))).toBe(epoch + 5);
  });

  it('is followed by a read of the values that a push lacks', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ roles: 'position-brain', env: SELDOM });
    await listening(testEnv, gate);
    testEnv.exchange.setMark('BTCUSDT', '64000');
    testEnv.exchange.setPosition('BTCUSDT', '0.004');
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.snapshot('BTCUSDT'), 'mark_price')) === '64000' || undefined,
    );
    expect(await testEnv.redis.hgetall(testEnv.keys.snapshot('BTCUSDT'))).toMatchObject({
      position_amt: '0.004',
      source: 'rest',
    });
  });

  it('does not renew the price: while positions cannot be read, pushed snapshots lose theirs', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({
      roles: 'position-brain',
      env: { P33_POLL_SEC: '0.2', P33_STALE_THRESHOLD_SEC: '1' },
    });
    await listening(testEnv, gate);
    testEnv.exchange.addFault({ match: POSITIONS, action: { type: 'status', status: 500, code: -1000 }, times: -1 });
    testEnv.exchange.setPosition('BTCUSDT', '0.004');
    await eventually(async () => (await amountOf(testEnv)) === '0.004' || undefined);
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.snapshot('BTCUSDT'), 'mark_price')) === '0' || undefined,
    );
    testEnv.exchange.setPosition('BTCUSDT', '0.003');
    await eventually(async () => (await amountOf(testEnv)) === '0.003' || undefined);
    expect(await testEnv.redis.hget(testEnv.keys.snapshot('BTCUSDT'), 'mark_price')).toBe('0');
    testEnv.exchange.clearFaults();
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.snapshot('BTCUSDT'), 'mark_price')) === '65000' || undefined,
    );
  });

  it('is not replaced by a read that began before it and answers after it [S16]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ roles: 'position-brain', env: { P33_POLL_SEC: '0.1' } });
    await listening(testEnv, gate);
    for (const amount of ['0.009', '0.008', '0.007', '0.006', '0.005']) {
      // Read before the push, answered after it.
      testEnv.exchange.addFault({ match: POSITIONS, action: { type: 'delay', ms: 300, when: 'after' } });
      await eventually(() => testEnv.exchange.faults().length === 0 || undefined);
      await sleep(20);
      const watched = watchAmounts(testEnv);
      testEnv.exchange.setPosition('BTCUSDT', amount);
      await sleep(600);
      expect((await watched()).slice(1)).toEqual([amount]);
    }
  });

  it('of somebody else’s trade is reported as drift [S10]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ roles: 'position-brain', env: SELDOM });
    await listening(testEnv, gate);
    expect(await verdict(testEnv)).toMatchObject({ allow: true, safe_close_qty: 0.01 });
    testEnv.exchange.setPosition('BTCUSDT', '0.004');
    await eventually(async () => (await amountOf(testEnv)) === '0.004' || undefined);
    expect(await verdict(testEnv)).toMatchObject({
      allow: false,
      reason: 'reconcile_required_qty_mismatch',
      context: { exchange_amt: 0.004, ledger_amt: 0.01 },
    });
    expect(await ledgerOf(testEnv)).toBe('0.01');
  });

  it('that the ledger does not explain yet is a cooldown while an order of ours is open [S16]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ roles: 'position-brain', env: SELDOM });
    await listening(testEnv, gate);
    await testEnv.redis.set(testEnv.keys.inflight('BTCUSDT'), '0123456789abcdef:1');
    testEnv.exchange.setPosition('BTCUSDT', '0.003');
    await eventually(async () => (await amountOf(testEnv)) === '0.003' || undefined);
    expect(await verdict(testEnv)).toMatchObject({
      allow: false,
      reason: 'cooldown_in_flight',
      context: { cause: 'order_open' },
    });
    expect(await testEnv.redis.exists(testEnv.keys.hold('BTCUSDT'))).toBe(0);
    await testEnv.redis.del(testEnv.keys.inflight('BTCUSDT'));
    expect(await verdict(testEnv)).toMatchObject({ reason: 'reconcile_required_qty_mismatch' });
  });
});

describe('a stream that fails [S14]', () => {
  const lastEnd = (metrics: string, cause: string): number =>
    Number(new RegExp(`user_stream_disconnects_total\\{cause="${cause}"\\} (\\d+)`).exec(metrics)?.[1] ?? 0);

  it('misses nothing over a gap: changes are read when it is back', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ roles: 'position-brain', env: SELDOM });
    await listening(testEnv, gate);
    testEnv.exchange.dropUserStreams();
    testEnv.exchange.setPosition('BTCUSDT', '0.004');
    await eventually(async () => (await amountOf(testEnv)) === '0.004' || undefined, 3_000);
    expect(lastEnd(await gate.metrics(), 'closed')).toBe(1);
    expect(gate.messages()).toContain('user-data stream connected; positions are read again');
  });

  it('misses nothing when its key expired: positions are read again, and the new key gets events', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ roles: 'position-brain', env: SELDOM });
    await listening(testEnv, gate);
    testEnv.exchange.expireListenKeys();
    testEnv.exchange.setPosition('BTCUSDT', '0.004');
    await eventually(async () => (await amountOf(testEnv)) === '0.004' || undefined, 3_000);
    await listening(testEnv, gate);
    testEnv.exchange.addFault({ match: POSITIONS, action: { type: 'delay', ms: 3_000 }, times: -1 });
    testEnv.exchange.setPosition('BTCUSDT', '0.002');
    await eventually(async () => (await amountOf(testEnv)) === '0.002' || undefined, 1_000);
    expect(lastEnd(await gate.metrics(), 'expired')).toBe(1);
  });

  it('is replaced when it stays open and silent while reads show that something changed', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ roles: 'position-brain', env: { P33_POLL_SEC: '0.2' } });
    await listening(testEnv, gate);
    testEnv.exchange.silenceUserStreams(true);
    const silentSinceMs = performance.now();
    testEnv.exchange.setPosition('BTCUSDT', '0.004');
    await eventually(async () => (await amountOf(testEnv)) === '0.004' || undefined, 1_000);
    await eventually(async () => lastEnd(await gate.metrics(), 'distrusted') === 1 || undefined, 5_000);
    expect(performance.now() - silentSinceMs).toBeGreaterThan(1_900);
    // Once for each change that it missed, not for ever.
    await sleep(3_000);
    expect(lastEnd(await gate.metrics(), 'distrusted')).toBe(1);
    testEnv.exchange.silenceUserStreams(false);
    testEnv.exchange.setPosition('BTCUSDT', '0.002');
    await eventually(
      async () => (await gate.metrics()).includes('user_stream_events_total{kind="position"} 1') || undefined,
    );
  });

  it('that never connects does not stop the read cycle', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    testEnv.exchange.addFault({
      match: { path: '/listenKey' },
      action: { type: 'status', status: 500, code: -1000 },
      times: -1,
    });
    const gate = await testEnv.gate({ roles: 'position-brain' });
    await eventually(async () => (await ledgerOf(testEnv)) ?? undefined);
    testEnv.exchange.setPosition('BTCUSDT', '0.004');
    await eventually(async () => (await amountOf(testEnv)) === '0.004' || undefined, 1_000);
    await eventually(async () => lastEnd(await gate.metrics(), 'not_connected') > 1 || undefined);
    expect(await gate.metrics()).toContain('user_stream_up 0');
    await testEnv.redis.hset(testEnv.keys.ledger('BTCUSDT'), 'last_known_amt', '0.004');
    expect(await verdict(testEnv)).toMatchObject({ allow: true });
  });
});
