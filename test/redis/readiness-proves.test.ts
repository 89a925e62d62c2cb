import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { questionOf } from '../../src/redis/scripts/acl/questions.js';
import { rightsOf } from '../../src/redis/scripts/acl/rights.js';
import { aclRules } from '../../src/redis/scripts/acl/users.js';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { type Answer, OpsApp } from './ops-support.js';

const ROLES = ['apply', 'governor', 'position-brain'] as const;

let testEnv: TestEnvironment;
let ops: OpsApp;
let user: string;
beforeEach(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
  user = await testEnv.redisUser(...ROLES);
  ops = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: { REDIS_KEY_PREFIX: testEnv.prefix, REDIS_USERNAME: user, REDIS_PASSWORD: user },
  });
});
afterEach(async () => {
  await ops.close();
  await testEnv.close();
});

const readyWhen = (status: number): Promise<Answer> => ops.readyWhen(status);

const setRules = (rules: readonly string[]): Promise<unknown> =>
  testEnv.redis.call('ACL', 'SETUSER', user, 'reset', 'on', `>${user}`, ...rules);

describe('a right that is revoked from a running process', () => {
  it.each([
    ['xadd', 'redis_rights', /the Redis user \S+ may not run XADD \S+.*docker\/redis\/users\.acl.*REDIS_USERNAME/],
    ['hset', 'redis_rights', /may not run HSET \S+/],
    ['evalsha', 'redis_rights', /may not run EVALSHA \S+/],
    ['xinfo|stream', 'redis_rights', /may not run XINFO STREAM \S+/],
  ])('%s: readiness is red in %s, by name, until it is given back [R16]', async (command, part, told) => {
    await readyWhen(200);
    const rules = aclRules(testEnv.prefix, ROLES);
    await setRules(rules.map((rule) => rule.replaceAll(new RegExp(`\\+${command.replace('|', '\\|')}(?= )`, 'g'), '')));
    const { body } = await readyWhen(503);
    expect(body.error[part]?.reason).toMatch(told);
    await setRules(rules);
    await readyWhen(200);
  });

  it('by a user that may do everything else [R16]', async () => {
    await setRules(['~*', '&*', '+@all']);
    await readyWhen(200);
    await setRules(['~*', '&*', '+@all', '-xadd']);
    expect((await readyWhen(503)).body.error.redis_rights.reason).toMatch(/may not run XADD \S+/);
  });
});

it('every command of the roles is asked about in a way that Redis understands', async () => {
  const { byCommand } = rightsOf(ROLES);
  for (const command of byCommand.keys())
    expect([command, await testEnv.redis.call('ACL', 'DRYRUN', 'default', ...questionOf(command, 'key'))]).toEqual([
      command,
      'OK',
    ]);
});

describe('a key of another type', () => {
  it('of every kind that the roles share is named with its remedy [R16]', async () => {
    const { redis, keys } = testEnv;
    await readyWhen(200);
    const wrong = [
      keys.openPlans(),
      keys.retries(),
      keys.planIndex(),
      keys.server(),
      keys.openReservations(),
      keys.unknownFills(),
    ];
    await redis.del(...wrong);
    for (const key of wrong) await redis.set(key, 'text');
    await redis.lpush(keys.killSwitch(), 'text');
    await redis.set(keys.keptEvents(), 'text');
    await redis.set(ops.auditStream, 'text');
    const { body } = await readyWhen(503);
    for (const key of wrong) expect(body.error.redis_keys.reason).toContain(`(redis-cli DEL ${key})`);
    expect(body.error.redis_keys.reason).toContain(
      `${keys.killSwitch()} is a list, not a string: engage the kill switch`,
    );
    expect(body.error.audit.reason).toMatch(
      /^the audit chain apply:ops-test cannot be read \(.*WRONGTYPE.*: permit-gate streams renew audit:apply:ops-test/,
    );
    expect(body.error.settling.reason).toMatch(/WRONGTYPE/);
    await redis.del(...wrong, keys.killSwitch(), keys.keptEvents(), ops.auditStream);
    await readyWhen(200);
  });
});

it('an audit that cannot be written turns readiness red, and the call is carried out and audited later [R16]', async () => {
  const { redis } = testEnv;
  await readyWhen(200);
  await redis.set(ops.auditStream, 'text');
  expect((await ops.call('PUT', '/api/v1/kill-switch', 'operator', { engaged: true, reason: 'r' })).status).toBe(503);
  const { body } = await readyWhen(503);
  expect(body.error.audit.reason).toMatch(/1 audit entries of this process wait to be stored \(.*WRONGTYPE/);
  await redis.del(ops.auditStream);
  await readyWhen(200);
  expect((await testEnv.entries(ops.auditStream)).map(({ fields }) => fields['action'])).toEqual([
    'kill_switch.engage',
  ]);
});

describe('a forged settle_until_ms', () => {
  it.each(['9000000000000', 'never'])('%s is named, with its remedy [R16]', async (forged) => {
    await readyWhen(200);
    const server = testEnv.keys.server();
    await testEnv.redis.hset(server, 'settle_until_ms', forged);
    const { body } = await readyWhen(503);
    expect(body.error.settling.reason).toContain(`redis-cli HSET ${server} settle_until_ms 0`);
    await testEnv.redis.hset(server, 'settle_until_ms', '0');
    await readyWhen(200);
  });

  it('settling after a change of the server has its reason, and is no fault', async () => {
    await readyWhen(200);
    const nowMs = Date.now();
    await testEnv.redis.hset(testEnv.keys.server(), 'changed_ms', nowMs, 'settle_until_ms', nowMs + 2_500);
    const settling = await eventually(async () => {
      const { body } = await ops.call('GET', '/health/ready');
      return body.details.settling.until === undefined ? undefined : body.details.settling;
    });
    expect(settling).toMatchObject({ status: 'up', reason: 'Redis was restarted, failed over or emptied' });
  });
});

it('snapshots that are no longer stored turn readiness red', async () => {
  const gate = await testEnv.gate({ roles: 'position-brain', env: { P33_POLL_SEC: '0.2' } });
  await eventually(async () => (await testEnv.redis.exists(testEnv.keys.snapshot('BTCUSDT'))) === 1 || undefined);
  await gate.stop();
  await ops.close();
  ops = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: { REDIS_KEY_PREFIX: testEnv.prefix, P33_STALE_THRESHOLD_SEC: '1' },
    context: (context) => (context.withCredentials = true),
  });
  expect((await readyWhen(503)).body.error.snapshots.reason).toMatch(
    /^the newest snapshot is \d+ s old \(P33_STALE_THRESHOLD_SEC allows 1 s\)/,
  );
});
