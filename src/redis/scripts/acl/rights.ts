import type { Principal } from '../../keys/key-row.js';
import { KEY_TABLE, type KeyName } from '../../keys/keys.js';
import { loadScript } from '../script-source.js';
import { type ScriptName, SCRIPTS, type ScriptShape } from '../scripts.js';
import { readScriptAccess } from './script-access.js';

/** The principals with their own Redis user. */
export type Connected = Exclude<Principal, 'every role' | 'backup'>;

const ROLES = ['apply', 'governor', 'position-brain'] as const satisfies readonly Connected[];
export const CONNECTED: readonly Connected[] = [...ROLES, 'operator', 'strategy'];

/** Those that somebody writes. */
const STREAMS = (Object.keys(KEY_TABLE) as KeyName[]).filter(
  (name) => KEY_TABLE[name].type === 'stream' && KEY_TABLE[name].writers.length > 0,
);
const GROUP_STREAMS = [
  'proposalStream',
  'cellsProposals',
  'planStream',
  'resultStream',
] as const satisfies readonly KeyName[];

/** Each role writes the audit chains of its own processes. */
const AUDIT_OF = {
  apply: 'auditApply',
  'position-brain': 'auditPositionBrain',
  governor: 'auditGovernor',
} as const satisfies Record<(typeof ROLES)[number], KeyName>;
const AUDIT_STREAMS = Object.values(AUDIT_OF);

/** Streams that a role reads as a member of a consumer group. */
const CONSUMED: Readonly<Record<Connected, readonly KeyName[]>> = {
  apply: ['planStream', 'proposalStream', 'cellsProposals'],
  governor: ['planStream', 'resultStream'],
  'position-brain': ['planStream', 'resultStream'],
  /** Streams whose entries operators may replay or hand over. */
  operator: GROUP_STREAMS,
  strategy: [],
};

interface DirectUse {
  readonly by: readonly Connected[];
  readonly commands: readonly string[];
  /** None: the commands take no key. */
  readonly keys: readonly KeyName[];
}

const use = (by: readonly Connected[], commands: string, ...keys: KeyName[]): DirectUse => ({
  by,
  commands: commands.split(' '),
  keys,
});

/** Commands outside of scripts. `client|info` returns the user; `cluster|…` and `asking` find a cluster's nodes. */
const DIRECT: readonly DirectUse[] = [
  use(CONNECTED, 'select client|setname client|info cluster|slots cluster|info asking'),
  // `acl|dryrun` checks the rights of this user, and of `default`: whether Redis would load all of its append-only file.
  use([...ROLES, 'operator'], 'info time script|load acl|dryrun'),
  use(ROLES, 'wait'),
  use(['operator'], 'multi exec'),
  ...ROLES.map((role) => use([role], 'xgroup|create xreadgroup xautoclaim xack xpending xrange', ...CONSUMED[role])),

  // Every process: health, idempotent calls, control state, the interface.
  use(ROLES, 'set', 'probe'),
  use(ROLES, 'set del', 'idempotency'),
  use(ROLES, 'set getex del', 'session'),
  use(ROLES, 'mget', 'killSwitch', 'arm', 'governorDisarm'),
  use(ROLES, 'get', 'hold', 'suspended', 'account'),
  use(ROLES, 'hgetall', 'journal', 'snapshot', 'ledger', 'reservation', 'approval'),
  use(ROLES, 'mget pttl', 'governorPermit', 'positionPermit', 'governorBlock'),
  use(ROLES, 'hmget', 'journal'),
  use(ROLES, 'zrange', 'openPlans'),
  use(ROLES, 'zrevrangebyscore', 'planIndex', 'waitingApprovals'),
  use(ROLES, 'zrangebyscore', 'openReservations'),
  use(ROLES, 'lrange', 'trace'),
  use(ROLES, 'xrevrange', 'deadLetters'),
  use(ROLES, 'xrange', 'deadLetters', ...GROUP_STREAMS),
  use(ROLES, 'xrange xrevrange xinfo|stream', ...AUDIT_STREAMS, 'earlierAudit'),
  use(ROLES, 'xrevrange', 'planStream', 'resultStream'),
  use(ROLES, 'hmget', 'settledDeadLetters'),
  use(ROLES, 'get', 'fill', 'streamAlive'),
  use(ROLES, 'hmget', 'standing'),
  use(ROLES, 'xlen xinfo|groups xinfo|consumers', ...GROUP_STREAMS),
  use(ROLES, 'pttl', 'ban'),
  use(ROLES, 'exists', 'lease'),
  use(ROLES, 'hgetall', 'fleet'),
  use(ROLES, 'zrangebyscore', 'executions'),
  use(ROLES, 'get', 'takenUp'),

  use(['apply'], 'hmget', 'snapshot'),
  use(['apply'], 'zrangebyscore', 'openPlans', 'retries'),
  use(['apply'], 'zrange', 'planIndex'),
  use(['apply'], 'xread', 'permitEvents'),
  use(['apply'], 'xinfo|groups xpending xtrim', ...GROUP_STREAMS, 'governorEvents'),

  use(['position-brain'], 'hset hdel hgetall', 'unknownFills'),
  use(['position-brain'], 'set', 'streamAlive'),
  use(['position-brain'], 'persist', 'ledger'),
  use(['apply'], 'get', 'exchangeCompared'),
  use(['apply'], 'set', 'exchangeCompared'),

  use(['governor'], 'zrem', 'openReservations'),

  // A stop: what may still be on its way, read on the operators' connection.
  use(['operator'], 'zrange', 'openPlans'),
  use(['operator'], 'hgetall', 'journal'),
  use(['operator'], 'zscore', 'retries'),

  // An operator at a shell: proof, and the redis-cli commands in operations.md.
  use(['operator'], 'mget get', 'killSwitch', 'arm', 'governorDisarm'),
  use(['operator'], 'get pttl', 'governorPermit', 'positionPermit'),
  use(['operator'], 'xread xrange xrevrange', 'planStream', 'permitEvents', 'resultStream'),
  use(['operator'], 'xrange xrevrange', 'governorEvents', 'deadLetters', ...AUDIT_STREAMS, 'earlierAudit'),
  use(['operator'], 'hgetall', 'auditHeads'),
  use(['operator', 'strategy'], 'xadd', 'proposalStream'),
  use(['strategy'], 'xadd', 'cellsProposals'),
  use(['strategy'], 'hset hgetall del expire', 'proposal'),
];

/** The rows that begin with a group: a role writes only those of its own. */
export const GROUP_ROWS: ReadonlySet<KeyName> = new Set<KeyName>(['lease', 'fleet']);
/** Commands on the {@link GROUP_ROWS} of every group; all others only on those of the own group. */
export const GROUP_READS: ReadonlySet<string> = new Set(['exists', 'hgetall']);

/** For every user; a health check needs no more. */
const EVERYBODYS = ['ping'] as const;

/** What one or several principals may do together. */
export interface Rights {
  /** Commands without keys. */
  readonly keyless: ReadonlySet<string>;
  /** The keys of each command. */
  readonly byCommand: ReadonlyMap<string, ReadonlySet<KeyName>>;
  /** Keys that a script declares. {@link byCommand} limits what it may do with them. */
  readonly declared: ReadonlySet<KeyName>;
}

/** The exact rights that the scripts and direct commands of these principals need. */
export function rightsOf(principals: readonly Connected[]): Rights {
  const keyless = new Set<string>(EVERYBODYS);
  const byCommand = new Map<string, Set<KeyName>>();
  const declared = new Set<KeyName>();
  const allow = (command: string, keys: readonly KeyName[]): void => {
    if (keys.length === 0) keyless.add(command);
    else byCommand.set(command, new Set([...(byCommand.get(command) ?? []), ...keys]));
  };
  for (const { by, commands, keys } of DIRECT) {
    if (by.some((principal) => principals.includes(principal))) for (const command of commands) allow(command, keys);
  }
  for (const [name, { runBy, keys }] of Object.entries(SCRIPTS) as [ScriptName, ScriptShape][]) {
    const by = runBy.flatMap((principal) => (principal === 'every role' ? ROLES : [principal]));
    for (const principal of principals.filter((each) => by.includes(each))) {
      const access = readScriptAccess(loadScript(name).text, keys);
      for (const command of access.keyless) allow(command, []);
      for (const [key, commands] of access.byKey) {
        const places = placesOf(key, principal);
        for (const place of places) declared.add(place);
        for (const command of commands) allow(command, places);
      }
    }
  }
  return { keyless, byCommand, declared };
}

/** The rows of the key table for a key name in a script; most names are those of their row. */
function placesOf(key: string, principal: Connected): readonly KeyName[] {
  if (key in KEY_TABLE) return [key as KeyName];
  if (key === 'state') return ['killSwitch', 'arm'];
  if (key === 'permit') return [principal === 'governor' ? 'governorPermit' : 'positionPermit'];
  if (key === 'repeatedJournal') return ['journal'];
  if (key === 'repeatedReservation') return ['reservation'];
  if (key === 'stream') return CONSUMED[principal];
  if (key === 'audit') return principal in AUDIT_OF ? [AUDIT_OF[principal as keyof typeof AUDIT_OF]] : [];
  if (key === 'renewed') return STREAMS;
  throw new RangeError(`no row of the key table is known for the script key ${key}`);
}
