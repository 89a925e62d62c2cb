/**
 * Every Lua script with the names of its KEYS and ARGV in order and the words it may answer with. Each file under `lua/`
 * carries the same in its header; a test compares the two.
 */
interface ScriptShape {
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** True where a flat list of stream fields follows the named arguments. */
  readonly rest: boolean;
  readonly replies: readonly string[];
}

const script = <const K extends readonly string[], const A extends readonly string[], const R extends readonly string[]>(
  keys: K,
  args: A,
  replies: R,
  rest = false,
) => ({ keys, args, replies, rest });

export const SCRIPTS = {
  publish_plan: script(
    ['dedupe', 'journal', 'openPlans', 'retries', 'planStream', 'governorPermit', 'positionPermit', 'governorBlock', 'planIndex', 'trace'],
    ['token', 'planId', 'attempt', 'mode', 'dedupeTtlMs', 'windowMs', 'maxAttempts', 'freshUntilMs', 'symbol', 'action', 'proposal'],
    ['published', 'duplicate', 'attempt_is', 'backing_off', 'exhausted'],
    true,
  ),
  publish_refusal: script(
    ['dedupe', 'journal', 'refused', 'planStream', 'resultStream', 'planIndex', 'trace'],
    ['digest', 'planId', 'refusedTtlMs', 'keepMs', 'state', 'symbol', 'action', 'detail', 'planFieldCount'],
    ['refused', 'duplicate', 'repeated'],
    true,
  ),
  take_plan: script(
    ['journal', 'governorPermit', 'positionPermit', 'governorBlock', 'trace'],
    ['attempt', 'owner'],
    ['waiting', 'expired', 'closed', 'no_journal'],
  ),
  claim_permits: script(
    ['journal', 'governorPermit', 'positionPermit', 'killSwitch', 'arm', 'governorDisarm', 'hold', 'inflight', 'epoch', 'openPlans', 'trace'],
    ['token', 'planId', 'attempt', 'governorBytes', 'positionBytes', 'positionEpoch', 'clientOrderId', 'side', 'quantity', 'signedMs', 'acceptMs'],
    ['claimed', 'taken', 'expired', 'kill_switch_active', 'disarmed', 'on_hold', 'in_flight', 'position_changed', 'permit_gone', 'permit_changed'],
  ),
  recheck_claim: script(
    ['journal', 'killSwitch', 'arm', 'governorDisarm', 'hold', 'inflight', 'openPlans', 'trace'],
    ['token', 'planId', 'attempt', 'signedMs', 'acceptMs'],
    ['claimed', 'taken', 'expired', 'kill_switch_active', 'disarmed', 'on_hold', 'in_flight'],
  ),
  claim_dry_run: script(
    [
      'journal', 'governorPermit', 'positionPermit', 'killSwitch', 'hold', 'inflight', 'epoch', 'openPlans', 'retries', 'resultStream',
      'planStream', 'dedupe', 'trace',
    ],
    ['token', 'planId', 'attempt', 'governorBytes', 'positionBytes', 'positionEpoch', 'state', 'group', 'keepMs', 'quantity', 'side'],
    ['claimed', 'taken', 'expired', 'kill_switch_active', 'on_hold', 'in_flight', 'position_changed', 'permit_gone', 'permit_changed'],
    true,
  ),
  record_result: script(
    ['journal', 'governorPermit', 'positionPermit', 'inflight', 'openPlans', 'retries', 'resultStream', 'planStream', 'dedupe', 'trace', 'episode'],
    [
      'token', 'planId', 'attempt', 'fromStates', 'onlyAfterDeadline', 'claimToken', 'state', 'guard', 'guardMs', 'retryAfterMs', 'maxTries',
      'releaseDedupe', 'group', 'keepMs', 'episodeValue', 'episodeTtlMs',
    ],
    ['recorded', 'closed', 'early'],
    true,
  ),
  note_order: script(['journal', 'openPlans', 'trace'], ['planId', 'attempt', 'kind', 'detail', 'lookAgainMs'], ['noted', 'closed']),
  issue_permit: script(
    ['journal', 'positionPermit', 'positionIssued', 'permitEvents', 'planStream'],
    ['planId', 'attempt', 'deadlineMs', 'verdict', 'permit', 'ttlMs', 'group', 'entryId', 'eventsMaxLen'],
    ['issued', 'closed', 'expired'],
  ),
  issue_governor_permit: script(
    ['journal', 'governorPermit', 'permitEvents', 'planStream', 'executions', 'usage', 'reservation', 'openReservations', 'governorDisarm'],
    [
      'planId', 'attempt', 'deadlineMs', 'permit', 'ttlMs', 'group', 'entryId', 'eventsMaxLen', 'reserve', 'usageVersion', 'day', 'dayNotional',
      'dayQty', 'notional', 'qty', 'symbol',
    ],
    ['issued', 'closed', 'expired', 'already_issued', 'usage_changed'],
  ),
  governor_block: script(
    ['journal', 'governorBlock', 'permitEvents', 'planStream'],
    ['planId', 'attempt', 'deadlineMs', 'block', 'ttlMs', 'group', 'entryId', 'eventsMaxLen'],
    ['issued', 'closed'],
  ),
  settle_reservation: script(
    ['reservation', 'openReservations', 'executions', 'usage', 'resultStream'],
    ['planId', 'attempt', 'outcome', 'usageVersion', 'dayNotional', 'dayQty', 'group', 'entryId'],
    ['settled', 'nothing', 'usage_changed'],
  ),
  read_governor_evidence: script(
    ['journal', 'snapshot', 'executions', 'usage', 'killSwitch', 'arm', 'governorDisarm', 'reservation'],
    ['burstMs', 'hourMs'],
    ['evidence'],
  ),
  read_position_evidence: script(['journal', 'snapshot', 'ledger', 'hold', 'inflight', 'epoch', 'ledgerSeen'], [], ['evidence']),
  record_snapshot: script(
    ['snapshot', 'epoch'],
    ['tsMs', 'amount', 'side', 'entryPrice', 'markPrice', 'unrealizedPnl', 'leverage', 'source', 'restingReduceQty', 'ttlSec'],
    ['recorded', 'older'],
  ),
  apply_fill: script(
    ['ledger', 'fill', 'epoch', 'inflight', 'ledgerSeen', 'resultStream'],
    [
      'expectedAmt', 'expectedVersion', 'expectedCounted', 'newAmt', 'newCounted', 'planId', 'attempt', 'orderId', 'executedQty', 'side',
      'fillMs', 'fillTtlMs', 'group', 'entryId', 'moved',
    ],
    ['applied', 'changed'],
  ),
  set_ledger: script(
    ['ledger', 'snapshot', 'inflight', 'hold', 'epoch', 'ledgerSeen', 'governorEvents'],
    ['expectedExchangeAmt', 'source', 'reason', 'onlyIfAbsent', 'keepOperatorHold', 'minSnapshotMs', 'actor'],
    ['set', 'exists', 'in_flight', 'exchange_amount_is', 'no_snapshot', 'snapshot_old'],
  ),
  set_hold: script(['hold', 'governorEvents', 'epoch'], ['hold', 'symbol', 'reason', 'onlyIfAbsent'], ['held', 'exists']),
  clear_hold: script(['hold', 'governorEvents'], ['symbol', 'reason', 'actor'], ['cleared', 'absent']),
  init_control: script(['killSwitch', 'arm', 'account'], ['killSwitch', 'arm', 'account', 'compatible'], ['ready', 'other_account']),
  set_control: script(['state', 'governorDisarm', 'governorEvents'], ['value', 'event', 'reason', 'context', 'liftGovernorDisarm'], ['set']),
  governor_disarm: script(['governorDisarm', 'governorEvents'], ['value', 'reason', 'context'], ['disarmed', 'already']),
  count_governor_error: script(['governorErrors'], ['id', 'windowMs'], ['counted']),
  dead_letter: script(['deadLetters', 'stream'], ['group', 'entryId', 'reason', 'deliveries', 'fields'], ['set_aside']),
  hold_lease: script(['lease'], ['token', 'ttlMs'], ['held', 'taken']),
  drop_lease: script(['lease'], ['token'], ['dropped', 'not_ours']),
} as const satisfies Record<string, ScriptShape>;

export type ScriptName = keyof typeof SCRIPTS;
export type ScriptKeys<N extends ScriptName> = Readonly<Record<(typeof SCRIPTS)[N]['keys'][number], string>>;
export type ScriptArgs<N extends ScriptName> = Readonly<Record<(typeof SCRIPTS)[N]['args'][number], string | number>>;
export type ScriptWord<N extends ScriptName> = (typeof SCRIPTS)[N]['replies'][number];
