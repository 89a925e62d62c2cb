/**
 * The one place that builds Redis keys. Every key of the system is a row here: pattern, type, lifetime, writers, readers,
 * content. docs/redis-keys.md is generated from this table, and a test fails if the two differ.
 */
export type Principal = 'strategy' | 'apply' | 'governor' | 'position-brain' | 'operator' | 'every role' | 'backup';

export interface KeyRow {
  /** After the prefix; `<…>` are the variable parts. */
  readonly pattern: string;
  readonly type: 'string' | 'hash' | 'list' | 'stream' | 'zset';
  readonly life: string;
  readonly writers: readonly Principal[];
  readonly readers: readonly Principal[];
  /** Who may only delete or trim. */
  readonly removers: readonly Principal[];
  readonly content: string;
  /** True if the guide's services also use the key; its name and format must not change. */
  readonly shared: boolean;
}

const row = <const P extends string>(
  pattern: P,
  type: KeyRow['type'],
  life: string,
  writers: readonly Principal[],
  readers: readonly Principal[],
  content: string,
  shared = false,
  removers: readonly Principal[] = [],
) => ({ pattern, type, life, writers, readers, removers, content, shared });

const STREAM_LIFE = 'about 10 000 entries, more while a group still needs them';

const AUDIT_CONTENT =
  'who did what, when, from where, with the state before and after; each entry has the hash of the previous one';
const auditRow = <const R extends Principal>(role: R) =>
  row(
    `stream:audit:${role}:<instance>`,
    'stream',
    'AUDIT_RETENTION_DAYS',
    [role, 'operator'],
    ['every role', 'operator'],
    AUDIT_CONTENT,
  );

export const KEY_TABLE = {
  proposal: row(
    'harvest:proposal:<symbol>',
    'hash',
    'the strategy decides',
    ['strategy'],
    ['apply'],
    'the standing proposal of one symbol',
    true,
  ),
  proposalStream: row(
    'stream:harvest.proposal',
    'stream',
    STREAM_LIFE,
    ['strategy', 'operator'],
    ['apply'],
    'proposals that must not wait for the next poll',
    false,
    ['apply'],
  ),
  planStream: row(
    'stream:apply.plan',
    'stream',
    STREAM_LIFE,
    ['apply', 'operator'],
    ['governor', 'position-brain', 'apply'],
    'one entry per published attempt',
    true,
  ),
  resultStream: row(
    'stream:apply.result',
    'stream',
    STREAM_LIFE,
    ['apply', 'operator'],
    ['governor', 'position-brain'],
    'one entry per terminal outcome',
    true,
  ),
  dedupe: row(
    'apply:dedupe:<plan_id>',
    'string',
    'APPLY_DEDUPE_TTL_SEC',
    ['apply'],
    ['apply'],
    'the mode the plan was published in',
    true,
    ['operator'],
  ),
  governorPermit: row(
    'permit:<plan_id>',
    'string',
    'GOV_PERMIT_TTL',
    ['governor', 'operator'],
    ['apply'],
    "JSON: the Governor's permit",
    true,
    ['apply'],
  ),
  positionPermit: row(
    'permit:p33:<plan_id>',
    'string',
    'P33_PERMIT_TTL',
    ['position-brain'],
    ['apply'],
    "JSON: the Position Brain's permit or denial",
    true,
    ['apply', 'operator'],
  ),
  snapshot: row(
    'position:snapshot:<symbol>',
    'hash',
    '3600 s',
    ['position-brain'],
    ['position-brain', 'governor', 'apply'],
    'the position that the exchange reports, and when',
    true,
  ),
  ledger: row(
    'position:ledger:<symbol>',
    'hash',
    'none',
    ['position-brain', 'operator'],
    ['position-brain', 'apply'],
    'the position that explained fills add up to',
    true,
  ),
  governorBlock: row(
    'governor:block:<plan_id>',
    'string',
    '3600 s',
    ['governor'],
    ['apply'],
    'JSON: why the Governor denied',
    true,
    ['apply'],
  ),
  governorEvents: row(
    'stream:governor.events',
    'stream',
    STREAM_LIFE,
    ['every role', 'operator'],
    ['operator'],
    'auto-disarm, holds, control changes',
    true,
  ),
  keptEvents: row(
    'events:kept',
    'list',
    'until the event stream takes them; 1 000 at most',
    ['every role', 'operator'],
    ['every role', 'operator'],
    'JSON: events that the event stream could not take, oldest first',
  ),

  journal: row(
    'apply:journal:<plan_id>',
    'hash',
    'none while open, then 7 days',
    ['apply', 'operator'],
    ['every role'],
    'state, attempt, window, intent and result of a plan',
  ),
  openPlans: row(
    'apply:open',
    'zset',
    'none',
    ['apply'],
    ['every role'],
    'plan ids of open plans by the time they are due for a check',
    false,
    ['operator'],
  ),
  retries: row(
    'apply:retries',
    'zset',
    'none',
    ['apply', 'operator'],
    ['apply'],
    'plan ids by the time of their next attempt',
  ),
  planIndex: row(
    'apply:plans',
    'zset',
    'newest 10 000',
    ['apply'],
    ['apply'],
    'plan ids by time of publishing, for the list',
  ),
  trace: row(
    'apply:trace:<plan_id>',
    'list',
    '7 days after the last result',
    ['apply', 'operator'],
    ['apply'],
    'JSON steps of every attempt with their times in ms',
  ),
  inflight: row(
    'apply:inflight:<symbol>',
    'string',
    'while claimed or unknown; after a fill until the ledger counts it or the cooldown ends',
    ['apply', 'operator'],
    ['apply', 'position-brain'],
    'plan_id:attempt that has an order open; after a comma those that it repeats, while they are unknown',
    false,
    ['position-brain'],
  ),
  unsettled: row(
    'apply:unsettled:<symbol>',
    'string',
    'until the ledger counts the fill, at most 7 days',
    ['apply', 'operator'],
    ['position-brain'],
    'plan_id:attempt whose fill the ledger has not counted yet',
    false,
    ['position-brain'],
  ),
  standing: row(
    'apply:standing:<symbol>',
    'hash',
    'none',
    ['apply'],
    ['apply'],
    "the strategy's present request: action, close_pct, proposal_id, stop, epoch, source, a generation that rises with every other request, its plan, the plan of an operator on the symbol, and the episode of the symbol",
  ),
  takenUp: row(
    'apply:taken-up:<symbol>:<identity>',
    'string',
    '7 days after its last change',
    ['apply', 'operator'],
    ['apply'],
    'JSON: one taken-up proposal: side, amount, target, whether it is done',
  ),
  refused: row(
    'apply:refused:<symbol>',
    'string',
    'APPLY_DEDUPE_TTL_SEC',
    ['apply'],
    ['apply'],
    'digest of the last refusal, so that it is reported once',
  ),
  permitEvents: row(
    'stream:permit.events',
    'stream',
    'about 10 000 entries',
    ['governor', 'position-brain', 'operator'],
    ['apply', 'governor', 'position-brain'],
    'every verdict with its bytes; wakes the waiting plan, and tells an issuer what to take back at a stop',
  ),
  epoch: row(
    'position:epoch:<symbol>',
    'string',
    'none',
    ['apply', 'position-brain', 'operator'],
    ['apply', 'position-brain'],
    'raised when permits based on the old position must not be used',
  ),
  hold: row(
    'position:hold:<symbol>',
    'string',
    'until cleared',
    ['position-brain', 'operator', 'apply'],
    ['every role'],
    'JSON: why the symbol is blocked',
  ),
  ledgerSeen: row(
    'position:ledger-seen:<symbol>',
    'string',
    'none',
    ['position-brain', 'operator'],
    ['position-brain'],
    'remembers that a ledger existed: the time of its last fill in ms, 1 before there was one',
  ),
  fill: row(
    'position:fill:<symbol>:<order>',
    'string',
    '7 days',
    ['position-brain'],
    ['every role'],
    'cumulative quantity of one order that the ledger has counted',
  ),
  unknownFills: row(
    'position:unknown-fills',
    'hash',
    'each until it is looked up, 7 days at most',
    ['position-brain'],
    ['position-brain'],
    'symbol:order → JSON: an order that a result calls executed without a quantity, to be looked up at the exchange',
  ),
  exchangeCompared: row(
    'exchange:compared',
    'string',
    '7 days',
    ['apply'],
    ['apply'],
    'epoch ms of the exchange: orders placed until then were compared with the records here; one of ours that was missing has disarmed the system',
  ),
  streamAlive: row(
    'position:stream-alive',
    'string',
    '7 days',
    ['position-brain'],
    ['every role'],
    'JSON: since_ms and last_ms: between them the user-data stream was alive without a gap, and what it reported is counted',
  ),
  positionIssued: row(
    'position:issued:<plan_id>',
    'string',
    '60 s',
    ['position-brain'],
    ['position-brain'],
    'mark that a plan of a foreign Apply has its verdict',
  ),
  executions: row(
    'governor:executions:<symbol>',
    'zset',
    'three hours',
    ['governor'],
    ['governor'],
    'plan_id:attempt by time: reserved or committed executions',
  ),
  usage: row(
    'governor:usage:<symbol>',
    'hash',
    '2 days',
    ['governor'],
    ['governor'],
    'day, notional, qty, version: the usage of the UTC day',
  ),
  reservation: row(
    'governor:reservation:<plan_id>:<attempt>',
    'hash',
    '2 days',
    ['governor'],
    ['governor'],
    'what one attempt reserved and whether it was committed; fill_of: executed with an unknown quantity, kept until its fill is known',
  ),
  openReservations: row(
    'governor:reservations',
    'zset',
    'none',
    ['governor'],
    ['governor'],
    'plan_id:attempt of reservations that wait for their result or their fill, by the time of their last check',
  ),
  governorErrors: row(
    'governor:errors',
    'zset',
    'GOV_DISARM_ERROR_WINDOW_SEC',
    ['governor'],
    ['governor'],
    'evaluation errors in the rolling window',
  ),
  governorDisarm: row(
    'governor:disarm',
    'string',
    'until an operator arms',
    ['every role'],
    ['every role'],
    'JSON: auto-disarm, latched; it can only disarm',
    false,
    ['operator'],
  ),
  killSwitch: row(
    'control:kill-switch',
    'string',
    'none',
    ['operator'],
    ['every role'],
    'JSON: engaged, by, reason, at',
  ),
  arm: row('control:arm', 'string', 'none', ['operator'], ['every role'], 'JSON: armed, by, reason, at'),
  account: row(
    'meta:account',
    'string',
    'none',
    ['apply', 'position-brain', 'operator'],
    ['every role'],
    'account and mode of this prefix; if it exists, missing control state was lost',
  ),
  server: row(
    'meta:server',
    'hash',
    'none',
    ['every role', 'operator'],
    ['every role'],
    'run_id and replid of the server that wrote the data; changed_ms: when another server answered; settle_until_ms: nothing is claimed before it; clock_steps_ms: the sum of all steps of its clock, and which of them the stored times include',
  ),
  probe: row(
    'probe:<instance>',
    'string',
    '5 s',
    ['every role'],
    ['every role'],
    'proves that this user may write under the prefix',
  ),
  lease: row(
    'lease:<group>:<instance>',
    'string',
    '10 s, renewed',
    ['every role'],
    ['every role'],
    'which live process uses a consumer name; instance `@reader`, 3 s: which Position Brain reads the account',
  ),
  deadLetters: row(
    'stream:dead.letters',
    'stream',
    'newest 10 000',
    ['every role', 'operator'],
    ['operator'],
    'entries that could not be read or handled, with the reason',
  ),
  settledDeadLetters: row(
    'dead-letters:settled',
    'hash',
    'as long as the dead letter',
    ['operator'],
    ['operator'],
    'dead letter id → JSON: replayed or discarded, by whom, why, when',
  ),
  auditApply: auditRow('apply'),
  auditPositionBrain: auditRow('position-brain'),
  auditGovernor: auditRow('governor'),
  auditHeads: row(
    'audit:heads',
    'hash',
    'none',
    ['every role'],
    ['every role', 'operator'],
    'role:instance → the end of its audit chain: number, hash, key id, keyed digest of these',
  ),
  earlierAudit: row(
    'stream:audit',
    'stream',
    'none; nothing writes it',
    [],
    ['every role', 'operator'],
    'the audit of versions that had one chain for all processes',
  ),
  idempotency: row(
    'api:idempotency:<token>:<key>',
    'string',
    '24 hours',
    ['every role'],
    ['every role'],
    'JSON: digest and answer of a changing call, to answer a repeated call',
  ),
  session: row(
    'api:session:<sha256>',
    'string',
    '1 hour after its last use',
    ['every role'],
    ['every role'],
    "JSON: the name of a token, and a proof by the token's digest; under the hash of the cookie",
  ),
  ban: row(
    'exchange:banned-until',
    'string',
    'until it ends',
    ['every role'],
    ['every role'],
    'epoch ms before which no process may call the exchange',
  ),
  exchangeUsage: row(
    'exchange:usage',
    'hash',
    '2 min',
    ['every role'],
    ['every role'],
    'weight and orders that the address has used, with EXCHANGE_ADDRESS_GROUP alone',
  ),
} as const satisfies Record<string, KeyRow>;

export type KeyName = keyof typeof KEY_TABLE;

type Parts<P extends string> = P extends `${string}<${string}>${infer Rest}` ? [string, ...Parts<Rest>] : [];

/** One function per row of {@link KEY_TABLE}, taking the pattern's variable parts in order. */
export type Keys = { readonly [N in KeyName]: (...parts: Parts<(typeof KEY_TABLE)[N]['pattern']>) => string };

/** Builds the key functions for a prefix such as `quantum:` or, on Redis Cluster, `{quantum:0}:`. */
export function keysFor(prefix: string): Keys {
  const builders = Object.entries(KEY_TABLE).map(([name, { pattern }]) => {
    const [first = '', ...after] = pattern.split(/<[^>]*>/);
    const start = prefix + first;
    const build = (...parts: string[]): string => {
      let key = start;
      for (const [index, piece] of after.entries()) key += (parts[index] ?? '') + piece;
      return key;
    };
    return [name, build] as const;
  });
  return Object.fromEntries(builders) as Keys;
}
