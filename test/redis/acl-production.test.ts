import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Environment } from '../../src/config/environment.js';
import type { Connected } from '../../src/redis/scripts/acl/rights.js';
import { aclRules } from '../../src/redis/scripts/acl/users.js';
import { checkRights } from '../../src/redis/scripts/acl/rights-check.js';
import { type RedisClient, RedisClients } from '../../src/redis/connection/redis-clients.js';
import { COMMANDS } from '../../src/redis/redis.tokens.js';
import { checkServer } from '../../src/redis/connection/server-check.js';
import { StartRefused } from '../../src/runtime/start-refused.js';
import { StartupState } from '../../src/runtime/startup-state.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';

const ROLES = ['apply', 'governor', 'position-brain'] as const;
let testEnv: TestEnvironment;
beforeEach(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
  await testEnv.redis.config('SET', 'appendonly', 'yes');
});
afterEach(async () => {
  await testEnv.redis.config('SET', 'appendonly', 'no');
  await testEnv.close();
});

/** A Governor's process that has not started yet, and takes itself for one of production. */
async function inProduction(env: Record<string, string> = {}): Promise<Gate> {
  const gate = await testEnv.gate({ roles: 'governor', start: false, env });
  Reflect.set(gate.app.get(Environment, { strict: false }), 'applyMode', 'production');
  return gate;
}

const clientOf = (gate: Gate): RedisClient => gate.app.get<RedisClient>(COMMANDS, { strict: false });
const credentials = (user: string): Record<string, string> => ({ REDIS_USERNAME: user, REDIS_PASSWORD: user });

describe('the rights of a connected user', () => {
  it.each(ROLES)('of %s are found to match its role and no other role', async (role) => {
    const user = await testEnv.redisUser(role);
    const gate = await testEnv.gate({ roles: role, env: { ...credentials(user) }, start: false });
    await gate.app.get(RedisClients, { strict: false }).connectCommands();
    expect(await checkRights(clientOf(gate), testEnv.prefix, [role])).toEqual({ missing: [], excess: [] });
    for (const other of ROLES.filter((each) => each !== role)) {
      const { missing, excess } = await checkRights(clientOf(gate), testEnv.prefix, [other]);
      expect([missing.length > 0, excess.length > 0]).toEqual([true, true]);
    }
    expect(await testEnv.redis.keys(`${testEnv.prefix}*`)).toEqual([]);
  });

  it('of the default user are reported as too many, and the check changes nothing', async () => {
    await testEnv.redis.set(testEnv.keys.killSwitch(), 'untouched');
    const { missing, excess } = await checkRights(testEnv.redis, testEnv.prefix, ['governor']);
    expect(missing).toEqual([]);
    const { keys } = testEnv;
    const writes = [keys.positionPermit('probe'), keys.killSwitch(), keys.arm()].map((key) => `SET ${key}`);
    const others = [`HSET ${keys.journal('probe')}`, `XADD ${keys.resultStream()}`, 'CONFIG get maxmemory'];
    expect(excess).toEqual(expect.arrayContaining([...writes, ...others]));
    expect(await testEnv.redis.get(keys.killSwitch())).toBe('untouched');
    expect(await testEnv.redis.keys(`${testEnv.prefix}*`)).toEqual([keys.killSwitch()]);
  });
});

describe('production', () => {
  it.each<[string, Connected[], string]>([
    ['more', ['governor', 'position-brain'], 'must not'],
    ['an operator’s', ['governor', 'operator'], 'must not'],
    ['less', ['governor'], 'and must'],
    ['those of another role', ['apply'], 'must not'],
  ])('[C4] is refused with a Redis user that has other rights: %s', async (_, principals, expected) => {
    const user = await testEnv.redisUser(...principals);
    const operator = await testEnv.redisUser('operator');
    if (expected === 'and must') {
      const rules = aclRules(testEnv.prefix, principals).filter((rule) => !rule.includes('+zadd'));
      await testEnv.redis.call('ACL', 'SETUSER', user, 'reset', 'on', `>${user}`, ...rules);
    }
    const gate = await inProduction({
      ...credentials(user),
      REDIS_OPERATOR_USERNAME: operator,
      REDIS_OPERATOR_PASSWORD: operator,
    });
    await expect(gate.supervisor.start()).rejects.toThrow(StartRefused);
    await gate.stop();
    const again = await inProduction(credentials(user));
    const refusal = await again.supervisor.start().catch((error: unknown) => String(error));
    expect(refusal).toContain(expected);
    expect(refusal).toContain('Load the docker/redis/users.acl');
  });

  it('[C4] is refused when the operators’ connection has other rights than operators need', async () => {
    const [own, other] = [await testEnv.redisUser('governor'), await testEnv.redisUser('governor', 'operator')];
    const gate = await inProduction({
      ...credentials(own),
      REDIS_OPERATOR_USERNAME: other,
      REDIS_OPERATOR_PASSWORD: other,
    });
    await expect(gate.supervisor.start()).rejects.toThrow('REDIS_OPERATOR_USERNAME has other rights');
  });

  it('[C4] does not run on a Redis without an append-only file, and says what to do', async () => {
    await testEnv.redis.config('SET', 'appendonly', 'no');
    const gate = await inProduction();
    void gate.supervisor.start();
    const state = gate.app.get(StartupState, { strict: false });
    await eventually(() => state.detail.includes('append-only file is off: set appendonly yes') || undefined);
    expect(state.phase).toBe('starting');
    const findings = await checkServer(testEnv.redis, testEnv.keys, 'x', 0, false);
    expect(findings.every(({ ok }) => ok)).toBe(true);
  });

  it('[C4] starts disarmed', async () => {
    const gate = await inProduction();
    await gate.supervisor.start();
    expect(JSON.parse((await testEnv.redis.get(testEnv.keys.arm())) ?? '{}')).toMatchObject({ armed: false });
  });
});
