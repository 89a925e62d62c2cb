import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { contentsOf, livingAt } from '../harness/redis-contents.js';
import { RedisServer } from '../harness/redis-server.js';
import { TEST_ADMIN, writeRedisConf, writeUsersFile } from '../harness/users-file.js';

const ROLES = ['position-brain', 'governor', 'apply'] as const;
const ADMIN = { username: TEST_ADMIN, password: TEST_ADMIN };
/** Four runs of everything with an fsync at each write: on a busy machine that takes its time. */
const TIMEOUT_MS = 90_000;
const OPERATOR = 'permit-gate-operator';

describe('the shipped redis.conf and users.acl', () => {
  let folder: string;
  let server: RedisServer;
  let testEnv: TestEnvironment;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'permit-gate-shipped-'));
    const [acl, conf] = [join(folder, 'users.acl'), join(folder, 'redis.conf')];
    writeUsersFile(acl);
    writeRedisConf(conf, acl, folder);
    server = await new RedisServer({ file: conf }).start();
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010', ETHUSDT: '-0.5' } }, server.socketPath, {
      prefix: 'quantum:',
      ...ADMIN,
    });
    testEnv.redis.on('error', () => undefined);
  });

  afterEach(async () => {
    await testEnv.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** Every role as a process of its own under its own Redis user; Apply's has the operators' connection. */
  async function startRoles(): Promise<Gate[]> {
    const gates = await Promise.all(
      ROLES.map((role) =>
        testEnv.gate({
          roles: role,
          start: false,
          env: {
            REDIS_URL: `unix://${server.socketPath}`,
            REDIS_USERNAME: `permit-gate-${role}`,
            REDIS_PASSWORD: `permit-gate-${role}`,
            ...(role === 'apply' ? { REDIS_OPERATOR_USERNAME: OPERATOR, REDIS_OPERATOR_PASSWORD: OPERATOR } : {}),
            APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT',
          },
        }),
      ),
    );
    for (const gate of gates.toReversed()) await gate.supervisor.start();
    return gates;
  }

  const ledgerOf = (symbol: string): Promise<string | null> =>
    testEnv.redis.hget(testEnv.keys.ledger(symbol), 'last_known_amt');

  /** A plan of each symbol carried out, a hold, the kill switch engaged; then every process stops. */
  async function workAndStop(between: () => Promise<void>): Promise<void> {
    const gates = await startRoles();
    for (const symbol of ['BTCUSDT', 'ETHUSDT']) await eventually(async () => (await ledgerOf(symbol)) ?? undefined);
    await testEnv.propose('BTCUSDT', 'PARTIAL_75');
    await eventually(async () => (await ledgerOf('BTCUSDT')) === '0.003' || undefined, 10_000);
    await between();
    await testEnv.propose('ETHUSDT', 'FULL_CLOSE_PROPOSED');
    await eventually(async () => (await testEnv.results()).length === 2 || undefined, 10_000);
    await eventually(async () => Number(await ledgerOf('ETHUSDT')) === 0 || undefined);
    const control = gates[2]?.app.get(ControlStore, { strict: false });
    const [by, at_ms] = ['test', Date.now()];
    await control?.setHold({ symbol: 'ETHUSDT', cause: 'operator', reason: 'a test', by, at_ms }, 'operator', false);
    await control?.setKillSwitch({ engaged: true, by, reason: 'a test', at_ms });
    await Promise.all(gates.map((gate) => gate.stop()));
  }

  /** The append-only file as it is from now on: what was there is in one file, what comes in another. */
  async function rewrite(): Promise<void> {
    await testEnv.redis.bgrewriteaof();
    await eventually(
      async () => /^aof_rewrite_in_progress:0/m.test(await testEnv.redis.info('persistence')) || undefined,
    );
  }
  const nothing = (): Promise<void> => Promise.resolve();

  it.each([
    ['stopped', nothing, () => server.end()],
    ['killed', nothing, () => server.kill()],
    ['stopped, with a rewrite of its append-only file amid the work', rewrite, () => server.end()],
    ['killed, with a rewrite of its append-only file amid the work', rewrite, () => server.kill()],
  ])(
    '[R11] keep every key when Redis is %s, and started again',
    async (_how, between, end) => {
      await workAndStop(between);
      const before = await contentsOf(testEnv.redis);
      expect(Object.keys(before).length).toBeGreaterThan(25);
      await end();
      await server.start();
      const { keys, redis } = testEnv;
      const after = await eventually(() => contentsOf(redis).catch(() => undefined));
      // What ends while Redis is down may be gone; nothing else.
      const nowMs = Date.now() + 1_000;
      expect(Object.keys(livingAt(after, nowMs))).toEqual(Object.keys(livingAt(before, nowMs)));
      expect(livingAt(after, nowMs)).toEqual(livingAt(before, nowMs));
      expect(JSON.parse((await redis.get(keys.killSwitch())) ?? '{}')).toMatchObject({ engaged: true });
      expect(await redis.exists(keys.hold('ETHUSDT'), keys.ledger('BTCUSDT'), keys.resultStream())).toBe(3);
      // The processes go on where they were: the plans that ran are known, nothing runs again, the switch is engaged.
      const orders = testEnv.orders().length;
      const gates = await startRoles();
      const control = gates[2]?.app.get(ControlStore, { strict: false });
      expect(await control?.read()).toMatchObject({ killSwitch: { engaged: true } });
      expect([testEnv.orders().length, (await testEnv.results()).length]).toEqual([orders, 2]);
    },
    TIMEOUT_MS,
  );
});
