import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Environment } from '../../src/config/environment.js';
import type { Connected } from '../../src/redis/scripts/acl/rights.js';
import { aclRules } from '../../src/redis/scripts/acl/users.js';
import { checkRights, rightsTrouble } from '../../src/redis/scripts/acl/rights-check.js';
import { type RedisClient, RedisClients } from '../../src/redis/connection/redis-clients.js';
import { COMMANDS } from '../../src/redis/redis.tokens.js';
import { checkServer } from '../../src/redis/connection/server-check.js';
import { RedisHealthCheck } from '../../src/ops/health/redis-health.js';
import { SelfCheck } from '../../src/ops/health/self-check.js';
import { StartRefused } from '../../src/runtime/start-refused.js';
import { StartupState } from '../../src/runtime/startup-state.js';
import { eventually } from '../harness/eventually.js';
import { RedisServer } from '../harness/redis-server.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { TEST_ADMIN, writeRedisConf, writeUsersFile } from '../harness/users-file.js';

const ROLES = ['apply', 'governor', 'position-brain'] as const;
const ADMIN = { username: TEST_ADMIN, password: TEST_ADMIN };
const folder = mkdtempSync(join(tmpdir(), 'permit-gate-production-'));
let server: RedisServer;
let testEnv: TestEnvironment;
beforeAll(async () => {
  const [users, conf] = [join(folder, 'users.acl'), join(folder, 'redis.conf')];
  writeUsersFile(users);
  writeRedisConf(conf, users, folder);
  server = await new RedisServer({ file: conf }).start(['--appendfsync', 'no']);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } }, server.socketPath, ADMIN);
});
afterEach(() => testEnv.close());

/** A Governor's process that has not started yet, and takes itself for one of production. */
async function inProduction(env: Record<string, string> = {}, http = false): Promise<Gate> {
  const [own, operator] = [await testEnv.redisUser('governor'), await testEnv.redisUser('operator')];
  const logins = { REDIS_OPERATOR_USERNAME: operator, REDIS_OPERATOR_PASSWORD: operator };
  const url = { REDIS_URL: `unix://${server.socketPath}` };
  const gate = await testEnv.gate({
    roles: 'governor',
    start: false,
    http,
    env: { ...url, ...credentials(own), ...logins, ...env },
  });
  Reflect.set(gate.app.get(Environment, { strict: false }), 'applyMode', 'production');
  return gate;
}

async function refusalOf(gate: Gate): Promise<string> {
  const error: unknown = await gate.supervisor.start().catch((reason: unknown) => reason);
  await gate.stop();
  expect(error).toBeInstanceOf(StartRefused);
  return String(error);
}

const clientOf = (gate: Gate): RedisClient => gate.app.get<RedisClient>(COMMANDS, { strict: false });
const credentials = (user: string): Record<string, string> => ({ REDIS_USERNAME: user, REDIS_PASSWORD: user });

describe('the rights of a connected user, as ACL DRYRUN answers', () => {
  const rightsAs = async (role: Connected[], principals: readonly Connected[]) => {
    const user = await testEnv.redisUser(...role);
    const gate = await testEnv.gate({
      roles: 'governor',
      env: { REDIS_URL: `unix://${server.socketPath}`, ...credentials(user) },
      start: false,
    });
    await gate.app.get(RedisClients, { strict: false }).connectCommands();
    const found = await checkRights(clientOf(gate), testEnv.prefix, principals);
    await gate.stop();
    return found;
  };

  it.each(ROLES)('of %s are found to match its role and no other role', async (role) => {
    const { user, proven, ...found } = await rightsAs([role], [role]);
    expect(found).toEqual({ missing: [], excess: [], unknown: '' });
    expect(proven.needed).toBeGreaterThan(80);
    expect(proven.refused).toBeGreaterThan(3_000);
    expect(user).toContain(role);
    for (const other of ROLES.filter((each) => each !== role)) {
      const { missing, excess } = await rightsAs([role], [other]);
      expect([missing.length > 0, excess.length > 0]).toEqual([true, true]);
    }
    expect(await testEnv.redis.keys(`${testEnv.prefix}*`)).toEqual([]);
    expect(await testEnv.redis.call('ACL', 'LOG')).toEqual([]);
  });

  it('of all roles together, and of an operator, are found to match them', async () => {
    for (const principals of [[...ROLES], ['operator']] satisfies Connected[][])
      expect(await rightsAs(principals, principals)).toMatchObject({ missing: [], excess: [], unknown: '' });
  });

  it('part of [C18] are found to be too many or too few, each by name', async () => {
    const rules = aclRules(testEnv.prefix, ['governor']);
    const cases: [more: string, told: string][] = [
      ['+acl|setuser', 'ACL setuser permit-gate-probe'],
      ['+config|get', 'CONFIG get maxmemory'],
      ['+function|load', 'FUNCTION load code'],
      ['+flushall', 'FLUSHALL'],
      ['+flushdb', 'FLUSHDB'],
      ['+replicaof', 'REPLICAOF no one'],
      ['+debug', 'DEBUG sleep 0'],
      ['+shutdown', 'SHUTDOWN'],
      ['+module|load', 'MODULE load path'],
      ['+script|kill', 'SCRIPT kill'],
      [`(+del ~${testEnv.keys.killSwitch()})`, `DEL ${testEnv.keys.killSwitch()}`],
      [`(+restore ~${testEnv.prefix}permit:*)`, `RESTORE ${testEnv.keys.positionPermit('probe')} 0 value`],
      [`(+getset ~${testEnv.prefix}position:ledger:*)`, `GETSET ${testEnv.keys.ledger('probe')} value`],
      [`(+set ~${testEnv.prefix}lease:*)`, `SET ${testEnv.keys.lease('apply', 'probe')} value`],
      ['(+get ~*)', 'GET permit-gate:outside-of-the-prefix'],
    ];
    const user = await testEnv.redisUser('governor');
    const setRules = (...more: string[]) =>
      testEnv.redis.call('ACL', 'SETUSER', user, 'reset', 'on', `>${user}`, ...more);
    await setRules(...rules, ...cases.map(([more]) => more));
    const found = await rightsAs(['governor'], ['governor']);
    expect(found.missing).toEqual([]);
    expect(found.excess).toEqual(expect.arrayContaining(cases.map(([, told]) => told)));
    await setRules(...rules.filter((rule) => !rule.includes('+zadd')));
    expect((await rightsAs(['governor'], ['governor'])).missing.join()).toContain('ZADD');
    await setRules(...rules, '-acl|dryrun');
    const unproven = await rightsAs(['governor'], ['governor']);
    expect(unproven).toMatchObject({ proven: { needed: 0, refused: 0 }, unknown: expect.stringContaining('NOPERM') });
    expect(rightsTrouble(unproven)).toContain('Redis does not say');
  });

  it('of a user that may do anything are reported as too many, whatever is asked, and the check changes nothing', async () => {
    await testEnv.redis.set(testEnv.keys.killSwitch(), 'untouched');
    const { missing, excess, proven } = await checkRights(testEnv.redis, testEnv.prefix, ['governor']);
    expect(missing).toEqual([]);
    // Every question is one that Redis understands.
    expect(proven.refused).toBe(0);
    const { keys } = testEnv;
    const writes = [keys.positionPermit('probe'), keys.killSwitch(), keys.arm()].map((key) => `SET ${key} value`);
    const others = [`HSET ${keys.journal('probe')} field value`, 'CONFIG get maxmemory', 'FLUSHALL', 'SCRIPT kill'];
    expect(excess).toEqual(expect.arrayContaining([...writes, ...others]));
    expect(await testEnv.redis.get(keys.killSwitch())).toBe('untouched');
    expect(await testEnv.redis.keys(`${testEnv.prefix}*`)).toEqual([keys.killSwitch()]);
  });
});

describe('production', () => {
  it.each<[string, Connected[], string]>([
    ['more', ['governor', 'position-brain'], 'must not'],
    ['an operator’s', ['governor', 'operator'], 'must not'],
    ['those of another role', ['apply'], 'must not'],
  ])('[C4] is refused with a Redis user that has other rights: %s', async (_, principals, expected) => {
    const gate = await inProduction(credentials(await testEnv.redisUser(...principals)));
    expect(await refusalOf(gate)).toMatch(new RegExp(`${expected}.*Load the docker/redis/users.acl`));
  });

  it('part of [C18] is refused with a Redis user that may do what is for administrators alone', async () => {
    await testEnv.redis.call('ACL', 'SETUSER', await testEnv.redisUser('governor'), '+acl');
    expect(await refusalOf(await inProduction())).toMatch(
      /REDIS_USERNAME has other rights than governor needs: it may ACL whoami, ACL list, .* and must not\. Load the docker\/redis\/users\.acl/,
    );
  });

  it.each<[string, readonly string[], string]>([
    ['anything', ['on', 'nopass'], 'accepted (PING: PONG)'],
    ['only PING', ['on', 'nopass', '-@all', '+ping', '+@write'], 'accepted (PING: PONG)'],
  ])('part of [C18] is refused where a connection without a password may do %s', async (_what, rules, told) => {
    await testEnv.redis.call('ACL', 'SETUSER', 'default', ...rules);
    try {
      const refusal = await refusalOf(await inProduction());
      expect(refusal).toContain(`Redis' connection without a password is ${told}: write "user default off`);
    } finally {
      await testEnv.redis.call('ACL', 'SETUSER', 'default', 'reset', 'off', '~*', '&*', '+@all');
    }
  });

  it('part of [C18] is refused on a Redis without maxmemory', async () => {
    await testEnv.redis.config('SET', 'maxmemory', '0');
    expect(await refusalOf(await inProduction())).toContain("Redis' maxmemory is not set: set maxmemory to less than");
    await testEnv.redis.config('SET', 'maxmemory', '512mb');
    const gate = await inProduction();
    await gate.supervisor.start();
  });

  it('part of [C18] is not ready when Redis or its user is opened later, until that is repaired', async () => {
    const gate = await inProduction({ HTTP_PORT: '0' }, true);
    await gate.supervisor.start();
    const now = performance.now.bind(performance);
    const later = (ms: number) => vi.spyOn(performance, 'now').mockImplementation(() => now() + ms);
    try {
      const part = async (name: string) =>
        (await gate.app.get(SelfCheck, { strict: false }).parts()).find((each) => each.part === name)?.fault;
      const health = () => gate.app.get(RedisHealthCheck, { strict: false }).check();
      expect([(await health()).message, await part('redis_rights')]).toEqual(['', undefined]);
      const user = await testEnv.redisUser('governor');
      await testEnv.redis.call('ACL', 'SETUSER', user, '+flushall');
      await testEnv.redis.config('SET', 'maxmemory', '0');
      later(61_000);
      expect((await health()).message).toContain('maxmemory is "not set": set maxmemory to less than the memory');
      expect(await part('redis_rights')).toContain('it may FLUSHALL and must not. Load the docker/redis/users.acl');
      await testEnv.redis.config('SET', 'maxmemory', '512mb');
      await testEnv.redis.call('ACL', 'SETUSER', user, '-flushall');
      later(64_000);
      expect([(await health()).message, await part('redis_rights')]).toEqual(['', undefined]);
    } finally {
      vi.restoreAllMocks();
    }
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
    await testEnv.redis.config('SET', 'appendonly', 'yes');
    const findings = await checkServer(testEnv.redis, testEnv.keys, 'x', 0, false);
    expect(findings.every(({ ok }) => ok)).toBe(true);
  });

  it('[C4] starts disarmed', async () => {
    const gate = await inProduction();
    await gate.supervisor.start();
    expect(JSON.parse((await testEnv.redis.get(testEnv.keys.arm())) ?? '{}')).toMatchObject({ armed: false });
  });
});
