import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkRedis } from '../../src/cli/doctor/check-redis.js';
import { Environment } from '../../src/config/environment.js';
import { DEFAULT_USER_LINE } from '../../src/redis/scripts/acl/default-user.js';
import { aclRules } from '../../src/redis/scripts/acl/users.js';
import { keysFor } from '../../src/redis/keys/keys.js';
import { checkServer, type ServerFinding } from '../../src/redis/connection/server-check.js';
import { StartupState } from '../../src/runtime/startup-state.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { contentsOf } from '../harness/redis-contents.js';
import { RedisServer } from '../harness/redis-server.js';
import { TEST_ADMIN } from '../harness/users-file.js';

const ADMIN = { username: TEST_ADMIN, password: TEST_ADMIN };
const OLD_LINE = 'user default on nopass resetkeys resetchannels -@all +ping';
const KEYS = keysFor('quantum:');

let folder: string;
let server: RedisServer;
let admin: Redis;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'permit-gate-default-'));
});
afterEach(async () => {
  admin.disconnect();
  await server.stop();
  rmSync(folder, { recursive: true });
});

const aclFile = (): string => join(folder, 'users.acl');

function writeDefault(line: string): void {
  writeFileSync(aclFile(), `${line}\nuser ${TEST_ADMIN} on >${TEST_ADMIN} ~* &* +@all\n`);
}

async function startWith(line: string): Promise<void> {
  writeDefault(line);
  server = await new RedisServer({
    config: ['--appendonly', 'yes', '--appendfsync', 'always', '--aclfile', aclFile()],
  }).start();
  admin = new Redis({ path: server.socketPath, ...ADMIN, retryStrategy: () => 20 });
  admin.on('error', () => undefined);
}

/** Writes of every kind, each script with more than one effect, and one entry read by a group. */
async function write(): Promise<void> {
  const script = `
    redis.call('SET', '${KEYS.killSwitch()}', '{"engaged":true}')
    redis.call('SET', '${KEYS.hold('BTCUSDT')}', '{}', 'PX', 3600000)
    redis.call('HSET', '${KEYS.ledger('BTCUSDT')}', 'last_known_amt', '0.003', 'ts', '1')
    redis.call('HINCRBY', '${KEYS.usage('BTCUSDT')}', 'count', 1)
    redis.call('INCR', '${KEYS.epoch('BTCUSDT')}')
    redis.call('ZADD', '${KEYS.openPlans()}', 1, 'a', 2, 'b')
    redis.call('ZREM', '${KEYS.openPlans()}', 'a')
    redis.call('RPUSH', '${KEYS.trace('p')}', 'x')
    redis.call('XADD', '${KEYS.planStream()}', '*', 'a', 'b')
    redis.call('XADD', '${KEYS.resultStream()}', '*', 'a', 'b')`;
  await admin.eval(script, 0);
  await admin.xgroup('CREATE', KEYS.planStream(), 'apply', '0');
  await admin.xreadgroup('GROUP', 'apply', 'one', 'COUNT', '1', 'STREAMS', KEYS.planStream(), '>');
}

async function restart(): Promise<void> {
  await server.end();
  await server.start();
  await eventually(() => admin.ping().catch(() => undefined));
}

async function finding(): Promise<ServerFinding | undefined> {
  const findings = await checkServer(admin, KEYS, 'test', 0, false);
  await admin.del(KEYS.probe('test'));
  return findings.find(({ what }) => what === 'default user');
}

describe('a Redis with a user default', () => {
  it.each([
    [OLD_LINE, 'DEL, SET, SETNX and 24 more'],
    ['user default on nopass -@all +ping', 'DEL, SET, SETNX and 24 more'],
    ['user default off -@all', 'DEL, SET, SETNX and 24 more'],
    ['user default off ~x* +@all', 'DEL, SET, SETNX and 24 more'],
    ['user default off resetkeys ~quantum:probe:* +@all', 'DEL'],
    ['user default off resetkeys %R~* +@all', 'DEL, SET, SETNX and 24 more'],
    ['user default off ~* +@all -xadd', 'XADD'],
    ['user default off ~* +@all -hset -xclaim', 'HSET, XCLAIM'],
    ['user default off ~* +@all -@string', 'SET, SETNX, INCR'],
    ['user default off resetkeys (+@all ~quantum:control:*) (+@all ~quantum:probe:*)', 'DEL'],
  ])('[R11] that loses keys at a restart is found beforehand: %s', async (line, denied) => {
    await startWith(line);
    await write();
    const before = await contentsOf(admin);
    expect(await finding()).toMatchObject({ ok: false, found: `barred from ${denied}` });
    await restart();
    expect(await contentsOf(admin)).not.toEqual(before);
  });

  it.each([
    DEFAULT_USER_LINE,
    'user default on nopass ~* &* +@all',
    'user default on >secret ~* +@all',
    'user default off ~quantum:* +@all',
    'user default off ~* -@all +@write',
  ])('[R11] that keeps every key at a restart is found fit: %s', async (line) => {
    await startWith(line);
    await write();
    const before = await contentsOf(admin);
    expect(await finding()).toMatchObject({ ok: true });
    await restart();
    expect(await contentsOf(admin)).toEqual(before);
  });

  it('[R11] has all lost keys back at the next start after its line was corrected', async () => {
    await startWith(OLD_LINE);
    await write();
    const before = await contentsOf(admin);
    await restart();
    expect(Object.keys(await contentsOf(admin)).length).toBeLessThan(Object.keys(before).length);
    writeDefault(DEFAULT_USER_LINE);
    await restart();
    expect(await contentsOf(admin)).toEqual(before);
  });
});

describe('a process under its own Redis user', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  async function governor(change: (rules: readonly string[]) => readonly string[] = (rules) => rules): Promise<Gate> {
    testEnv = await TestEnvironment.create({}, server.socketPath, ADMIN);
    const user = await testEnv.redisUser('governor');
    const rules = change(aclRules(testEnv.prefix, ['governor']));
    await admin.call('ACL', 'SETUSER', user, 'reset', 'on', `>${user}`, ...rules);
    const [operator, url] = [await testEnv.redisUser('operator'), `unix://${server.socketPath}`];
    return testEnv.gate({
      roles: 'governor',
      start: false,
      env: {
        REDIS_URL: url,
        REDIS_USERNAME: user,
        REDIS_PASSWORD: user,
        REDIS_OPERATOR_USERNAME: operator,
        REDIS_OPERATOR_PASSWORD: operator,
      },
    });
  }

  it('[R11] waits while Redis would lose keys, says what to do, and starts once the line is corrected', async () => {
    await startWith(OLD_LINE);
    const gate = await governor();
    const started = gate.supervisor.start();
    const state = gate.app.get(StartupState, { strict: false });
    const detail = await eventually(() => (state.detail.includes('default user') ? state.detail : undefined));
    expect(detail).toContain('barred from DEL, SET, SETNX and 24 more');
    expect(detail).toContain(`write "${DEFAULT_USER_LINE}" into its ACL file and restart it`);
    expect(state.phase).toBe('starting');
    expect(await testEnv.redis.exists(testEnv.keys.killSwitch())).toBe(0);
    const doctor = await checkRedis(gate.app.get(Environment, { strict: false }), undefined);
    expect(doctor.find(({ check }) => check === 'redis: default user')).toMatchObject({
      kind: 'fault',
      remedy: expect.stringContaining('do not rewrite the append-only file'),
    });
    await admin.call('ACL', 'SETUSER', 'default', 'reset', 'off', '~*', '&*', '+@all');
    await started;
    expect(state.phase).toBe('running');
  });

  it('[R11] without the right to check the user default is not ready', async () => {
    await startWith(DEFAULT_USER_LINE);
    const gate = await governor((rules) => rules.filter((rule) => rule !== '+acl|dryrun'));
    void gate.supervisor.start();
    const state = gate.app.get(StartupState, { strict: false });
    const detail = await eventually(() => (state.detail.includes('default user') ? state.detail : undefined));
    expect(detail).toContain('unknown (NOPERM');
    expect(detail).toContain('load the docker/redis/users.acl of this version');
    expect(state.phase).toBe('starting');
  });
});
