import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { loadScript } from '../../src/redis/scripts/script-source.js';
import type { ScriptName } from '../../src/redis/scripts/scripts.js';
import { ServerIdentity } from '../../src/redis/connection/server-identity.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  orderRequests,
  QUICK,
  resultOf,
  sleep,
  stepOf,
  submit,
  untilState,
} from './apply-support.js';
import { type Cut, RedisProxy } from '../harness/redis-proxy.js';

const P33 = foreignPermit('BTCUSDT', 0.007, 0.01);

describe('a connection that is cut while a script runs', () => {
  let testEnv: TestEnvironment;
  let proxy: RedisProxy;
  let gate: Gate;
  let cutsBefore: number;
  let sentBefore: number;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1' } });
    proxy = await RedisProxy.open(inject('redisSocket'));
    gate = await testEnv.gate({ roles: 'apply', env: { ...QUICK, REDIS_URL: `unix://${proxy.socketPath}` } });
  });
  beforeEach(() => {
    cutsBefore = proxy.cuts;
    sentBefore = orderRequests(testEnv).length;
  });
  afterAll(async () => {
    await testEnv.close();
    await proxy.close();
  });
  const cuts = (): number => proxy.cuts - cutsBefore;
  const sent = (): number => orderRequests(testEnv).length - sentBefore;

  const steps = async (planId: string): Promise<unknown[]> =>
    (await testEnv.redis.lrange(testEnv.keys.trace(planId), 0, -1)).map(
      (step) => (JSON.parse(step) as { step: string }).step,
    );
  const digest = (script: ScriptName): string =>
    loadScript(script, gate.app.get(ServerIdentity, { strict: false }).known?.id).sha1;
  const sides: Cut['when'][] = ['before', 'after'];

  it.each(sides)('publishing, cut %s it: one plan, reported as published, executed [A2] [R2]', async (when) => {
    proxy.arm({ text: digest('publish_plan'), when });
    const answer = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    expect(cuts()).toBe(1);
    expect(answer).toMatchObject({ decision: 'EXECUTE', attempt: 1 });
    expect((await testEnv.plans()).filter(({ fields }) => fields['plan_id'] === answer.planId)).toHaveLength(1);
    await untilState(testEnv, answer.planId, 'WAITING');
    await handwrite(testEnv, answer.planId, { governor: GRANT, p33: P33 });
    expect(await resultOf(testEnv, answer.planId)).toMatchObject({ executed: 'True' });
    expect(await steps(answer.planId)).toEqual(['published', 'waiting', 'claimed', 'result']);
  });

  it.each(sides)('claiming, cut %s it: settled as ours by its token, one order [P13] [R2]', async (when) => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await untilState(testEnv, planId, 'WAITING');
    const epoch = Number(await testEnv.redis.get(testEnv.keys.epoch('BTCUSDT')));
    proxy.arm({ text: digest('claim_permits'), when });
    await handwrite(testEnv, planId, { governor: GRANT, p33: P33 });
    const result = await resultOf(testEnv, planId);
    expect(cuts()).toBe(1);
    expect(result).toMatchObject({ executed: 'True', error: '', state: 'FILLED' });
    expect(stepOf(result)).toMatchObject({ executed_qty: 0.007 });
    expect(sent()).toBe(1);
    expect((await steps(planId)).filter((step) => step === 'claimed')).toHaveLength(1);
    expect(Number(await testEnv.redis.get(testEnv.keys.epoch('BTCUSDT')))).toBe(epoch + 1);
  });

  it('claiming, while Redis stays unreachable: no byte of an order is sent, and the plan ends [P13] [R1] [R2]', async () => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await untilState(testEnv, planId, 'WAITING');
    proxy.arm({ text: digest('claim_permits'), when: 'after', times: 1_000 });
    await handwrite(testEnv, planId, { governor: GRANT, p33: P33 });
    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({ executed: 'False', error: 'permit_check_redis_error' });
    expect(cuts()).toBeGreaterThan(1);
    expect((await steps(planId)).filter((step) => step === 'claimed')).toHaveLength(1);
    expect(await testEnv.redis.exists(testEnv.keys.inflight('BTCUSDT'))).toBe(0);
    expect(sent()).toBe(0);
    proxy.disarm();
  });

  it.each(sides)('recording the result, cut %s it: one result, one guard, one acknowledgement [R2]', async (when) => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await untilState(testEnv, planId, 'WAITING');
    proxy.arm({ text: digest('record_result'), when });
    await handwrite(testEnv, planId, { governor: GRANT, p33: P33 });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    expect(cuts()).toBe(1);
    const reported = (): unknown[] =>
      gate.logs.filter((line) => line['plan_id'] === planId && String(line['msg']).startsWith('Result published'));
    await eventually(() => reported().length > 0 || undefined);
    await sleep(50);
    expect(reported()).toHaveLength(1);
    expect((await testEnv.results()).filter(({ fields }) => fields['plan_id'] === planId)).toHaveLength(1);
    expect((await testEnv.redis.xpending(testEnv.keys.planStream(), 'apply'))[0]).toBe(0);
    expect(sent()).toBe(1);
  });

  it.each(sides)('taking the plan, cut %s it: the plan waits nevertheless [R2]', async (when) => {
    proxy.arm({ text: digest('take_plan'), when });
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await untilState(testEnv, planId, 'WAITING');
    await handwrite(testEnv, planId, { governor: GRANT, p33: P33 });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    expect(cuts()).toBe(1);
  });
});
