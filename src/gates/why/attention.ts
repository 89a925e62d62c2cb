import { type Blocker, BLOCKERS, type BlockerReason } from './blocker.js';
import { type Difference, type Instance, instanceText, isLiving } from './fleet.js';
import { missingRoles } from './surroundings.js';

/** What needs a person besides what keeps a symbol from trading. docs/reasons.md is generated from here. */
const DEPLOYMENT_ATTENTIONS = {
  redis_unfit: 'Redis cannot be reached, or is not configured correctly',
  instance_gone: 'a process was lost, and did not end in order',
  instance_not_ready: 'a process cannot do its work',
  version_differs: 'processes of the deployment run different versions',
  configuration_differs: 'processes of the deployment have different configurations',
  entries_left: 'a dead consumer has entries that nobody handles',
  backlog: 'a consumer group has many unread entries',
  dead_letters: 'entries that could not be handled wait for a decision',
  archive_behind: 'the archive is not written, and what happens now is not in it yet',
  archive_gap: 'entries were trimmed in the last 24 hours before the archive had them',
} as const satisfies Record<string, string>;

/** Of what keeps a symbol from trading, what does not pass by itself and is not the strategy's to change. */
const FOR_PERSONS = [
  'kill_switch_engaged',
  'disarmed',
  'symbol_suspended',
  'hold',
  'order_unknown',
  'ledger_missing',
  'drift',
  'snapshot_missing',
  'snapshot_stale',
  'symbol_fault',
  'role_missing',
  'approval_waiting',
] as const satisfies readonly BlockerReason[];

export type AttentionReason = keyof typeof DEPLOYMENT_ATTENTIONS | (typeof FOR_PERSONS)[number];

/** Every reason with its meaning. A closed set: programs compare these words. */
export const ATTENTIONS = {
  ...Object.fromEntries(FOR_PERSONS.map((reason) => [reason, BLOCKERS[reason]])),
  ...DEPLOYMENT_ATTENTIONS,
} as Readonly<Record<AttentionReason, string>>;

/** One thing that needs a person, with the one command that helps. */
export interface Attention extends Omit<Blocker, 'reason'> {
  readonly reason: AttentionReason;
  readonly remedy: string;
  /** `undefined` for what is not of one symbol. */
  readonly symbol?: string | undefined;
  /** Which process, role or group it is about, where that is not in the reason. */
  readonly subject?: string | undefined;
}

/** What holds for a deployment at one instant. A part that Redis could not give is left out. */
export interface DeploymentFacts {
  readonly nowMs: number;
  readonly redisFault?: string | undefined;
  readonly fleet?:
    | {
        readonly instances: readonly Instance[];
        readonly missing: readonly { readonly role: string; readonly lastSeenMs: number | undefined }[];
        readonly differences: readonly Difference[];
      }
    | undefined;
  /** What keeps each symbol from trading. */
  readonly symbols?: ReadonlyMap<string, readonly Blocker[]> | undefined;
  readonly groups?: readonly GroupFacts[] | undefined;
  /** `more`: there are others that are not counted. */
  readonly deadLetters?: { readonly open: number; readonly more: boolean } | undefined;
  /** Where there is one. */
  readonly archive?: ArchiveFacts | undefined;
}

export interface ArchiveFacts {
  readonly behindEntries: number;
  /** For how long the oldest of them has waited. */
  readonly behindMs: number;
  /** `""` where the last write succeeded. */
  readonly error: string;
  readonly errorSinceMs: number | undefined;
  /** Entries that it will never have, and when the last of these were noticed. */
  readonly missed: number;
  readonly missedAtMs: number | undefined;
}

/** One consumer group. */
export interface GroupFacts {
  /** Without the prefix: `apply.plan`. */
  readonly stream: string;
  readonly group: string;
  readonly unread: number;
  /** Entries that its dead consumers have read and not acknowledged. */
  readonly left: number;
}

/** The consumer group of the archive. */
const ARCHIVE = 'archive';
/** The archive is written once a second; a start, and a database that restarts, take longer. */
export const ARCHIVE_LATE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A group that keeps up has some unread entries for a moment; at the highest load tested, some hundred. */
const MANY_UNREAD = 1_000;

/** Everything that needs a person: the deployment first, then symbol by symbol. */
export function needsPerson(facts: DeploymentFacts): readonly Attention[] {
  return [
    ...redis(facts),
    ...ofSymbols(facts, true),
    ...fleet(facts),
    ...streams(facts),
    ...deadLetters(facts),
    ...archive(facts),
    ...ofSymbols(facts, false),
  ];
}

function redis({ redisFault }: DeploymentFacts): Attention[] {
  if (redisFault === undefined) return [];
  return [{ reason: 'redis_unfit', text: sentence(`Redis: ${redisFault}`), remedy: 'permit-gate doctor' }];
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** The same for every symbol. Missing roles are those of the fleet. */
const OF_ALL: ReadonlySet<string> = new Set<BlockerReason>(['kill_switch_engaged', 'disarmed']);
const isForPersons = (reason: string): reason is (typeof FOR_PERSONS)[number] =>
  (FOR_PERSONS as readonly string[]).includes(reason);

function ofSymbols({ symbols = new Map(), fleet: known }: DeploymentFacts, shared: boolean): Attention[] {
  // Without a Position Brain no position is read: one cause, not one for each symbol.
  const isUnread = known?.missing.some(({ role }) => role === 'position-brain') === true;
  const found = [...symbols].flatMap(([symbol, blockers]) =>
    blockers.flatMap(({ reason, remedy, ...rest }): Attention[] => {
      if (!isForPersons(reason) || reason === 'role_missing' || OF_ALL.has(reason) !== shared) return [];
      if (isUnread && (reason === 'snapshot_missing' || reason === 'snapshot_stale')) return [];
      const helps = remedy ?? `permit-gate why ${symbol}`;
      return [{ ...rest, reason, remedy: helps, symbol: shared ? undefined : symbol }];
    }),
  );
  return [...new Map(found.map((each) => [each.text, each])).values()];
}

function fleet({ fleet: known, nowMs }: DeploymentFacts): Attention[] {
  if (known === undefined) return [];
  const { instances, missing, differences } = known;
  const nobody = missing.flatMap((role) =>
    missingRoles({ missingRoles: [role] }).map((blocker): Attention => {
      return { ...blocker, reason: 'role_missing', subject: role.role, remedy: blocker.remedy ?? 'permit-gate fleet' };
    }),
  );
  const unnamed = new Set(missing.map(({ role }) => role));
  const faulty = instances.flatMap((each): Attention[] => {
    const { role, instance, state, seenMs } = each;
    const text = `${role} ${instance}: ${instanceText(each, nowMs)}`;
    const subject = `${role} ${instance}`;
    if (state === 'not_ready') return [{ reason: 'instance_not_ready', subject, text, remedy: 'permit-gate doctor' }];
    if (state !== 'gone' || unnamed.has(role)) return [];
    const remedy = `ROLES=${role} INSTANCE_ID=${instance} permit-gate serve`;
    return [{ reason: 'instance_gone', subject, text, sinceMs: seenMs, remedy }];
  });
  return [...nobody, ...faulty, ...different(differences, instances.filter(isLiving).length)];
}

/** One line for each: who differs is in `permit-gate fleet`, and in the text. */
function different(differences: readonly Difference[], count: number): Attention[] {
  const named = (of: 'version' | 'configuration'): string =>
    differences
      .filter((each) => each.in.includes(of))
      .map(({ instance }) => `${instance.role} ${instance.instance}`)
      .join(', ');
  const [versions, configurations] = [named('version'), named('configuration')];
  const parts = [...new Set(differences.flatMap((each) => each.parts))].join(', ');
  const among = `of the ${count} processes`;
  return [
    ...(versions === ''
      ? []
      : [
          {
            reason: 'version_differs',
            text: `Different versions run: ${versions}, ${among}, differ from the others.`,
            remedy: 'permit-gate fleet',
          } as const,
        ]),
    ...(configurations === ''
      ? []
      : [
          {
            reason: 'configuration_differs',
            text: `Configurations differ${parts === '' ? '' : ` (${parts})`}: ${configurations}, ${among}, differ from the others.`,
            remedy: 'permit-gate fleet',
          } as const,
        ]),
  ];
}

function streams({ groups = [] }: DeploymentFacts): Attention[] {
  // No plan waits for the archive, which has reasons of its own.
  return groups
    .filter(({ group }) => group !== ARCHIVE)
    .flatMap(({ stream, group, unread, left }): Attention[] => [
      ...(left === 0
        ? []
        : [
            {
              reason: 'entries_left',
              subject: `${stream} ${group}`,
              text: `${left} entries of ${stream} are with dead consumers of the group ${group}. A live process of its role takes them over within 20 s.`,
              remedy: `permit-gate streams claim ${stream} ${group} --reason "…"`,
            } as const,
          ]),
      ...(unread < MANY_UNREAD
        ? []
        : [
            {
              reason: 'backlog',
              subject: `${stream} ${group}`,
              text: `The group ${group} has not read ${unread} entries of ${stream}.`,
              remedy: 'permit-gate streams',
            } as const,
          ]),
    ]);
}

function deadLetters({ deadLetters: found }: DeploymentFacts): Attention[] {
  if (found === undefined || found.open === 0) return [];
  const count =
    found.open === 1 ? 'One dead letter waits' : `${found.more ? 'At least ' : ''}${found.open} dead letters wait`;
  return [
    {
      reason: 'dead_letters',
      text: `${count} for a decision: replay or discard.`,
      remedy: 'permit-gate dead-letters',
    },
  ];
}

function archive({ archive: found, nowMs }: DeploymentFacts): Attention[] {
  if (found === undefined) return [];
  const { behindEntries, behindMs, error, errorSinceMs, missed, missedAtMs } = found;
  const remedy = 'permit-gate archive status';
  const waiting = `${behindEntries} ${behindEntries === 1 ? 'entry waits' : 'entries wait'} for the archive`;
  const why = error === '' ? 'No process writes it, or it does not keep up' : error;
  return [
    ...(behindMs < ARCHIVE_LATE_MS
      ? []
      : [
          {
            reason: 'archive_behind',
            text: sentence(`${waiting}, the oldest for ${Math.round(behindMs / 1_000)} s. ${why}`),
            sinceMs: errorSinceMs,
            remedy,
          } as const,
        ]),
    ...(missedAtMs === undefined || nowMs - missedAtMs > DAY_MS
      ? []
      : [
          {
            reason: 'archive_gap',
            text: `${missed} entries were trimmed before the archive had them; no other entries are missing.`,
            sinceMs: missedAtMs,
            remedy,
          } as const,
        ]),
  ];
}
