/**
 * Every reason this system gives, each in one closed set, each marked `retryable` (its cause may pass: the
 * plan may be tried again while its proposal is fresh) or `final`. docs/reasons.md is generated from here.
 */
export type RetryMark = 'retryable' | 'final';

interface ReasonNote {
  readonly mark: RetryMark;
  readonly meaning: string;
}

const note = (mark: RetryMark, meaning: string): ReasonNote => ({ mark, meaning });

/** Why Apply did not publish an executable plan; the plan's `reason_codes`. */
export const PLAN_REASONS = {
  kill_switch_active: note('retryable', 'the kill switch is engaged'),
  symbol_suspended: note('retryable', 'an operator has suspended the symbol'),
  not_in_allowlist: note('final', 'the symbol is not in APPLY_ALLOWLIST'),
  kill_score_critical: note('final', 'the kill score is at or above K_BLOCK_CRITICAL and the action is not a close'),
  kill_score_warning_close_ok: note(
    'final',
    'informational: the kill score is high and the action is a close, which passes',
  ),
  kill_score_warning_risk_increase: note(
    'final',
    'the kill score is at or above K_BLOCK_WARNING and the action keeps risk on',
  ),
  duplicate_plan: note('final', 'this plan was published before; counted, not published again'),
  missing_new_sl: note('final', 'UPDATE_SL without a usable new_sl_proposed'),
  action_hold: note('final', 'the strategy asks for nothing'),
  unknown_action: note('final', 'harvest_action is none of the known actions'),
  proposal_stale: note('final', 'the proposal is older than APPLY_PROPOSAL_MAX_AGE_SEC'),
  proposal_invalid: note('final', 'a field of the proposal is missing or malformed'),
  repeat_suppressed: note('final', 'the same standing proposal was carried out already (APPLY_REPEAT_POLICY)'),
  disarmed: note('final', 'the system is disarmed: the plan takes the dry-run path'),
  proposal_withdrawn: note('final', 'the strategy has since asked for HOLD, or its hash is deleted or unreadable'),
  proposal_superseded: note('final', 'the strategy has since asked for another action, or used another proposal_id'),
  target_reached: note('final', 'the position is at the target of the proposal: nothing is left to close'),
} as const satisfies Record<string, ReasonNote>;

/** Why the Governor gave no permit. */
export const GOVERNOR_REASONS = {
  kill_score_critical_non_close: note(
    'final',
    'the kill score is at or above GOV_KILL_SCORE_CRITICAL and the action is not a close',
  ),
  hourly_limit_exceeded: note('final', 'executions of this symbol in the last hour reached GOV_MAX_EXEC_PER_HOUR'),
  burst_limit_exceeded: note(
    'final',
    'executions of this symbol in the last five minutes reached GOV_MAX_EXEC_PER_5MIN',
  ),
  daily_limit_exceeded: note('final', 'the notional or quantity reduced this UTC day would pass its limit'),
  position_fetch_failed: note(
    'retryable',
    'no fresh snapshot with a mark price to compute the notional from; for a partial close also no own mark price of the last 60 s',
  ),
  price_deviation: note(
    'retryable',
    "the snapshot's mark price differs from the Governor's own by more than GOV_PRICE_BAND_PCT; a full close passes and counts at the higher price plus that share",
  ),
  limit_computation_error: note('retryable', 'the limits could not be read or computed'),
  evaluation_error: note('retryable', 'the evaluation itself failed; counts towards auto-disarm'),
  plan_expired: note('retryable', 'the window of this attempt had passed'),
  not_in_allowlist: note('final', 'the symbol is not in the allowlist'),
  approval_required: note(
    'final',
    'a person must approve this plan first (GOV_APPROVAL, GOV_APPROVAL_ABOVE_USD); approving it gives it another attempt',
  ),
  approval_rejected: note('final', 'an operator rejected this plan; the same proposal stays rejected'),
  kill_switch_active: note('final', 'the kill switch is engaged, or is missing from Redis or unreadable'),
  disarmed: note('final', 'the system is disarmed and the plan is not a dry run'),
  symbol_suspended: note('final', 'an operator has suspended the symbol'),
} as const satisfies Record<string, ReasonNote>;

/** Why the Position Brain gave no permit. */
export const POSITION_REASONS = {
  no_exchange_snapshot: note('retryable', 'no snapshot of this symbol has been read yet'),
  stale_exchange_state: note('retryable', 'the snapshot is older than P33_STALE_THRESHOLD_SEC'),
  no_position: note('final', 'the exchange says the symbol is flat'),
  reconcile_required_side_mismatch: note('final', 'exchange and ledger are on opposite sides'),
  reconcile_required_qty_mismatch: note('final', 'exchange and ledger differ by more than the tolerance'),
  reconcile_hold_active: note('final', 'the symbol is on hold until an operator reconciles it'),
  cooldown_in_flight: note(
    'retryable',
    'an order of ours is open, the last fill is younger than P33_COOLDOWN_SEC, or no snapshot is younger than that fill',
  ),
  qty_below_step: note('final', 'the share to close rounds down to less than one step'),
  resting_reduce_orders: note('final', 'resting reduce-only orders take the whole closable amount'),
  exchange_unreachable: note('retryable', 'positions cannot be read from the exchange'),
  not_in_allowlist: note('final', 'the symbol is not in P33_ALLOWLIST'),
  plan_expired: note('retryable', 'the window of this attempt had passed'),
  plan_invalid: note('final', 'the plan entry is malformed or asks for something other than one reduction'),
  evaluation_error: note('retryable', 'the evaluation itself failed'),
  kill_switch_active: note('final', 'the kill switch is engaged, or is missing from Redis or unreadable'),
  disarmed: note('final', 'the system is disarmed and the plan is not a dry run'),
  symbol_suspended: note('final', 'an operator has suspended the symbol'),
} as const satisfies Record<string, ReasonNote>;

/** The `error` of a result; `""` (no error) is not listed. */
export const RESULT_ERRORS = {
  permit_timeout: note('retryable', 'the window passed without a permit; the reason names its issuer'),
  governor_denied: note('final', "the Governor said no; the result's reason is its reason and decides about a retry"),
  p33_denied: note('final', "the Position Brain said no; the result's reason is its reason and decides about a retry"),
  permit_invalid: note('final', 'a permit was malformed, expired or made for something else'),
  permit_check_redis_error: note('retryable', 'the permits could not be read from Redis'),
  plan_expired: note('retryable', 'the plan was found after its window'),
  kill_switch_active: note('final', 'the kill switch was engaged before the order was claimed'),
  disarmed: note('final', 'the system was disarmed: nothing was sent'),
  symbol_suspended: note('final', 'an operator suspended the symbol before the order was claimed'),
  proposal_withdrawn: note(
    'final',
    'the strategy withdrew its proposal before the claim: HOLD, or its hash was deleted',
  ),
  proposal_superseded: note(
    'final',
    'the strategy replaced its proposal before the claim: another action or proposal_id',
  ),
  target_reached: note('final', 'the position is at the target of the proposal: nothing is left to close'),
  in_flight: note('retryable', 'another order of this system is open on the symbol'),
  position_changed: note('retryable', 'the position moved after the permit was given'),
  no_position: note('final', 'there was nothing left to close'),
  missing_credentials: note('retryable', 'no usable exchange credentials'),
  order_rejected: note('final', 'the exchange refused the order for good'),
  order_not_found: note('retryable', 'the order is proven never to have reached the exchange'),
  order_outcome_unknown: note('final', 'the outcome could not be settled; an operator must resolve it'),
  exchange_unavailable: note(
    'retryable',
    'the exchange did not take the order for now, or ended it with nothing filled',
  ),
} as const satisfies Record<string, ReasonNote>;

export type PlanReason = keyof typeof PLAN_REASONS;
export type GovernorReason = keyof typeof GOVERNOR_REASONS;
export type PositionReason = keyof typeof POSITION_REASONS;
export type ResultError = keyof typeof RESULT_ERRORS | '';

export function isGovernorReason(text: string): text is GovernorReason {
  return Object.hasOwn(GOVERNOR_REASONS, text);
}

export function isPositionReason(text: string): text is PositionReason {
  return Object.hasOwn(POSITION_REASONS, text);
}

/** Whether an attempt that ended with `error` (and, for a denial, the issuer's `reason`) may be followed by another. */
export function isRetryable(error: ResultError, reason: string): boolean {
  switch (error) {
    case '':
      return false;
    case 'governor_denied':
      return isGovernorReason(reason) && GOVERNOR_REASONS[reason].mark === 'retryable';
    case 'p33_denied':
      return isPositionReason(reason) && POSITION_REASONS[reason].mark === 'retryable';
    default:
      return RESULT_ERRORS[error].mark === 'retryable';
  }
}
