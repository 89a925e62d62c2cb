import { type Principal, row } from './key-row.js';

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

/** The keys of those who operate the system: approvals, the fleet, dead letters, the audit, calls of the interface. */
export const OPERATION_KEYS = {
  fleet: row(
    'fleet:<group>',
    'hash',
    'each field 10 min after its last renewal',
    ['every role'],
    ['every role'],
    'instance → epoch ms of its last renewal, a blank, and JSON: what the process says about itself with each renewal of its lease',
  ),
  approval: row(
    'governor:approval:<plan_id>',
    'hash',
    'until its plan ends, at most 7 days',
    ['governor', 'operator'],
    ['every role', 'governor', 'operator'],
    'what people are asked about a plan that needs approval, as the Governor judged it, and what each of them answered',
    false,
    ['apply'],
  ),
  waitingApprovals: row(
    'governor:approvals',
    'zset',
    'each until its plan ends, 7 days at most',
    ['governor'],
    ['every role'],
    'plan ids that wait for the approval of a person, by the time since when',
    false,
    ['apply', 'operator'],
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
  accountClaims: row(
    '{account:<account>}:claims',
    'hash',
    '15 s, renewed',
    ['apply', 'position-brain'],
    ['apply', 'position-brain'],
    'process → when its deployment claimed the account, when that ends (epoch ms), and JSON: key prefix, symbols, instance, roles; all deployments on this Redis share it, so no prefix goes before it',
  ),
} as const;
