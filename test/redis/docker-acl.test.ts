import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, World } from '../support/gate.js';

const USERS = new URL('../../docker/redis/users.acl', import.meta.url);
const PASSWORD = 'a-password-of-this-test';

/** The rules of one user in the ACL file, for this world's prefix and a known password. */
function rulesOf(user: string, prefix: string): string[] {
  const line = readFileSync(USERS, 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`user ${user} `));
  if (line === undefined) throw new Error(`docker/redis/users.acl has no user ${user}`);
  const rules = line.replace('#PASSWORD_SHA256', `>${PASSWORD}`).replaceAll('~quantum:', `~${prefix}`);
  return rules.split(' ').slice(2);
}

describe('the Redis user of docker/compose.yaml', () => {
  let world: World;
  let user: string;

  beforeAll(async () => {
    world = await World.create({ positions: { BTCUSDT: '0.010' } });
    user = `${world.prefix.slice(0, -1)}-gate`;
    await world.redis.call('ACL', 'SETUSER', user, 'reset', ...rulesOf('permit-gate', world.prefix));
  });

  afterAll(async () => {
    await world.redis.call('ACL', 'DELUSER', user);
    await world.close();
  });

  it('may do what the three roles need, from a proposal to a filled order', async () => {
    await world.gate({ env: { REDIS_USERNAME: user, REDIS_PASSWORD: PASSWORD } });
    await world.propose('BTCUSDT', 'PARTIAL_50');
    const result = await eventually(async () => (await world.results())[0], 10_000);
    expect(result.fields).toMatchObject({ executed: 'True', error: '' });
    expect(world.orders()).toHaveLength(1);
    const denied = await world.redis.call('ACL', 'LOG');
    expect(JSON.stringify(denied)).not.toContain(user);
  });

  it.each([
    ['another prefix', ['SET', 'elsewhere', '1']],
    ['FLUSHALL', ['FLUSHALL']],
    ['CONFIG', ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru']],
    ['KEYS', ['KEYS', '*']],
    ['ACL', ['ACL', 'LIST']],
  ] as const)('may not use %s', async (_, command) => {
    await expect(world.redis.call('ACL', 'DRYRUN', user, ...command)).resolves.toMatch(
      /has no permissions|no permission/i,
    );
  });
});
