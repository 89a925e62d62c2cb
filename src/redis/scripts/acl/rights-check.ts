import { asRedisError } from '../../connection/redis.errors.js';
import type { RedisClient } from '../../connection/redis-clients.js';
import { primariesOf } from '../../connection/slot-owner.js';
import { firstFew } from '../../first-few.js';
import { GROUPS, groupsOf } from '../../keys/groups.js';
import { KEY_TABLE, type KeyName, keysFor } from '../../keys/keys.js';
import { groupProbeOf, probeKeyOf } from './probe-keys.js';
import { keylessQuestionOf, NOBODYS, NOBODYS_WRITES, questionOf } from './questions.js';
import { CONNECTED, type Connected, GROUP_READS, GROUP_ROWS, rightsOf } from './rights.js';

/** The rights of a connected user, each as `COMMAND key`. */
export interface RightsFound {
  readonly user: string;
  readonly missing: readonly string[];
  readonly excess: readonly string[];
  /** How many rights the user has and needs, and how many commands were tried that it must be refused. */
  readonly proven: { readonly needed: number; readonly refused: number };
  /** Why Redis does not say; `""` if it does. Then nothing is proven. */
  readonly unknown: string;
}

interface Question {
  readonly command: readonly string[];
  /** Whether the principals need it. */
  readonly should: boolean;
}

/** Sent together; so many commands delay no other by more than some milliseconds. */
const AT_ONCE = 250;
/**
 * Compares what the user of `client` may do with what these principals need: every command of the system on a key of every row,
 * further writes on each of them, and what is for administrators. `ACL DRYRUN` answers that without carrying anything out.
 */
export async function checkRights(
  client: RedisClient,
  prefix: string,
  principals: readonly Connected[],
): Promise<RightsFound> {
  const user = /\buser=(\S+)/.exec(await asking(() => client.client('INFO')))?.[1] ?? 'default';
  const questions = questionsFor(prefix, principals);
  const wrong: Question[] = [];
  const nothing = { missing: [], excess: [], proven: { needed: 0, refused: 0 } };
  for (let from = 0; from < questions.length; from += AT_ONCE) {
    const asked = questions.slice(from, from + AT_ONCE);
    const answers = await Promise.all(asked.map(({ command }) => allowsOn(client, user, command)));
    const unknown = answers.find((answer) => typeof answer === 'string');
    if (unknown !== undefined) return { user, ...nothing, unknown };
    wrong.push(...asked.filter(({ should }, at) => answers[at] !== should));
  }
  const named = (wanted: boolean): string[] =>
    wrong
      .filter(({ should }) => should === wanted)
      .map(({ command: [name = '', ...rest] }) => `${name.toUpperCase()} ${rest.join(' ')}`.trim());
  const needed = questions.filter(({ should }) => should).length;
  const [missing, excess] = [named(true), named(false)];
  const proven = { needed: needed - missing.length, refused: questions.length - needed - excess.length };
  return { user, missing, excess, proven, unknown: '' };
}

/** What is wrong with the rights, in words; `undefined` if they are exactly those that are needed. */
export function rightsTrouble({ missing, excess, unknown }: RightsFound): string | undefined {
  const parts = [
    ...(unknown === '' ? [] : [`Redis does not say (${unknown})`]),
    ...(excess.length === 0 ? [] : [`it may ${firstFew(excess)} and must not`]),
    ...(missing.length === 0 ? [] : [`it may not ${firstFew(missing)} and must`]),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}

function questionsFor(prefix: string, principals: readonly Connected[]): Question[] {
  const { keyless, byCommand, declared } = rightsOf(principals);
  const keys = keysFor(prefix);
  const own = new Set(groupsOf(principals));
  const onRow = (command: string, name: KeyName, isNeeded: boolean): Question[] =>
    // A user may take the leases of its own groups only.
    GROUP_ROWS.has(name)
      ? Object.values(GROUPS).map((group) => ({
          command: questionOf(command, groupProbeOf(keys, name, group)),
          should: isNeeded && (own.has(group) || GROUP_READS.has(command)),
        }))
      : [{ command: questionOf(command, probeKeyOf(keys, name)), should: isNeeded }];
  const commands = [...new Set([...rightsOf(CONNECTED).byCommand.keys(), ...NOBODYS_WRITES])];
  const rows = Object.keys(KEY_TABLE) as KeyName[];
  return [
    ...[...keyless].map((command) => ({ command: keylessQuestionOf(command), should: true })),
    ...NOBODYS.map((command) => ({ command, should: false })),
    ...rows.flatMap((name) => onRow('evalsha', name, declared.has(name))),
    ...commands.flatMap((command) =>
      rows.flatMap((name) => onRow(command, name, byCommand.get(command)?.has(name) ?? false)),
    ),
  ];
}

/** Whether every primary allows it; a text if one does not say. */
async function allowsOn(client: RedisClient, user: string, command: readonly string[]): Promise<boolean | string> {
  try {
    const answers = await asking(() =>
      Promise.all(primariesOf(client).map((primary) => primary.call('ACL', 'DRYRUN', user, ...command))),
    );
    return answers.every((answer) => answer === 'OK');
  } catch (error) {
    const { message } = error as Error;
    // This server does not have the command.
    if (/Command '\S+' not found/.test(message)) return false;
    if (/NOPERM|unknown subcommand/i.test(message)) return message;
    throw error;
  }
}

async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw asRedisError(error, 'checking rights');
  }
}
