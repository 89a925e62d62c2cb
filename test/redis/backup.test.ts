import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUp, restore } from '../../src/cli/backup/backup.js';
import { redisConfiguration } from '../../src/cli/configuration.js';
import type { Environment } from '../../src/config/environment.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { eventually } from '../harness/eventually.js';
import { contentsOf, livingAt } from '../harness/redis-contents.js';
import type { RedisServer } from '../harness/redis-server.js';
import { TEST_ADMIN } from '../harness/users-file.js';
import { ShippedDeployment, shippedServer } from './shipped-deployment.js';

const TIMEOUT_MS = 90_000;
const USER = 'permit-gate-backup';

const as = (server: RedisServer, user: string, more: Record<string, string> = {}): Environment =>
  redisConfiguration({
    REDIS_URL: `unix://${server.socketPath}`,
    REDIS_USERNAME: user,
    REDIS_PASSWORD: user,
    ...more,
  });

describe('a backup of the shipped configuration', () => {
  let deployment: ShippedDeployment;
  let file: string;
  beforeEach(async () => {
    deployment = await ShippedDeployment.start();
    file = join(deployment.folder, 'state.backup');
  });
  afterEach(() => deployment.close());

  it(
    'restored into an empty Redis has every key as it was, over a restart, and nothing runs again [R20]',
    async () => {
      await deployment.workAndStop();
      const { testEnv } = deployment;
      // Of all deployments on the Redis, and ended soon: not part of a backup.
      await testEnv.redis.del(await testEnv.redis.keys('{account:*'));
      const before = await contentsOf(testEnv.redis);
      expect(Object.keys(before).length).toBeGreaterThan(25);
      const { keyCount } = await backUp(as(deployment.server, USER), file);
      expect(keyCount).toBe(Object.keys(before).length);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const orders = testEnv.orders().length;

      await testEnv.redis.flushall();
      const { restored, expired } = await restore(as(deployment.server, USER), file, false);
      expect(restored + expired).toBe(keyCount);
      const now = Date.now() + 1_000;
      expect(livingAt(await contentsOf(testEnv.redis), now)).toEqual(livingAt(before, now));
      await deployment.server.kill();
      await deployment.server.start();
      const after = await eventually(() => contentsOf(testEnv.redis).catch(() => undefined));
      const later = Date.now() + 1_000;
      expect(livingAt(after, later)).toEqual(livingAt(before, later));

      const gates = await deployment.startRoles();
      const control = gates[2]?.app.get(ControlStore, { strict: false });
      expect(await control?.read()).toMatchObject({ killSwitch: { engaged: true } });
      expect([testEnv.orders().length, (await testEnv.results()).length]).toEqual([orders, 2]);
    },
    TIMEOUT_MS,
  );

  it(
    'is taken while processes run, and restored only when none does; what it replaces is kept [R20]',
    async () => {
      const { testEnv, server } = deployment;
      const gates = await deployment.startRoles();
      await backUp(as(server, USER), file);
      await expect(restore(as(server, USER), file, true)).rejects.toThrow(
        /^Processes of permit-gate are connected: .*permit-gate-.*\. Stop them all, then restore\./,
      );
      await Promise.all(gates.map((gate) => gate.stop()));
      await testEnv.redis.set('quantum:later', 'x');
      await testEnv.redis.set('other:deployment', 'stays');
      await expect(restore(as(server, USER), file, false)).rejects.toThrow(
        /keys begin with "quantum:" already\. .* Nothing was changed\.$/,
      );
      expect(await testEnv.redis.get('quantum:later')).toBe('x');
      const { replaced } = await restore(as(server, USER), file, true);
      expect(await testEnv.redis.exists('quantum:later', 'other:deployment')).toBe(1);
      await restore(as(server, USER), replaced?.file ?? '', true);
      expect(await testEnv.redis.get('quantum:later')).toBe('x');
    },
    TIMEOUT_MS,
  );

  it('keeps the moment a key ends, and leaves out what has ended since [R20]', async () => {
    const { redis } = deployment.testEnv;
    await redis.set('quantum:soon', '1', 'PX', 300);
    await redis.set('quantum:later', '1', 'PX', 600_000);
    await redis.set('quantum:never', '1');
    const ends = await redis.pexpiretime('quantum:later');
    await backUp(as(deployment.server, USER), file);
    await redis.flushall();
    await eventually(() => Promise.resolve(Date.now() > ends - 598_500 || undefined));
    expect(await restore(as(deployment.server, USER), file, false)).toMatchObject({ restored: 2, expired: 1 });
    expect([await redis.pexpiretime('quantum:later'), await redis.pexpiretime('quantum:never')]).toEqual([ends, -1]);
  });

  it('that is cut off, changed, of another prefix or no backup at all changes nothing', async () => {
    const { testEnv, server } = deployment;
    await testEnv.redis.set('quantum:key', 'value');
    await backUp(as(server, USER), file);
    await testEnv.redis.flushall();
    const whole = readFileSync(file);
    const text = gunzipSync(whole).toString();
    const cases: [string, () => void, RegExp][] = [
      ['cut off', () => truncateSync(file, whole.length - 20), /cannot be unpacked/],
      [
        'without its last line',
        () => writeFileSync(file, gzipSync(text.split('\n').slice(0, -2).join('\n') + '\n')),
        /checksum/,
      ],
      [
        'with another value',
        () => writeFileSync(file, gzipSync(text.replace('quantum:key', 'quantum:kex'))),
        /checksum/,
      ],
      ['with a line that is no JSON', () => writeFileSync(file, gzipSync(`${text}x\n`)), /not JSON/],
      ['of another format', () => writeFileSync(file, gzipSync('{"format":"other"}\n{}\n')), /its format is "other"/],
      ['no backup', () => writeFileSync(file, 'hello'), /cannot be unpacked/],
      ['missing', () => rmSync(file), /cannot be read/],
    ];
    for (const [what, change, why] of cases) {
      writeFileSync(file, whole);
      change();
      await expect(restore(as(server, USER), file, true), what).rejects.toThrow(why);
    }
    writeFileSync(file, whole);
    await expect(restore(as(server, USER, { REDIS_KEY_PREFIX: 'other:' }), file, true)).rejects.toThrow(
      /is of the prefix "quantum:", and REDIS_KEY_PREFIX is "other:"/,
    );
    expect(await testEnv.redis.keys('quantum:*')).toEqual([]);
    await expect(backUp(as(server, USER), `${file}.2`)).rejects.toThrow(
      /no key that begins with "quantum:".* was not written/,
    );
    await expect(backUp(as(server, USER, { REDIS_KEY_PREFIX: 'other:' }), `${file}.2`)).rejects.toThrow(
      /the REDIS_KEY_PREFIX that the file was made for/,
    );
    expect(existsSync(`${file}.2`)).toBe(false);
  });

  it('whose values this Redis cannot read leaves the keys as they were', async () => {
    const { testEnv, server } = deployment;
    await testEnv.redis.set('quantum:key', 'value');
    await backUp(as(server, USER), file);
    const { writeBackup, readBackup } = await import('../../src/cli/backup/backup-file.js');
    const backup = readBackup(file);
    writeBackup(file, {
      ...backup,
      keys: [...backup.keys, { key: 'quantum:z', expiresMs: 0, dump: Buffer.from('?') }],
    });
    await testEnv.redis.set('quantum:key', 'newer');
    await expect(restore(as(server, USER), file, true)).rejects.toThrow(/refused the backup .* as they were before/);
    expect([await testEnv.redis.get('quantum:key'), await testEnv.redis.exists('quantum:z')]).toEqual(['newer', 0]);
  });

  it.each(['permit-gate-apply', 'permit-gate-operator', 'permit-gate-strategy'])(
    'is refused to %s, with the user that may',
    async (user) => {
      await deployment.testEnv.redis.set('quantum:key', 'value');
      await expect(backUp(as(deployment.server, user), file)).rejects.toThrow(/REDIS_USERNAME=permit-gate-backup/);
    },
  );

  it('goes to another server, and its user reaches no other prefix', async () => {
    const { testEnv, server } = deployment;
    await testEnv.redis.set('quantum:key', 'value');
    await backUp(as(server, USER), file);
    const other = await shippedServer();
    const there = new Redis({ path: other.server.socketPath, username: TEST_ADMIN, password: TEST_ADMIN });
    const own = new Redis({ path: other.server.socketPath, username: USER, password: USER });
    try {
      await restore(as(other.server, USER), file, false);
      expect(await there.get('quantum:key')).toBe('value');
      await there.set('other:key', 'x');
      await expect(own.dump('other:key')).rejects.toThrow(/NOPERM/);
      await expect(own.unlink('other:key')).rejects.toThrow(/NOPERM/);
    } finally {
      there.disconnect();
      own.disconnect();
      await other.server.stop();
      rmSync(other.folder, { recursive: true });
    }
  });
});
