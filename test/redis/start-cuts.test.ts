import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { RedisProxy } from '../harness/redis-proxy.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, submit, untilKnown } from './apply-support.js';

describe('a connection that is cut while a process starts', () => {
  let testEnv: TestEnvironment;
  let proxy: RedisProxy;
  beforeEach(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1' } });
    proxy = await RedisProxy.open(inject('redisSocket'));
  });
  afterEach(async () => {
    await testEnv.close();
    await proxy.close();
  });

  it.each([
    ['time', 'before'],
    ['control:kill-switch', 'before'],
    ['control:kill-switch', 'after'],
    [':lease:', 'before'],
    [':lease:', 'after'],
    ['xgroup', 'before'],
  ] as const)('(%s, %s it) does not end the process: it starts, and trades [R1]', async (text, when) => {
    proxy.arm({ text, when });
    const gate = await testEnv.gate({ env: { ...QUICK, REDIS_URL: `unix://${proxy.socketPath}` } });
    expect(proxy.cuts).toBe(1);
    await untilKnown(testEnv, 'BTCUSDT');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
  });
});
