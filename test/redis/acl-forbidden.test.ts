import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Connected } from '../../src/redis/scripts/acl/rights.js';
import { KEY_TABLE, type KeyName, keysFor } from '../../src/redis/keys/keys.js';
import { loadScript } from '../../src/redis/scripts/script-source.js';
import { type ScriptName, SCRIPTS } from '../../src/redis/scripts/scripts.js';
import { RedisServer } from '../harness/redis-server.js';
import { TEST_ADMIN, writeUsersFile } from '../harness/users-file.js';

const USERS: readonly Connected[] = ['apply', 'governor', 'position-brain', 'operator', 'strategy'];
const ROLES: readonly Connected[] = ['apply', 'governor', 'position-brain'];
const NOBODY: readonly Connected[] = [];

const k = keysFor('quantum:');
const PLAN = 'aaaaaaaaaaaaaaaa';
const { permitEvents: events, planStream: plans, resultStream: results } = k;

/** Written by hand and not from the table of rights: what each user must be refused is the product's promise. */
const ACTIONS: readonly (readonly [what: string, who: readonly Connected[], command: readonly string[]])[] = [
  ['give a Governor permit', ['governor', 'operator'], ['SET', k.governorPermit(PLAN), '{"granted":true}', 'PX', '1']],
  [
    'give a Governor permit for a plan p1',
    ['governor', 'operator'],
    ['SET', k.governorPermit('p1'), '{"granted":true}', 'PX', '1'],
  ],
  ['give a Position Brain permit', ['position-brain'], ['SET', k.positionPermit(PLAN), '{"allow":true}', 'PX', '1']],
  ['lengthen a Governor permit', NOBODY, ['PEXPIRE', k.governorPermit(PLAN), '1']],
  ['lengthen a Position Brain permit', NOBODY, ['PERSIST', k.positionPermit(PLAN)]],
  ['take a Governor permit away', ['apply', 'governor', 'operator'], ['DEL', k.governorPermit(PLAN)]],
  ['remove a Position Brain permit', ['apply', 'position-brain', 'operator'], ['DEL', k.positionPermit(PLAN)]],
  ['write the block of a plan', ['governor'], ['SET', k.governorBlock(PLAN), '{}', 'PX', '1']],
  ['approve a plan', ['governor', 'operator'], ['HSET', k.approval(PLAN), 'approvals', '[{"by":"anna"}]']],
  ['forget what a person was asked', ['apply', 'governor', 'operator'], ['DEL', k.approval(PLAN)]],
  ['put a plan before people', ['governor'], ['ZADD', k.waitingApprovals(), '1', PLAN]],
  ['write what was asked for', ['apply', 'operator'], ['HSET', k.standing('BTCUSDT'), 'rejected', '0:1']],
  ['write a verdict event', ['governor', 'position-brain', 'operator'], ['XADD', events(), '*', 'a', 'b']],
  ['publish a plan', ['apply', 'operator'], ['XADD', plans(), '*', 'a', 'b']],
  ['publish a result', ['apply', 'operator'], ['XADD', results(), '*', 'a', 'b']],
  ['trim plans', ['apply'], ['XTRIM', plans(), 'MINID', '0']],
  ['claim, or resolve: write a journal', ['apply', 'operator'], ['HSET', k.journal(PLAN), 'state', 'CLAIMED']],
  [
    'claim, or resolve one of several orders: set the guard',
    ['apply', 'operator'],
    ['SET', k.inflight('BTCUSDT'), `${PLAN}:1`],
  ],
  ['claim: open a plan', ['apply'], ['ZADD', k.openPlans(), '1', PLAN]],
  ['burn a dedupe key', ['apply'], ['SET', k.dedupe(PLAN), 'testnet', 'PX', '1']],
  ['end the guard', ['apply', 'position-brain', 'operator'], ['DEL', k.inflight('BTCUSDT')]],
  ['raise the epoch', ['apply', 'position-brain', 'operator'], ['INCR', k.epoch('BTCUSDT')]],
  ['set the epoch', NOBODY, ['SET', k.epoch('BTCUSDT'), '7']],
  ['write a snapshot', ['position-brain'], ['HSET', k.snapshot('BTCUSDT'), 'position_amt', '1']],
  ['write a ledger', ['position-brain', 'operator'], ['HSET', k.ledger('BTCUSDT'), 'last_known_amt', '1']],
  ['count a fill', ['position-brain'], ['SET', k.fill('BTCUSDT', '1'), '1', 'PX', '1']],
  ['spend limits', ['governor'], ['HSET', k.usage('BTCUSDT'), 'notional', '0']],
  ['forget an execution', ['governor'], ['ZREM', k.executions('BTCUSDT'), `${PLAN}:1`]],
  ['settle a reservation', ['governor'], ['HSET', k.reservation(PLAN, '1'), 'state', 'released']],
  ['disarm, as the Governor does', ROLES, ['SETNX', k.governorDisarm(), '{}']],
  ["overwrite the Governor's disarm, or give it an end", NOBODY, ['SET', k.governorDisarm(), '{}', 'PX', '1']],
  ["lift the Governor's disarm", ['operator'], ['DEL', k.governorDisarm()]],
  ['move the kill switch', ['operator'], ['SET', k.killSwitch(), '{"engaged":false}']],
  ['delete the kill switch', NOBODY, ['DEL', k.killSwitch()]],
  ['arm', ['operator'], ['SET', k.arm(), '{"armed":true}']],
  ['hold a symbol', ['apply', 'position-brain', 'operator'], ['SET', k.hold('BTCUSDT'), '{}']],
  ['lift a hold', ['position-brain', 'operator'], ['DEL', k.hold('BTCUSDT')]],
  ['bind the prefix', ['apply', 'position-brain', 'operator'], ['SET', k.account(), 'testnet:a']],
  ['ban calls to the exchange', ['apply', 'governor', 'position-brain'], ['SET', k.ban(), '1', 'PX', '1']],
  ['make a standing proposal', ['strategy'], ['HSET', k.proposal('BTCUSDT'), 'harvest_action', 'HOLD']],
  ['stream a proposal', ['strategy', 'operator'], ['XADD', k.proposalStream(), '*', 'a', 'b']],
  ["take Apply's consumer name", ['apply'], ['SET', k.lease('apply', 'i'), 'me', 'PX', '1']],
  ["take the Governor's consumer name", ['governor'], ['SET', k.lease('governor', 'i'), 'me', 'PX', '1']],
  ["take the Position Brain's consumer name", ['position-brain'], ['SET', k.lease('p33', 'i'), 'me', 'PX', '1']],
  ['read plans in a group', ROLES, ['XREADGROUP', 'GROUP', 'none', 'c', 'STREAMS', plans(), '>']],
  ['read results in a group', ROLES, ['XREADGROUP', 'GROUP', 'none', 'c', 'STREAMS', results(), '>']],
  ['read verdicts in a group', ROLES, ['XREADGROUP', 'GROUP', 'none', 'c', 'STREAMS', events(), '>']],
  ['read proposals in a group', ['apply'], ['XREADGROUP', 'GROUP', 'none', 'c', 'STREAMS', k.proposalStream(), '>']],
  ['move a group', ['operator'], ['XGROUP', 'SETID', plans(), 'apply', '$']],
  ['destroy a group', NOBODY, ['XGROUP', 'DESTROY', plans(), 'apply']],
  ['delete an entry', ['operator'], ['XDEL', plans(), '0-1']],
  ["append to Apply's audit", ['apply', 'operator'], ['XADD', k.auditApply('i'), '*', 'a', 'b']],
  ["append to the Governor's audit", ['governor', 'operator'], ['XADD', k.auditGovernor('i'), '*', 'a', 'b']],
  [
    "append to the Position Brain's audit",
    ['position-brain', 'operator'],
    ['XADD', k.auditPositionBrain('i'), '*', 'a', 'b'],
  ],
  ["trim Apply's audit", ['apply'], ['XTRIM', k.auditApply('i'), 'MAXLEN', '0']],
  ['delete the audit', ['operator'], ['DEL', k.auditApply('i')]],
  ['append to the audit of earlier versions', NOBODY, ['XADD', k.earlierAudit(), '*', 'a', 'b']],
  ['record the end of an audit chain', ROLES, ['HSET', k.auditHeads(), 'apply:i', 'x']],
  ['delete all ends of audit chains', NOBODY, ['DEL', k.auditHeads()]],
  ['store a stream of dead letters', [...ROLES, 'operator'], ['XADD', k.deadLetters(), '*', 'a', 'b']],
  ['keep the answer of a call', ROLES, ['SET', k.idempotency('t', 'key'), '{}', 'PX', '1']],
  ['touch another prefix', NOBODY, ['SET', 'elsewhere', '1']],
  ['read another prefix', NOBODY, ['GET', 'elsewhere']],
  ['rename a key', NOBODY, ['RENAME', k.positionPermit(PLAN), k.governorPermit(PLAN)]],
  ['copy a key', NOBODY, ['COPY', k.governorPermit('a'), k.positionPermit(PLAN)]],
  ['restore a key', NOBODY, ['RESTORE', k.positionPermit(PLAN), '0', 'x']],
  ['sort into a key', NOBODY, ['SORT', k.openPlans(), 'STORE', k.positionPermit(PLAN)]],
  ['append to a permit', NOBODY, ['APPEND', k.positionPermit(PLAN), 'x']],
  ['publish a message', NOBODY, ['PUBLISH', 'quantum:x', 'y']],
];

const NEVER: readonly (readonly string[])[] = [
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['KEYS', '*'],
  ['SCAN', '0'],
  ['RANDOMKEY'],
  ['SWAPDB', '0', '1'],
  ['CONFIG', 'GET', 'dir'],
  ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'],
  ['ACL', 'LIST'],
  ['ACL', 'GETUSER', 'permit-gate-operator'],
  ['ACL', 'SETUSER', 'permit-gate-apply', '+@all'],
  ['CLIENT', 'LIST'],
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['CLIENT', 'PAUSE', '1'],
  ['SAVE'],
  ['SLOWLOG', 'GET'],
  ['MONITOR'],
  ['SCRIPT', 'FLUSH'],
  ['FUNCTION', 'FLUSH'],
  ['FUNCTION', 'LOAD', '#!lua name=x\nredis.register_function("x", function() return 1 end)'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['MODULE', 'LIST'],
  ['SUBSCRIBE', 'quantum:x'],
];

const REFUSED = /NOPERM|ACL failure|user executing the script can't (?:run|access)/;
const folder = mkdtempSync(join(tmpdir(), 'permit-gate-acl-'));
const file = join(folder, 'users.acl');
let server: RedisServer;
let admin: Redis;
const clients = new Map<Connected, Redis>();

beforeAll(async () => {
  writeUsersFile(file);
  server = await new RedisServer({ config: ['--aclfile', file] }).start();
  const as = (username: string): Redis => new Redis({ path: server.socketPath, username, password: username });
  admin = as(TEST_ADMIN);
  for (const user of USERS) clients.set(user, as(`permit-gate-${user}`));
});

afterAll(async () => {
  for (const each of [admin, ...clients.values()]) each.disconnect();
  await server.stop();
  rmSync(folder, { recursive: true });
});

function client(user: Connected): Redis {
  const found = clients.get(user);
  if (found === undefined) throw new Error(`no client for ${user}`);
  return found;
}

/** `refused` by a missing right, or what else came of it. */
async function outcomeOf(user: Connected, [name = '', ...args]: readonly string[]): Promise<string> {
  try {
    await client(user).call(name, ...args);
    return 'carried out';
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return REFUSED.test(message) ? 'refused' : `allowed, and failed: ${message}`;
  }
}

/** The same from inside of a script that declares no key, as the declared ones are checked before it runs. */
const inLua = (command: readonly string[]): readonly string[] => [
  'EVAL',
  'return redis.call(unpack(ARGV))',
  '0',
  ...command,
];

describe('each Redis user is refused what other principals may do', () => {
  it.each(ACTIONS)('%s', async (_, allowed, command) => {
    const scripted = command[0] !== 'XREADGROUP';
    for (const user of USERS) {
      const may = allowed.includes(user);
      const direct = await outcomeOf(user, command);
      expect([user, direct === 'refused'], direct).toEqual([user, !may]);
      if (!scripted) continue;
      const lua = await outcomeOf(user, inLua(command));
      // A strategy runs no scripts at all.
      expect([user, 'in Lua', lua === 'refused'], lua).toEqual([user, 'in Lua', !may || user === 'strategy']);
    }
    await admin.flushall();
  });

  it.each(NEVER.map((command) => [command.join(' '), command] as const))(
    '%s: refused for every user',
    async (_, command) => {
      for (const user of USERS) {
        expect([user, await outcomeOf(user, command)]).toEqual([user, 'refused']);
        // Some commands are not for scripts at all; none is carried out.
        expect([user, await outcomeOf(user, inLua(command))]).not.toEqual([user, 'carried out']);
      }
    },
  );
});

const OF_EACH_ROLE: Readonly<Record<string, Connected>> = {
  publish_plan: 'apply',
  claim_permits: 'apply',
  claim_dry_run: 'apply',
  issue_permit: 'position-brain',
  apply_fill: 'position-brain',
  record_snapshot: 'position-brain',
  issue_governor_permit: 'governor',
  governor_block: 'governor',
  settle_reservation: 'governor',

  restore_control: 'operator',
  write_permit: 'operator',
  init_control: 'operator',
};

/** Names of keys in scripts that are no row of the table. */
const ALIASES = {
  state: 'killSwitch',
  repeatedJournal: 'journal',
  repeatedReservation: 'reservation',
  renewed: 'planStream',
} as const;

describe('each Redis user is refused the scripts of the others', () => {
  it.each(Object.entries(OF_EACH_ROLE))('%s is for %s', async (name, owner) => {
    const shape = SCRIPTS[name as ScriptName];
    const keys = shape.keys.map((key) => {
      const row = key in KEY_TABLE ? (key as KeyName) : ALIASES[key as keyof typeof ALIASES];
      const parts = KEY_TABLE[row].pattern.split('<').slice(1);
      const build: (...given: string[]) => string = k[row];
      return build(...parts.map(() => 'b'));
    });
    const { text } = loadScript(name as ScriptName);
    for (const user of USERS) {
      const outcome = await outcomeOf(user, ['EVAL', text, String(keys.length), ...keys, ...shape.args.map(() => '1')]);
      // Whoever may declare the keys of a script may ask for it, and is refused where it would write.
      const asked = user !== owner && outcome === 'carried out';
      const harmless = asked && (await admin.dbsize()) === 0;
      expect([user, outcome === 'refused' || harmless], outcome).toEqual([user, user !== owner]);
    }
    await admin.flushall();
  });
});

const SOME: readonly (readonly [string, ...string[]])[] = [
  ['GET', k.killSwitch()],
  ['INFO'],
  ['EVAL', 'return 1', '0'],
  ['XLEN', plans()],
];

describe('someone without a password', () => {
  it('part of [R11] may not even PING', async () => {
    const nobody = new Redis({
      path: server.socketPath,
      enableReadyCheck: false,
      disableClientInfo: true,
      protocol: 2,
    });
    for (const [command, ...args] of [['PING'] as const, ...SOME])
      await expect(nobody.call(command, ...args)).rejects.toThrow('NOAUTH');
    await expect(nobody.auth('default', '')).rejects.toThrow('WRONGPASS');
    nobody.disconnect();
  });
});

describe('the health check’s user', () => {
  it('part of [R11] may PING, and nothing else', async () => {
    const [username, password] = ['permit-gate-health', 'permit-gate-health'];
    const health = new Redis({ path: server.socketPath, username, password, enableReadyCheck: false });
    expect(await health.ping()).toBe('PONG');
    for (const [command, ...args] of SOME) await expect(health.call(command, ...args)).rejects.toThrow('NOPERM');
    health.disconnect();
  });

  it.each([
    ['the right password', (socket: string) => socket, 'permit-gate-health', 0],
    ['a wrong password', (socket: string) => socket, 'wrong', 1],
    ['a server that is not there', () => '/nowhere', 'permit-gate-health', 1],
  ])('part of [R11] in the compose file, with %s', (_what, socketOf, password, expected) => {
    const { services } = parse(readFileSync(new URL('../../docker/compose.yaml', import.meta.url), 'utf8')) as {
      services: { redis: { healthcheck: { test: [string, string] } } };
    };
    const [how, line] = services.redis.healthcheck.test;
    expect(how).toBe('CMD-SHELL');
    const passwordFile = join(folder, 'health.password');
    writeFileSync(passwordFile, `${password}\n`);
    const onTheSocket = line
      .replaceAll('$$', '$')
      .replace('/run/secrets/permit-gate-health.password', passwordFile)
      .replace('redis-cli ', `redis-cli -s ${socketOf(server.socketPath)} `);
    expect(spawnSync('sh', ['-c', onTheSocket]).status).toBe(expected);
  });
});
