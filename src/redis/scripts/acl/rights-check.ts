import { KEY_TABLE, type KeyName, type KeyRow, keysFor } from '../../keys/keys.js';
import { asRedisError } from '../../connection/redis.errors.js';
import type { RedisClient } from '../../connection/redis-clients.js';
import { probeKeyOf } from './probe-keys.js';
import { type Connected, rightsOf } from './rights.js';

/** What a connected user may do beside what it should be able to do, each as `COMMAND key`. */
export interface RightsFound {
  readonly missing: readonly string[];
  readonly excess: readonly string[];
}

/**
 * One write per type of key that has no effect whoever asks for it: Redis looks at the rights first, and only then finds
 * that the arguments make no sense. So no right to ask about rights is needed, and nothing is changed by asking.
 */
const SENSELESS: Readonly<Partial<Record<KeyRow['type'], readonly [command: string, ...rest: string[]]>>> = {
  string: ['set', 'value', 'NO-SUCH-OPTION'],
  hash: ['hset', 'field', 'value', 'field-without-value'],
  zset: ['zadd', 'no-number', 'member'],
  stream: ['xadd', 'no-id', 'field', 'value'],
};
/** Read-only, and a sign of rights that no principal has. */
const NOBODYS: readonly (readonly [string, ...string[]])[] = [
  ['config', 'get', 'maxmemory'],
  ['acl', 'whoami'],
  ['keys', 'permit-gate:no-such-key'],
  ['exists', 'permit-gate:outside-of-the-prefix'],
];
/** Which of these keys a user may write depends on its groups, or nobody cares. */
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
    // Any other answer of the server was given after the rights were found to be enough.
    if (error instanceof Error && error.name === 'ReplyError') return !error.message.startsWith('NOPERM');
    throw asRedisError(error, 'asking for rights');
  }
}
