import type { GOVERNOR_REASONS, PLAN_REASONS, POSITION_REASONS, RESULT_ERRORS } from '../../../src/flow/0-reasons.js';
import type { AttentionReason } from '../../../src/gates/why/attention.js';
import type { BlockerReason } from '../../../src/gates/why/blocker.js';

export type Reason =
  | keyof typeof PLAN_REASONS
  | keyof typeof GOVERNOR_REASONS
  | keyof typeof POSITION_REASONS
  | keyof typeof RESULT_ERRORS
  | BlockerReason
  | AttentionReason;

/** What to do about a reason, and the one command to begin with. */
export interface Advice {
  readonly act: string;
  readonly command: string;
}

const WHY = 'permit-gate why SYMBOL';
const TRACE = 'permit-gate trace PLAN';
const STATUS = 'permit-gate status';
const FLEET = 'permit-gate fleet';
const STREAMS = 'permit-gate streams';
const DOCTOR = 'permit-gate doctor';
const LIMITS = 'permit-gate limits';
const RECONCILE = 'permit-gate reconcile SYMBOL --expected AMOUNT --reason "…"';

const advice = (act: string, command: string): Advice => ({ act, command });

const KILL = advice('Find out who engaged it and why. An admin releases it when the cause is gone.', STATUS);
const DISARMED = advice('Remove the cause, then an admin arms: the Governor disarms again otherwise.', STATUS);
const SUSPENDED = advice(
  'When the operator is done: an admin allows the symbol again.',
  'permit-gate allow SYMBOL --reason "…"',
);
const ALLOWLIST = advice(
  'Add the symbol to APPLY_ALLOWLIST and P33_ALLOWLIST of every process, if it is meant to trade.',
  'permit-gate config',
);
const NOTHING = advice('Nothing: the plan is tried again by itself.', TRACE);
const LIMIT = advice('Wait: `limits` says when it is free. Or raise the limit in config/symbols.yaml.', LIMITS);
const STRATEGY = advice('Correct the strategy: `trace` names the field, its value and what is allowed.', TRACE);
const AS_ASKED = advice('Nothing: this is as it should be.', TRACE);
const EXCHANGE = advice('Look at the part `exchange` of `/health/ready`. Check keys, network and a ban.', DOCTOR);
const MISMATCH = advice('Find out who traded. Then take the amount that you see at the exchange as known.', RECONCILE);
const HOLD = advice('Compare the position with the exchange, then reconcile or lift the hold.', WHY);
const POSITION_UNREAD = advice('A Position Brain must run and reach the exchange.', FLEET);
const REDIS = advice('Restore Redis; `doctor` names what is wrong with it.', DOCTOR);
const REPORT = advice('Read the error in the log of the role. If it comes again, report it with that line.', TRACE);
const ROLL = advice('Finish the roll, or go back: all processes should be the same.', FLEET);
const ARCHIVE = 'permit-gate archive status';
const APPROVAL = advice('Look at what it would do, then approve or reject it.', 'permit-gate approvals');

/** Every reason of every closed set: a new reason does not compile without its advice. */
export const ADVICE: Readonly<Record<Reason, Advice>> = {
  action_hold: AS_ASKED,
  archive_behind: advice('Repair what its last error names; trading goes on meanwhile.', ARCHIVE),
  archive_gap: advice('Nothing brings them back. Find out why the archive was behind.', ARCHIVE),
  approval_rejected: advice('Nothing. Only a new proposal makes a new plan.', TRACE),
  approval_required: APPROVAL,
  approval_waiting: APPROVAL,
  backlog: advice('Start the role that is behind. Skip what is too old to matter.', STREAMS),
  burst_limit: LIMIT,
  burst_limit_exceeded: LIMIT,
  configuration_differs: ROLL,
  cooldown: advice('Nothing: it passes by itself (P33_COOLDOWN_SEC).', WHY),
  cooldown_in_flight: NOTHING,
  daily_limit_exceeded: LIMIT,
  daily_notional_limit: LIMIT,
  daily_quantity_limit: LIMIT,
  dead_letters: advice('Replay or discard each.', 'permit-gate dead-letters'),
  disarmed: DISARMED,
  drift: MISMATCH,
  dry_run: advice('Set APPLY_MODE, if orders are meant to be sent.', 'permit-gate config'),
  duplicate_plan: AS_ASKED,
  entries_left: advice(
    'Wait 20 s. If they are still there, give them to a live consumer.',
    'permit-gate streams claim STREAM GROUP --reason "…"',
  ),
  evaluation_error: REPORT,
  exchange_banned: advice('Wait until it ends. Let other programs behind the address ask less.', STATUS),
  exchange_unavailable: NOTHING,
  exchange_unreachable: EXCHANGE,
  governor_denied: advice('See the reason of the Governor, which the result names.', TRACE),
  hold: HOLD,
  hourly_limit: LIMIT,
  hourly_limit_exceeded: LIMIT,
  in_flight: NOTHING,
  instance_gone: advice('Start it again with the same INSTANCE_ID.', FLEET),
  instance_not_ready: advice('Run `doctor` with the environment of that process.', DOCTOR),
  kill_score_critical: advice('Nothing: only closes pass at this kill score.', TRACE),
  kill_score_critical_non_close: advice('Nothing: only closes pass at this kill score.', TRACE),
  kill_score_warning_close_ok: AS_ASKED,
  kill_score_warning_risk_increase: advice('Nothing: only what reduces risk passes at this kill score.', TRACE),
  kill_switch_active: KILL,
  kill_switch_engaged: KILL,
  ledger_missing: advice('Take the amount that you see at the exchange as known.', RECONCILE),
  limit_computation_error: REPORT,
  missing_credentials: advice('Give Apply the keys of the exchange for its mode.', DOCTOR),
  missing_new_sl: STRATEGY,
  no_exchange_snapshot: POSITION_UNREAD,
  no_position: AS_ASKED,
  not_allowed: ALLOWLIST,
  not_in_allowlist: ALLOWLIST,
  order_in_flight: advice('Nothing: the order ends by itself, or is looked up.', WHY),
  order_not_found: NOTHING,
  order_outcome_unknown: advice(
    'Look for the client order id at the exchange, then say what you see.',
    'permit-gate resolve PLAN --outcome filled --qty AMOUNT --reason "…"',
  ),
  order_rejected: advice('See the code of the exchange in [refusals](../refusals.md).', TRACE),
  order_unknown: advice(
    'Give it a minute. Then look for the client order id at the exchange, and say what you see.',
    'permit-gate plans --state UNKNOWN',
  ),
  p33_denied: advice('See the reason of the Position Brain, which the result names.', TRACE),
  permit_check_redis_error: REDIS,
  permit_invalid: advice('If `trace` names a signature or a key, compare the keys.', 'permit-gate keys list'),
  permit_timeout: advice('Start the issuer that the reason names, or find out why it is slow.', FLEET),
  plan_ended: advice('Look why. `retry` makes one more attempt.', 'permit-gate retry PLAN --reason "…"'),
  plan_expired: advice('The issuer read it too late: look whether its group is behind.', STREAMS),
  plan_invalid: advice('Find out who wrote it: Apply publishes no such plan.', TRACE),
  position_changed: NOTHING,
  position_fetch_failed: advice(
    'Without a snapshot: look at the Position Brain. Without a price: open the addresses that the part `mark_prices` names.',
    FLEET,
  ),
  price_deviation: advice('Compare both prices with the exchange. A full close passes meanwhile.', TRACE),
  proposal_done: AS_ASKED,
  proposal_invalid: STRATEGY,
  proposal_missing: advice('Start the strategy, if it should ask for something.', WHY),
  proposal_stale: advice('Look whether the strategy runs, and at the clock of its machine.', WHY),
  proposal_superseded: AS_ASKED,
  proposal_withdrawn: AS_ASKED,
  qty_below_step: advice('Nothing is left to close in steps of the market. A full close takes what is left.', WHY),
  reconcile_hold_active: HOLD,
  reconcile_required_qty_mismatch: MISMATCH,
  reconcile_required_side_mismatch: MISMATCH,
  redis_settling: advice('Wait: it says until when.', WHY),
  redis_unfit: REDIS,
  repeat_suppressed: AS_ASKED,
  resting_reduce_orders: advice('Cancel the resting orders at the exchange, if they are not wanted.', WHY),
  role_missing: advice('Start a process of the role.', FLEET),
  snapshot_missing: POSITION_UNREAD,
  snapshot_stale: EXCHANGE,
  stale_exchange_state: EXCHANGE,
  symbol_fault: advice('`positions` names the key or the row, and the remedy.', 'permit-gate positions SYMBOL'),
  symbol_suspended: SUSPENDED,
  target_reached: AS_ASKED,
  unknown_action: STRATEGY,
  version_differs: ROLL,
};
