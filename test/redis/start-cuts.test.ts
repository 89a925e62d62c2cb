import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { RoleRegistry } from '../../src/runtime/role-service.js';
import { RedisProxy } from '../harness/redis-proxy.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
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
  ] as const)('(%s, %s it) does not end the process: it starts, and trades [R1]', async (text, when) => {
    proxy.arm({ text, when });
    const gate = await testEnv.gate({ env: { ...QUICK, REDIS_URL: `unix://${proxy.socketPath}` } });
    expect(proxy.cuts).toBe(1);
    await untilKnown(testEnv, 'BTCUSDT');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
  });

  /** Arms the fault when the role begins to start: the steps before it write the same texts. */
  async function startWith(role: string, arm: () => void): Promise<Gate> {
    const gate = await testEnv.gate({ env: { ...QUICK, REDIS_URL: `unix://${proxy.socketPath}` }, start: false });
    for (const each of gate.app.get(RoleRegistry, { strict: false }).roles) {
      const start = each.start.bind(each);
      each.start = (step) => {
        if (each.role === role) arm();
        return start(step);
      };
    }
    await gate.supervisor.start();
    return gate;
  }

  it.each([
    ['position-brain', 'position:ledger:', 'before'],
    ['position-brain', 'position:ledger:', 'after'],
    ['position-brain', 'xgroup', 'after'],
    ['governor', 'setname', 'before'],
    ['governor', 'xgroup', 'before'],
    ['apply', 'exchange:compared', 'before'],
    ['apply', 'setname', 'before'],
    ['apply', 'permit.events', 'before'],
    ['apply', 'xgroup', 'before'],
  ] as const)(
    'while %s starts (%s, %s it) does not end the process: it starts, and trades [R1]',
    async (role, text, when) => {
      const gate = await startWith(role, () => proxy.arm({ text, when }));
      expect(proxy.cuts).toBe(1);
      await untilKnown(testEnv, 'BTCUSDT');
      const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
      expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    },
  );

  it('like an answer that comes after the deadline of its command, does not end the process [R1]', async () => {
    const gate = await startWith('position-brain', () => proxy.slow({ text: 'position:ledger:', ms: 1_500, times: 1 }));
    expect(proxy.slowed).toBeGreaterThan(0);
    expect(JSON.stringify(gate.logs)).toContain('Command timed out');
    await untilKnown(testEnv, 'BTCUSDT');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
  });

  it('and is stopped meanwhile, leaves nothing running: the start is given up [R1]', async () => {
    const gate = await testEnv.gate({ env: { ...QUICK, REDIS_URL: `unix://${proxy.socketPath}` }, start: false });
    const roles = gate.app.get(RoleRegistry, { strict: false }).roles;
    const [apply] = roles.filter(({ role }) => role === 'apply');
    if (apply === undefined) throw new Error('there is no Apply');
    const start = apply.start.bind(apply);
    apply.start = (step) => {
      proxy.cutOff(true);
      return start(step);
    };
    const starting = gate.supervisor.start();
    await eventually(() => JSON.stringify(gate.logs).includes('Redis did not answer a step of the start') || undefined);
    await gate.stop();
    await starting;
    expect(gate.messages()).toContain('the start was given up');
    expect(gate.messages()).not.toContain('permit-gate running');
    proxy.cutOff(false);
  });
});
