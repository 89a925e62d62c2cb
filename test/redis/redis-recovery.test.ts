import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseKeeper } from '../../src/redis/stores/lease-keeper.js';
import { StreamConsumer } from '../../src/redis/streams/stream-consumer.js';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  orderRequests,
  QUICK,
  resultOf,
  sleep,
  stateOf,
  stepOf,
  submit,
  untilState,
} from './apply-support.js';

const P33 = foreignPermit('BTCUSDT', 0.007, 0.01);
const BOTH = { governor: GRANT, p33: P33 };
const env = {
  ...QUICK,
  APPLY_PERMIT_WAIT_MS: '6000',
  EXCHANGE_RECV_WINDOW_MS: '300',
  EXCHANGE_ORDER_TIMEOUT_MS: '400',
  EXCHANGE_UNKNOWN_PROOF_SEC: '1',
};

let testEnv: TestEnvironment;
beforeEach(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
});
afterEach(() => testEnv.close());

describe('a plan that waited when its process ended', () => {
  it('is resumed at once by the restarted instance [R3] [R8]', async () => {
    const first = await testEnv.gate({ roles: 'apply', env: { ...env, INSTANCE_ID: 'one' } });
    const { planId } = await submit(first, 'BTCUSDT', 'PARTIAL_75');
    await untilState(testEnv, planId, 'WAITING');
    await first.stop();
    expect(await stateOf(testEnv, planId)).toBe('WAITING');
    await testEnv.gate({ roles: 'apply', env: { ...env, INSTANCE_ID: 'one' } });
    await handwrite(testEnv, planId, BOTH);
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', attempt: '1' });
  });

  it('is ended by another after its window, and tried again [R3] [R9]', async () => {
    const short = { ...env, APPLY_PERMIT_WAIT_MS: '600' };
    const first = await testEnv.gate({ roles: 'apply', env: short });
    await testEnv.gate({ roles: 'apply', env: short });
    const { token } = first.app.get(LeaseKeeper, { strict: false });
    const planId = await eventually(async () => {
      const plan = await submit(first, 'BTCUSDT', 'PARTIAL_75');
      await untilState(testEnv, plan.planId, 'WAITING');
      return (await testEnv.redis.hget(testEnv.keys.journal(plan.planId), 'owner')) === token ? plan.planId : undefined;
    });
    await first.stop();
    expect(await resultOf(testEnv, planId)).toMatchObject({
      error: 'plan_expired',
      reason: 'no process ended it inside its window',
      state: 'EXPIRED',
    });
    const { keys, redis } = testEnv;
    await redis.multi().hset(keys.journal(planId), 'retry_at_ms', '1').zadd(keys.retries(), 'XX', 1, planId).exec();
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.journal(planId), 'attempt')) === '2' || undefined,
    );
    await handwrite(testEnv, planId, BOTH);
    expect(await resultOf(testEnv, planId, 2)).toMatchObject({ executed: 'True' });
  });
});

describe('an unacknowledged entry of another consumer', () => {
  it('is taken over after it has been idle for long enough, not before [R3]', async () => {
    const stream = `${testEnv.prefix}stream`;
    await testEnv.redis.xgroup('CREATE', stream, 'g', '0', 'MKSTREAM');
    const id = await testEnv.redis.xadd(stream, '*', 'n', '1');
    await testEnv.redis.xreadgroup('GROUP', 'g', 'dead', 'COUNT', 10, 'STREAMS', stream, '>');
    const handled: string[] = [];
    const open = (takeOverAfterMs: number): StreamConsumer =>
      new StreamConsumer(testEnv.redis.duplicate(), testEnv.redis, {
        stream,
        group: 'g',
        consumer: 'alive',
        from: '0',
        takeOverAfterMs,
        handle: (entry) => Promise.resolve(handled.push(entry.id)).then(() => 'done' as const),
        deadLetter: () => Promise.resolve(),
        onProblem: () => undefined,
      });
    const lowPriority = open(60_000);
    await lowPriority.start();
    await sleep(150);
    await lowPriority.stop(1_500);
    expect(handled).toEqual([]);
    const eager = open(100);
    await eager.start();
    await eventually(() => handled.length > 0 || undefined, 1_000);
    expect(handled).toEqual([id]);
    await eventually(async () => (await testEnv.redis.xpending(stream, 'g'))[0] === 0 || undefined, 1_000);
    await eager.stop(1_500);
  });
});

describe('keys that are deleted under a running Apply', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['the plan stream', () => testEnv.redis.del(testEnv.keys.planStream())],
    ['the group', () => testEnv.redis.xgroup('DESTROY', testEnv.keys.planStream(), 'apply')],
    ['the event stream', () => testEnv.redis.del(testEnv.keys.permitEvents())],
  ])('%s: a plan that waits is carried out, and so is the next [R4] [R9]', async (_what, remove) => {
    const gate = await testEnv.gate({ roles: 'apply', env });
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await untilState(testEnv, planId, 'WAITING');
    await remove();
    await handwrite(testEnv, planId, BOTH);
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    const next = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await handwrite(testEnv, next.planId, { governor: GRANT, p33: foreignPermit('BTCUSDT', 0.002, 0.003) });
    expect(await resultOf(testEnv, next.planId)).toMatchObject({ executed: 'True' });
    expect(testEnv.orders()).toHaveLength(2);
  });

  it('the group, while plans are published: each is found in the set of open plans [R4] [R9]', async () => {
    const gate = await testEnv.gate({ roles: 'apply', env });
    const removed = setInterval(() => void testEnv.redis.del(testEnv.keys.planStream()), 3);
    const plans: string[] = [];
    for (let n = 0; n < 20; n += 1) plans.push((await submit(gate, 'BTCUSDT', 'PARTIAL_75')).planId);
    clearInterval(removed);
    await eventually(
      async () =>
        (await Promise.all(plans.map((id) => stateOf(testEnv, id)))).every((state) => state === 'WAITING') || undefined,
      5_000,
    );
    expect(gate.messages()).toContainEqual(
      expect.stringContaining('the stream or group was deleted and has been created again'),
    );
    const events = await testEnv.entries(testEnv.keys.governorEvents());
    expect(events.map(({ fields }) => fields['event'])).toContain('GROUP_REMADE');
    expect(orderRequests(testEnv)).toEqual([]);
  });

  it('all of them: nothing is sent until control state exists again and the settling time is over; then it continues [R4]', async () => {
    const gate = await testEnv.gate({ roles: 'apply', env: { ...env, EXCHANGE_RECV_WINDOW_MS: '1000' } });
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await untilState(testEnv, planId, 'WAITING');
    await testEnv.redis.del(...(await testEnv.redis.keys(`${testEnv.prefix}*`)));
    await handwrite(testEnv, planId, BOTH);
    const refused = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    expect(refused).toMatchObject({ decision: 'BLOCKED', reasonCodes: ['kill_switch_active'] });
    await sleep(200);
    expect(orderRequests(testEnv)).toEqual([]);
    await testEnv.redis.mset(testEnv.keys.killSwitch(), '{"engaged":false}', testEnv.keys.arm(), '{"armed":true}');
    const early = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await handwrite(testEnv, early.planId, BOTH);
    expect(await resultOf(testEnv, early.planId)).toMatchObject({
      executed: 'False',
      error: 'position_changed',
      reason: 'Redis was restarted, failed over or emptied: an order that it lost may still reach the exchange',
    });
    const settledMs = await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.server(), 'settle_until_ms')) ?? undefined,
    );
    await sleep(Math.max(0, Number(settledMs) - Date.now()) + 50);
    const next = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await handwrite(testEnv, next.planId, BOTH);
    expect(await resultOf(testEnv, next.planId)).toMatchObject({ executed: 'True' });
    expect(testEnv.orders()).toHaveLength(1);
    expect(
      (await testEnv.entries(testEnv.keys.governorEvents())).map(({ fields }) => [fields['event'], fields['reason']]),
    ).toContainEqual(['REDIS_CHANGED', 'emptied']);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['its entry trimmed', () => testEnv.redis.xtrim(testEnv.keys.planStream(), 'MAXLEN', 0)],
    ['the plan stream deleted', () => testEnv.redis.del(testEnv.keys.planStream())],
    ['the result stream deleted', () => testEnv.redis.del(testEnv.keys.resultStream())],
  ])('with %s, an order of unknown outcome is still followed to its end [R9]', async (_what, remove) => {
    const gate = await testEnv.gate({ roles: 'apply', env });
    testEnv.exchange.addFault({
      match: { method: 'GET', path: '/order' },
      action: { type: 'orderNotFoundFor', ms: 700 },
    });
    testEnv.exchange.addFault({ match: { method: 'POST', path: '/order' }, action: { type: 'loseReply' } });
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await handwrite(testEnv, planId, BOTH);
    await untilState(testEnv, planId, 'UNKNOWN');
    await remove();
    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({ executed: 'True', state: 'FILLED' });
    expect(stepOf(result)).toMatchObject({ executed_qty: 0.007 });
    expect(orderRequests(testEnv)).toHaveLength(1);
    expect(await testEnv.redis.zcard(testEnv.keys.openPlans())).toBe(0);
  });
});
