import { KEY_TABLE, type KeyName, type KeyRow, keysFor } from '../../keys/keys.js';
import { asRedisError } from '../../connection/redis.errors.js';
import type { RedisClient } from '../../connection/redis-clients.js';
import { probeKeyOf } from './probe-keys.js';
import { type Connected, rightsOf } from './rights.js';

/** Missing and excess rights of a connected user, each as `COMMAND key`. */
export interface RightsFound {
  readonly missing: readonly string[];
  readonly excess: readonly string[];
}

/**
 * One write per key type that never has an effect: Redis checks the rights first and then refuses the invalid arguments. So the check
 * needs no right to read rights, and changes nothing.
 */
const SENSELESS: Readonly<Partial<Record<KeyRow['type'], readonly [command: string, ...rest: string[]]>>> = {
  string: ['set', 'value', 'NO-SUCH-OPTION'],
  hash: ['hset', 'field', 'value', 'field-without-value'],
  zset: ['zadd', 'no-number', 'member'],
  stream: ['xadd', 'no-id', 'field', 'value'],
};
/** Read-only commands that no principal may run. */
const NOBODYS: readonly (readonly [string, ...string[]])[] = [
  ['config', 'get', 'maxmemory'],
  ['acl', 'whoami'],
  ['keys', 'permit-gate:no-such-key'],
  ['exists', 'permit-gate:outside-of-the-prefix'],
];
/** Not checked: the rights depend on the groups of the user, or do not matter. */
const LEFT_OUT: readonly KeyName[] = ['lease', 'probe', 'idempotency'];

/** Compares what the user of `client` may write with what these principals must be able to. `ACL LOG` shows the refused probes. */
export async function checkRights(
  client: RedisClient,
  prefix: string,
  principals: readonly Connected[],
): Promise<RightsFound> {
  const { byCommand } = rightsOf(principals);
  const keys = keysFor(prefix);
  const missing: string[] = [];
  const excess: string[] = [];
  for (const [name, { type }] of Object.entries(KEY_TABLE) as [KeyName, KeyRow][]) {
    const probe = SENSELESS[type];
    if (probe === undefined || LEFT_OUT.includes(name)) continue;
    const [command, ...rest] = probe;
    const key = probeKeyOf(keys, name);
    const may = await isAllowed(client, command, key, ...rest);
    const should = byCommand.get(command)?.has(name) ?? false;
    if (may !== should) (should ? missing : excess).push(`${command.toUpperCase()} ${key}`);
  }
  for (const [command, ...args] of NOBODYS) {
    if (await isAllowed(client, command, ...args)) excess.push([command.toUpperCase(), ...args].join(' '));
  }
  return { missing, excess };
}

async function isAllowed(client: RedisClient, command: string, ...args: string[]): Promise<boolean> {
  try {
    await client.call(command, ...args);
    return true;
  } catch (error) {
    // Every other error comes after Redis has accepted the rights.
    if (error instanceof Error && error.name === 'ReplyError') return !error.message.startsWith('NOPERM');
    throw asRedisError(error, 'checking rights');
  }
}
