import { ATTENTIONS, type AttentionReason } from '../../gates/why/attention.js';

export type Severity = 'critical' | 'warning';

/** When something is told, and where to read on. */
export interface Told {
  readonly severity: Severity;
  /** How long it must last before it is told, and be over before that is told. */
  readonly lastsSec: number;
  readonly meaning: string;
  /** A page in docs/runbook. */
  readonly runbook?: string;
}

const critical = (lastsSec: number, runbook?: string) => ({ severity: 'critical', lastsSec, runbook }) as const;
const warning = (lastsSec: number, runbook?: string) => ({ severity: 'warning', lastsSec, runbook }) as const;

/** What the list of what needs a person knows. */
const OF_ATTENTION = {
  kill_switch_engaged: critical(0, 'KillSwitchEngaged'),
  disarmed: critical(0, 'Disarmed'),
  hold: critical(0, 'SymbolOnHold'),
  approval_waiting: critical(0, 'ApprovalWaiting'),
  order_unknown: critical(60, 'UnknownOrder'),
  drift: critical(15, 'PositionDrift'),
  ledger_missing: critical(60),
  snapshot_missing: critical(60, 'SnapshotStale'),
  snapshot_stale: critical(30, 'SnapshotStale'),
  symbol_fault: critical(30),
  role_missing: critical(15, 'ProcessDown'),
  redis_unfit: critical(15, 'RedisFault'),
  instance_not_ready: critical(60, 'ProcessNotReady'),
  instance_gone: warning(15, 'ProcessDown'),
  symbol_suspended: warning(0),
  dead_letters: warning(0, 'DeadLetters'),
  entries_left: warning(60, 'EntriesPending'),
  backlog: warning(60, 'StreamBacklog'),
  archive_behind: warning(60, 'ArchiveBehind'),
  archive_gap: warning(0, 'ArchiveGap'),
  version_differs: warning(300, 'VersionsDiffer'),
  configuration_differs: warning(300, 'VersionsDiffer'),
} as const satisfies Record<AttentionReason, object>;

/** What only the messages tell. */
const OWN = {
  exchange_banned: { ...critical(0, 'ExchangeBanned'), meaning: 'the exchange has banned this address for a while' },
  proposal_unserved: {
    ...critical(0, 'ProposalUnserved'),
    meaning: 'a standing proposal has asked for something and got no plan for NOTIFY_NO_PLAN_MIN minutes',
  },
  audit_fault: { ...critical(30, 'AuditFault'), meaning: 'a process cannot write its audit, or its audit is damaged' },
  redis_away: {
    ...critical(5, 'RedisFault'),
    meaning: 'Redis does not answer; told by the process that told last, by the others only after a minute',
  },
  process_died: { ...critical(0, 'ProcessDown'), meaning: 'a process ends by an error that nobody caught' },
  control_restored: {
    ...critical(0),
    meaning: 'Redis had lost a stop, and a process wrote it again',
  },
  certificate_expires: { ...warning(0), meaning: 'the TLS certificate of Redis expires within 14 days' },
  token_expires: { ...warning(0, 'TokenExpires'), meaning: 'a token of ADMIN_TOKENS_FILE expires within 7 days' },
  channel_down: { ...warning(60, 'NotifyChannelDown'), meaning: 'another channel has taken no message for a minute' },
} as const satisfies Record<string, object>;

export type ConditionReason = AttentionReason | keyof typeof OWN;

/** Every reason that is told, a closed set. docs/notifications.md is generated from here. */
export const CONDITIONS = {
  ...Object.fromEntries(
    Object.entries(OF_ATTENTION).map(([reason, told]) => [
      reason,
      { ...told, meaning: ATTENTIONS[reason as AttentionReason] },
    ]),
  ),
  ...OWN,
} as Readonly<Record<ConditionReason, Told>>;

/** What may come and go between two looks, by the word of the control event. The condition that it begins or ends, if any. */
export const MOMENTS = {
  KILL_SWITCH_ENGAGED: {
    severity: 'critical',
    of: 'kill_switch_engaged',
    effect: 'opens',
    says: 'The kill switch was engaged',
  },
  KILL_SWITCH_RELEASED: {
    severity: 'warning',
    of: 'kill_switch_engaged',
    effect: 'closes',
    says: 'The kill switch was released',
  },
  DISARMED: { severity: 'critical', of: 'disarmed', effect: 'opens', says: 'The system was disarmed' },
  AUTO_DISARM: { severity: 'critical', of: 'disarmed', effect: 'opens', says: 'A role disarmed the system' },
  ARMED: { severity: 'warning', of: 'disarmed', effect: 'closes', says: 'The system was armed' },
  CONTROL_RESTORED: {
    severity: 'critical',
    of: 'control_restored',
    effect: 'none',
    says: 'A lost stop was written again',
  },
  SYMBOL_SUSPENDED: { severity: 'warning', of: 'symbol_suspended', effect: 'opens', says: 'was suspended' },
  SYMBOL_ALLOWED: { severity: 'warning', of: 'symbol_suspended', effect: 'closes', says: 'was allowed again' },
  HOLD: { severity: 'critical', of: 'hold', effect: 'opens', says: 'was put on hold' },
  HOLD_CLEARED: { severity: 'warning', of: 'hold', effect: 'closes', says: 'was taken off its hold' },
} as const satisfies Record<
  string,
  { severity: Severity; of: ConditionReason; effect: 'opens' | 'closes' | 'none'; says: string }
>;
