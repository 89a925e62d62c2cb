import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Role } from '../../src/config/roles.js';
import { auditStream } from '../../src/redis/keys/audit-keys.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { changed } from './audit-support.js';
import { type Answer, OpsApp } from './ops-support.js';

let testEnv: TestEnvironment;
let ops: OpsApp;
let attacker: Redis;
beforeEach(async () => {
  testEnv = await TestEnvironment.create();
});
afterEach(async () => {
  attacker.disconnect();
  await ops.close();
  await testEnv.close();
});

/** A process of one role as that role's Redis user, with the operators' connection, and somebody who has the role's password. */
async function start(role: Role): Promise<string> {
  const [user, operator] = [await testEnv.redisUser(role), await testEnv.redisUser('operator')];
  const environment = {
    ROLES: role,
    AUDIT_KEY: 'k'.repeat(32),
    REDIS_KEY_PREFIX: testEnv.prefix,
    REDIS_USERNAME: user,
    REDIS_PASSWORD: user,
    REDIS_OPERATOR_USERNAME: operator,
    REDIS_OPERATOR_PASSWORD: operator,
  };
  ops = await OpsApp.start({ socket: inject('redisSocket'), environment });
  attacker = new Redis({ path: inject('redisSocket'), username: user, password: user });
  return auditStream(testEnv.keys, `${role}:ops-test`) ?? '';
}

const control = async (): Promise<number[]> => {
  const calls: [string, string, 'operator' | 'admin', object][] = [
    ['PUT', 'kill-switch', 'operator', { engaged: true, reason: 'r1' }],
    ['POST', 'disarm', 'operator', { reason: 'r2' }],
    ['PUT', 'positions/BTCUSDT/hold', 'operator', { reason: 'r3' }],
    ['DELETE', 'positions/BTCUSDT/hold', 'operator', { reason: 'r4' }],
    ['PUT', 'kill-switch', 'admin', { engaged: false, reason: 'r5' }],
    ['POST', 'arm', 'admin', { reason: 'r6' }],
  ];
  const answers: Answer[] = [];
  for (const [method, path, who, body] of calls) answers.push(await ops.call(method, `/api/v1/${path}`, who, body));
  return answers.map(({ status }) => status);
};
const ALL_DONE = [200, 200, 200, 200, 200, 200];
const get = async (path: string) => (await ops.call('GET', `/api/v1${path}`, 'viewer')).body;
const faults = async (): Promise<string[]> =>
  (await get('/audit/verify')).chains.flatMap((chain: { chain: string; faults: { kind: string; detail: string }[] }) =>
    chain.faults.map(({ kind, detail }) => `${kind}: ${detail}`),
  );

describe.each(['apply', 'governor', 'position-brain'] as const)('somebody with the Redis password of %s', (role) => {
  it('[C17] writes garbage to the disarm, the audit and the events: control answers, and the garbage is named', async () => {
    const stream = await start(role);
    const { keys } = testEnv;
    expect(await control()).toEqual(ALL_DONE);
    expect(await get('/audit/verify')).toMatchObject({ intact: true });
    expect(await attacker.setnx(keys.governorDisarm(), '[1]')).toBe(1);
    await attacker.xadd(keys.governorEvents(), '*', 'junk', '1');
    await attacker.xadd(stream, '*', 'action', 'nothing to see here');
    await attacker.hset(keys.auditHeads(), `${role}:ops-test`, 'junk');
    await expect(attacker.xadd(keys.earlierAudit(), '*', 'a', 'b')).rejects.toThrow(/NOPERM/);
    expect(await control()).toEqual(ALL_DONE);
    expect((await get('/audit')).chain).toEqual({
      intact: false,
      detail: expect.stringContaining('was not written by a process of its chain'),
    });
    expect(await faults()).toEqual([expect.stringMatching(/^foreign: it has no at/)]);
    const audited = (await get('/audit?actor=the-admin')).entries.map(({ reason }: { reason: string }) => reason);
    expect(audited).toEqual(['r6', 'r5', 'r6', 'r5']);
  });

  it('[C17] trims the audit and appends it again with another name: what is missing and what is forged is named', async () => {
    const stream = await start(role);
    expect(await control()).toEqual(ALL_DONE);
    const written = (await testEnv.redis.xrange(stream, '-', '+')).map(([id, flat]) => ({ id, flat }));
    await attacker.xadd(stream, 'MAXLEN', '=', '1', '*', 'a', 'b');
    // All but the release.
    for (const entry of written.filter((_, at) => at !== 4))
      await attacker.xadd(stream, '*', ...changed(entry, 'actor', 'somebody else').flat);
    expect((await get('/audit')).chain.intact).toBe(false);
    expect(await faults()).toEqual(expect.arrayContaining([expect.stringMatching(/^foreign: /)]));
    expect(await control()).toEqual(ALL_DONE);
    expect(await faults()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^missing: entries 5 to 6 are missing: /)]),
    );
    // What is listed says of each entry whether it is genuine.
    const { entries } = await get('/audit?actor=somebody else&limit=20');
    expect(entries.map(({ proof }: { proof: string }) => proof)).toEqual(Array(5).fill('wrong'));
    const ready = await ops.call('GET', '/health/ready');
    expect(JSON.stringify(ready.body)).toContain('missing at the end');
    expect((await get('/audit?action=audit.damage')).entries.length).toBeGreaterThan(0);
  });
});
