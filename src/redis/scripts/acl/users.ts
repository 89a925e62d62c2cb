import { groupsOf } from '../../keys/groups.js';
import { isOutsidePrefix } from '../../keys/key-row.js';
import { ADDRESS_KEYS, addressPrefixOf } from '../../keys/address-keys.js';
import { KEY_TABLE, type KeyName } from '../../keys/keys.js';
import { DEFAULT_USER_LINE } from './default-user.js';
import { type Connected, GROUP_READS, GROUP_ROWS, type Rights, rightsOf } from './rights.js';

/** The users of docker/redis/users.acl, and the principals whose rights each has. */
export const REDIS_USERS = {
  'permit-gate-apply': ['apply'],
  'permit-gate-governor': ['governor'],
  'permit-gate-position-brain': ['position-brain'],
  'permit-gate-operator': ['operator'],
  'permit-gate-strategy': ['strategy'],
  /** All three roles in one process, for development; their rights are not separated. */
  'permit-gate': ['apply', 'governor', 'position-brain'],
  /** For health checks only. */
  'permit-gate-health': [],
} as const satisfies Record<string, readonly Connected[]>;

/** Every plan id except those that would match a key of the other issuer, `permit:p33:…`. */
const NOT_OF_P33 = ['[^p]*', 'p[^3]*', 'p3[^3]*', 'p33[^:]*'];

/** Glob patterns of the keys of a row that these principals need, without the prefix. */
function keyPatterns(name: KeyName, principals: readonly Connected[], command = ''): string[] {
  const { pattern } = KEY_TABLE[name];
  if (name === 'governorPermit') return NOT_OF_P33.map((id) => pattern.replace('<plan_id>', id));
  // Whether a process lives may be read of every role; a lease is taken only of the own one.
  if (!GROUP_ROWS.has(name) || GROUP_READS.has(command)) return [pattern.replaceAll(/<[^>]*>/g, '*')];
  return groupsOf(principals).map((group) => pattern.replace('<group>', group).replace('<instance>', '*'));
}

/**
 * The rules of one user for `ACL SETUSER` and an ACL file, without the password. Commands and their keys are in one selector, so that
 * a right to read one key and a right to write another never combine.
 */
export function aclRules(prefix: string, principals: readonly Connected[]): string[] {
  const rights = rightsOf(principals);
  const patterns = (keys: Iterable<KeyName>, command?: string): string =>
    [...keys]
      .flatMap((name) =>
        keyPatterns(name, principals, command).flatMap((pattern) => [
          `~${isOutsidePrefix(pattern) ? '' : prefix}${pattern}`,
          ...(ADDRESS_KEYS.has(name) ? [`~${addressPrefixOf('*')}${pattern}`] : []),
        ]),
      )
      .toSorted()
      .join(' ');
  const commands = [...rights.keyless].toSorted().map((command) => `+${command}`);
  return ['resetchannels', '-@all', ...commands, ...selectors(rights, patterns)];
}

function selectors(
  { byCommand, declared }: Rights,
  patterns: (keys: Iterable<KeyName>, command?: string) => string,
): string[] {
  const byKeys = new Map<string, string[]>();
  for (const [command, keys] of [...byCommand].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const where = patterns(keys, command);
    byKeys.set(where, [...(byKeys.get(where) ?? []), `+${command}`]);
  }
  // Redis also checks each command inside a script, whatever keys the script declares.
  const scripts = declared.size === 0 ? [] : [`(+eval +evalsha ${patterns(declared)})`];
  return [...scripts, ...[...byKeys].map(([where, commands]) => `(${commands.join(' ')} ${where})`)];
}

/**
 * Copies all keys of the prefix out and back. No process of a deployment connects as this user; who has its password may
 * change everything that the gate has stored.
 */
export const BACKUP_USER = 'permit-gate-backup';

function backupRules(prefix: string): string[] {
  const keyless = ['asking', 'client|info', 'client|list', 'client|setname', 'cluster|info', 'cluster|slots', 'exec'];
  const commands = [...keyless, 'info', 'keys', 'multi', 'ping', 'select', 'time'].map((command) => `+${command}`);
  return ['resetchannels', '-@all', ...commands, `(+eval +get +pexpiretime +dump +restore +unlink ~${prefix}*)`];
}

/** The placeholder in the file for the SHA-256 of a user's password. */
export function passwordPlaceholder(user: string): string {
  return `#${user.toUpperCase().replaceAll('-', '_')}_SHA256`;
}

/** The text of docker/redis/users.acl. An ACL file has no comments. */
export function renderUsersFile(prefix: string): string {
  const users = Object.entries(REDIS_USERS).map(([user, principals]) =>
    ['user', user, 'on', passwordPlaceholder(user), ...aclRules(prefix, principals)].join(' '),
  );
  const backup = ['user', BACKUP_USER, 'on', passwordPlaceholder(BACKUP_USER), ...backupRules(prefix)].join(' ');
  return [DEFAULT_USER_LINE, ...users, backup, ''].join('\n');
}
