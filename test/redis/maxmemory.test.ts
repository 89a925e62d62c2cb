import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { RedisFull } from '../../src/redis/connection/redis.errors.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { RedisServer } from '../harness/redis-server.js';
import { QUICK, resultOf, sleep, submit, untilKnown } from './apply-support.js';
import { deadLetters, eventsOf } from './issuer-support.js';
import { OpsApp, publish } from './ops-support.js';

const SYMBOLS = { APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT', P33_ALLOWLIST: 'BTCUSDT,ETHUSDT' };

describe('while Redis is at maxmemory', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeEach(async () => {
    server = await new RedisServer().start();
    redis = new Redis({ path: server.socketPath });
  });
  afterEach(async () => {
    redis.disconnect();
    await server.stop();
  });
  const maxmemory = (bytes: number): Promise<unknown> => redis.config('SET', 'maxmemory', String(bytes));

  it('[R17] every stop and a reconciliation work over HTTP; a proposal is refused and readiness fails, each with the remedy', async () => {
    const ops: OpsApp = await OpsApp.start({
      socket: server.socketPath,
      context: (context) => {
        context.intake = {
          submit: async () => {
            await publish(ops, 'aaaaaaaaaaaaaaaa');
            return { planId: 'aaaaaaaaaaaaaaaa', decision: 'EXECUTE', reasonCodes: [], detail: '', attempt: 1 };
          },
          withdraw: async () => ({ planId: '', outcome: 'none' }),
        };
      },
    });
    try {
      const snapshot = { symbol: 'BTCUSDT', position_amt: '0.01', ts_ms: String(Date.now()) };
      await redis.hset(ops.keys.snapshot('BTCUSDT'), snapshot);
      await maxmemory(1);
      const body = { symbol: 'BTCUSDT', harvest_action: 'PARTIAL_75', kill_score: '0.5' };
      for (const headers of [{}, { 'idempotency-key': 'k' }]) {
        const { status, body: found } = await ops.call('POST', '/api/v1/proposals', 'operator', body, headers);
        expect([status, found.type]).toEqual([503, 'urn:permit-gate:problem:redis-full']);
        expect(found.detail).toMatch(
          /Redis is at its maxmemory and refuses new writes\. Raise maxmemory .* Nothing was done\./,
        );
      }
      const stop = { reason: 'full', engaged: true };
      expect(await ops.call('PUT', '/api/v1/kill-switch', 'operator', stop)).toMatchObject({
        status: 200,
        body: { engaged: true },
      });
      expect(await ops.call('POST', '/api/v1/disarm', 'operator', { reason: 'full' })).toMatchObject({
        status: 200,
        body: { armed: false },
      });
      expect(await ops.call('PUT', '/api/v1/positions/BTCUSDT/hold', 'operator', { reason: 'full' })).toMatchObject({
        status: 200,
      });
      expect(await redis.exists(ops.keys.hold('BTCUSDT'), ops.keys.killSwitch(), ops.keys.arm())).toBe(3);
      const reconciled = { expected_exchange_amt: '0.010', reason: 'full' };
      expect(await ops.call('POST', '/api/v1/positions/BTCUSDT/reconcile', 'operator', reconciled)).toMatchObject({
        status: 200,
      });
      expect(await redis.hget(ops.keys.ledger('BTCUSDT'), 'last_known_amt')).toBe('0.01');
      const { status, body: health } = await ops.call('GET', '/health/ready');
      expect([status, health.error.redis.reason]).toEqual([
        503,
        'writable is "no: Redis is at its maxmemory": Raise maxmemory (redis-cli CONFIG SET maxmemory) or remove other data',
      ]);
      const { entries } = (await ops.call('GET', '/api/v1/audit', 'viewer')).body;
      expect(entries.map(({ action, outcome }: Record<string, string>) => `${action} ${outcome}`)).toEqual([
        'ledger.reconcile ok',
        'hold.set ok',
        'disarm ok',
        'kill_switch.engage ok',
        'proposal.submit failed: 503 Redis is full',
      ]);
    } finally {
      await ops.close();
    }
  });

  it('nothing is published or claimed, nothing counts as an error, and work continues when there is memory: part of [R17]', async () => {
    const testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } }, server.socketPath);
    try {
      const gate = await testEnv.gate({ env: { ...QUICK, REDIS_URL: `unix://${server.socketPath}` } });
      await untilKnown(testEnv, 'BTCUSDT');
      // Too late for its publishing, in time for its claim: by then Redis is full.
      const { planId: first } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
      await maxmemory(1);
      await expect(submit(gate, 'BTCUSDT', 'PARTIAL_50')).rejects.toBeInstanceOf(RedisFull);
      await sleep(2_500);
      const ended = await resultOf(testEnv, first);
      // Whichever came first: claimed and recorded, or ended unsent.
      expect(testEnv.orders().length).toBe(ended['executed'] === 'True' ? 1 : 0);
      await maxmemory(0);
      const { planId } = await submit(gate, 'BTCUSDT', 'FULL_CLOSE_PROPOSED');
      expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', error: '' });
      expect(await deadLetters(testEnv)).toEqual([]);
      expect(await eventsOf(testEnv, 'AUTO_DISARM')).toEqual([]);
      await gate.app
        .get(ControlStore, { strict: false })
        .setKillSwitch({ engaged: true, by: 'test', reason: 'test', at_ms: 1 });
    } finally {
      await testEnv.close();
    }
  });

  it('[R17] an order in flight is recorded; no permit, claim or order follows, and the log says what to do', async () => {
    const testEnv = await TestEnvironment.create(
      { positions: { BTCUSDT: '0.010', ETHUSDT: '0.10' } },
      server.socketPath,
    );
    try {
      const env = { ...QUICK, ...SYMBOLS, REDIS_URL: `unix://${server.socketPath}` };
      const gate = await testEnv.gate({ env });
      await untilKnown(testEnv, 'BTCUSDT', 'ETHUSDT');
      testEnv.exchange.addFault({
        match: { method: 'POST', path: '/fapi/v1/order' },
        action: { type: 'delay', ms: 500, when: 'after' },
      });
      const { planId: sent } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
      await eventually(() => testEnv.orders().length === 1 || undefined);
      const proposal = proposalFields('FULL_CLOSE_PROPOSED');
      await redis.multi().hset(testEnv.keys.proposal('ETHUSDT'), proposal).config('SET', 'maxmemory', '1').exec();
      expect(await resultOf(testEnv, sent)).toMatchObject({ executed: 'True', error: '' });
      await eventually(
        async () => (await redis.hget(testEnv.keys.ledger('BTCUSDT'), 'last_known_amt')) === '0.005' || undefined,
      );
      const said = await eventually(() =>
        gate.logs.find(({ level, msg }) => level === 40 && String(msg).startsWith('Redis is at its maxmemory')),
      );
      expect(said['msg']).toMatch(
        /: nothing is published, permitted or claimed \(.+\)\. Raise maxmemory \(redis-cli CONFIG SET maxmemory\) or remove other data/,
      );
      expect(await redis.exists(testEnv.keys.inflight('ETHUSDT'))).toBe(0);
      const control = gate.app.get(ControlStore, { strict: false });
      await control.setKillSwitch({ engaged: true, by: 'test', reason: 'full', at_ms: 1 });
      expect(JSON.parse((await redis.get(testEnv.keys.killSwitch())) ?? '{}')).toMatchObject({ engaged: true });
      await maxmemory(0);
      expect(await submit(gate, 'ETHUSDT', 'FULL_CLOSE_PROPOSED')).toMatchObject({ decision: 'BLOCKED' });
      expect(testEnv.orders()).toHaveLength(1);
    } finally {
      await testEnv.close();
    }
  });
});
