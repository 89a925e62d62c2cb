import type { Environment } from '../../config/environment.js';
import { isArmed, isReleased } from '../../redis/stores/control-state.js';
import { readControl } from '../../redis/stores/control-store.js';
import { RedisRefused } from '../../redis/connection/redis.errors.js';
import { checkRights, rightsTrouble } from '../../redis/scripts/acl/rights-check.js';
import { Replicas } from '../../redis/connection/replicas.js';
import { checkReplicas, checkServer, type ServerFinding } from '../../redis/connection/server-check.js';
import { checkShape } from '../../redis/connection/shape-check.js';
import { ownerOf } from '../../redis/connection/slot-owner.js';
import { CommandFailure, EXIT } from '../exit.js';
import { RedisSession } from '../redis-session.js';
import { archiveProgress } from './check-archive.js';
import { type Finding, note, ok, problem } from './finding.js';

const CLOCK_WARNING_MS = 1_000;

/** Checks that Redis is reachable, is configured correctly, and belongs to this deployment. */
export async function checkRedis(environment: Environment, accountFingerprint: string | undefined): Promise<Finding[]> {
  const session = new RedisSession(environment);
  try {
    await session.connect();
    return [
      ok('redis: reachable', 'it answers'),
      ...(await addresses(session)),
      ...(await server(session)),
      await durability(session, environment),
      ...(await shape(session, environment)),
      ...(await rights(session, environment)),
      ...(await replicas(session, environment)),
      await clock(session),
      ...(await account(session, environment, accountFingerprint)),
      ...(await control(session)),
      ...(await archiveProgress(session, environment)),
    ];
  } catch (error) {
    return [unusable(error)];
  } finally {
    session.close();
  }
}

function unusable(error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CommandFailure) {
    const [found = '', ...remedy] = message.split('. ');
    const kind = error.exitCode === EXIT.unreachable ? 'unreachable' : 'fault';
    return problem(kind, 'redis: reachable', found, remedy.join('. '));
  }
  if (error instanceof RedisRefused)
    return problem('fault', 'redis: rights', message, 'Give this Redis user the right to it (docs/redis-keys.md).');
  return problem('unreachable', 'redis: reachable', message, 'Check the connection and ask again.');
}

/** Redis is reached through one of them; the others are needed when that one fails. */
async function addresses(session: RedisSession): Promise<Finding[]> {
  const troubles = await session.addressTroubles();
  return troubles.map(({ variable, address, trouble, remedy }) =>
    problem('warning', `redis: ${variable}`, `${address}: ${trouble}`, sentence(remedy)),
  );
}

async function server({ commands, keys, database }: RedisSession): Promise<Finding[]> {
  return (await checkServer(commands, keys, 'doctor', database, false)).map((finding) => asFinding(finding));
}

function asFinding({ what, ok: fine, found, remedy }: ServerFinding): Finding {
  return fine ? ok(`redis: ${what}`, found) : problem('fault', `redis: ${what}`, found, sentence(remedy));
}

async function durability({ commands, keys }: RedisSession, { applyMode }: Environment): Promise<Finding> {
  const info = await ownerOf(commands, keys.server()).info('persistence');
  if (/^aof_enabled:1\s*$/m.test(info)) return ok('redis: append-only file', 'on');
  return problem(
    applyMode === 'production' ? 'fault' : 'warning',
    'redis: append-only file',
    'off: a restart of Redis loses the writes after its last snapshot',
    'Set appendonly yes (and appendfsync everysec or always).',
  );
}

/** Asks Redis about the rights of the user; nothing changes. */
async function rights({ commands }: RedisSession, environment: Environment): Promise<Finding[]> {
  const check = 'redis: rights';
  const found = await checkRights(commands, environment.redisKeyPrefix, [...environment.roles]);
  const { user, missing, unknown, proven } = found;
  const roles = [...environment.roles].join(', ');
  const trouble = rightsTrouble(found);
  if (trouble === undefined)
    return [
      ok(
        check,
        `${user} has the ${proven.needed} rights that ${roles} needs, and is refused the ${proven.refused} others that were tried with ACL DRYRUN`,
      ),
    ];
  const remedy = 'Load the docker/redis/users.acl of this version, and give the process the user of its role.';
  const said = `${user}, for ${roles}: ${trouble}`;
  if (missing.length > 0) return [problem('fault', check, said, remedy)];
  // A laptop's Redis has no users; elsewhere the finding says what to set up.
  if (environment.applyMode === 'production') return [problem('fault', check, said, remedy)];
  const isLaptop = environment.redisUsername === undefined && unknown === '';
  return [isLaptop ? note(check, said) : problem('warning', check, said, remedy)];
}

/** What production refuses; elsewhere it is worth knowing. */
async function shape({ commands, keys }: RedisSession, { applyMode }: Environment): Promise<Finding[]> {
  const found = await checkShape(commands, keys);
  return found.map((each) => {
    const { ok: fine, what, remedy } = each;
    return fine || applyMode === 'production'
      ? asFinding(each)
      : note(`redis: ${what}`, `${each.found}; production refuses that: ${remedy}`);
  });
}

async function replicas({ commands, keys }: RedisSession, { redisMinReplicas }: Environment): Promise<Finding[]> {
  if (redisMinReplicas === 0) return [];
  const info = await ownerOf(commands, keys.server()).info();
  const field = (name: string): string => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? '';
  const id = `${field('run_id')}:${field('master_replid')}`;
  return (await checkReplicas(new Replicas(commands, keys, redisMinReplicas), id)).map((each) => asFinding(each));
}

async function clock({ commands, keys }: RedisSession): Promise<Finding> {
  const beforeMs = Date.now();
  const [seconds, micros] = await ownerOf(commands, keys.server()).time();
  const offsetMs = Math.round(Number(seconds) * 1_000 + Number(micros) / 1_000 - (beforeMs + Date.now()) / 2);
  const found = `${offsetMs} ms against this host`;
  if (Math.abs(offsetMs) <= CLOCK_WARNING_MS) return ok('redis: clock', found);
  return problem(
    'warning',
    'redis: clock',
    found,
    'Windows use the clock of Redis, proposals that of the strategy: run NTP on both.',
  );
}

async function account(
  { commands, keys }: RedisSession,
  { applyMode, redisKeyPrefix }: Environment,
  fingerprint: string | undefined,
): Promise<Finding[]> {
  const check = 'redis: key prefix';
  const holder = await commands.get(keys.account());
  if (holder === null) return [ok(check, `${redisKeyPrefix} is free`)];
  const [mode = '', owner = ''] = holder.split(':');
  const bound = `${redisKeyPrefix} belongs to a ${mode} account`;
  if (fingerprint === undefined) return [note(check, `${bound}; without keys this process cannot check which account`)];
  const modesFit = mode === applyMode || mode === 'dry_run' || applyMode === 'dry_run';
  if (owner === fingerprint && modesFit) return [ok(check, `${bound}: this one`)];
  return [
    problem(
      'fault',
      check,
      `${bound}, and not to this account and mode`,
      'Give this deployment a REDIS_KEY_PREFIX of its own.',
    ),
  ];
}

async function control({ commands, keys }: RedisSession): Promise<Finding[]> {
  const state = await readControl(commands, keys);
  if (state.killSwitch === undefined && state.arm === undefined)
    return [note('control state', 'none yet; the first start creates it')];
  return [
    isReleased(state)
      ? ok('control: kill switch', 'released')
      : problem(
          'warning',
          'control: kill switch',
          `engaged (${state.killSwitch?.reason ?? 'missing from Redis'})`,
          'permit-gate release --reason … when it is safe.',
        ),
    isArmed(state)
      ? ok('control: armed', 'yes')
      : problem(
          'warning',
          'control: armed',
          `no (${state.governorDisarm?.reason ?? state.arm?.reason ?? 'missing from Redis'})`,
          'permit-gate arm --reason … when it is safe.',
        ),
  ];
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
