// Generated from src/flow/0-reasons.ts and src/gates/why by `npm run docs`. Change it there, not here.

/** Of each closed set its words, each with its meaning and its mark (`""`: the set has no marks). */
export const REASONS: Readonly<Record<string, Readonly<Record<string, readonly [meaning: string, mark: string]>>>> = {
  "plan": {
    "kill_switch_active": [
      "the kill switch is engaged",
      "retryable"
    ],
    "symbol_suspended": [
      "an operator has suspended the symbol",
      "retryable"
    ],
    "not_in_allowlist": [
      "the symbol is not in APPLY_ALLOWLIST",
      "final"
    ],
    "kill_score_critical": [
      "the kill score is at or above K_BLOCK_CRITICAL and the action is not a close",
      "final"
    ],
    "kill_score_warning_close_ok": [
      "informational: the kill score is high and the action is a close, which passes",
      "final"
    ],
    "kill_score_warning_risk_increase": [
      "the kill score is at or above K_BLOCK_WARNING and the action keeps risk on",
      "final"
    ],
    "duplicate_plan": [
      "this plan was published before; counted, not published again",
      "final"
    ],
    "missing_new_sl": [
      "UPDATE_SL without a usable new_sl_proposed",
      "final"
    ],
    "action_hold": [
      "the strategy asks for nothing",
      "final"
    ],
    "unknown_action": [
      "harvest_action is none of the known actions",
      "final"
    ],
    "proposal_stale": [
      "the proposal is older than APPLY_PROPOSAL_MAX_AGE_SEC",
      "final"
    ],
    "proposal_invalid": [
      "a field of the proposal is missing or malformed",
      "final"
    ],
    "repeat_suppressed": [
      "the same standing proposal was carried out already (APPLY_REPEAT_POLICY)",
      "final"
    ],
    "disarmed": [
      "the system is disarmed: the plan takes the dry-run path",
      "final"
    ],
    "proposal_withdrawn": [
      "the strategy has since asked for HOLD, or its hash is deleted or unreadable",
      "final"
    ],
    "proposal_superseded": [
      "the strategy has since asked for another action, or used another proposal_id",
      "final"
    ],
    "target_reached": [
      "the position is at the target of the proposal: nothing is left to close",
      "final"
    ]
  },
  "governor": {
    "kill_score_critical_non_close": [
      "the kill score is at or above GOV_KILL_SCORE_CRITICAL and the action is not a close",
      "final"
    ],
    "hourly_limit_exceeded": [
      "executions of this symbol in the last hour reached GOV_MAX_EXEC_PER_HOUR",
      "final"
    ],
    "burst_limit_exceeded": [
      "executions of this symbol in the last five minutes reached GOV_MAX_EXEC_PER_5MIN",
      "final"
    ],
    "daily_limit_exceeded": [
      "the notional or quantity reduced this UTC day would pass its limit",
      "final"
    ],
    "position_fetch_failed": [
      "no fresh snapshot with a mark price to compute the notional from; for a partial close also no own mark price of the last 60 s",
      "retryable"
    ],
    "price_deviation": [
      "the snapshot's mark price differs from the Governor's own by more than GOV_PRICE_BAND_PCT; a full close passes and counts at the higher price plus that share",
      "retryable"
    ],
    "limit_computation_error": [
      "the limits could not be read or computed",
      "retryable"
    ],
    "evaluation_error": [
      "the evaluation itself failed; counts towards auto-disarm",
      "retryable"
    ],
    "plan_expired": [
      "the window of this attempt had passed",
      "retryable"
    ],
    "not_in_allowlist": [
      "the symbol is not in the allowlist",
      "final"
    ],
    "approval_required": [
      "a person must approve this plan first (GOV_APPROVAL, GOV_APPROVAL_ABOVE_USD); approving it gives it another attempt",
      "final"
    ],
    "approval_rejected": [
      "an operator rejected this plan; the same proposal stays rejected",
      "final"
    ],
    "kill_switch_active": [
      "the kill switch is engaged, or is missing from Redis or unreadable",
      "final"
    ],
    "disarmed": [
      "the system is disarmed and the plan is not a dry run",
      "final"
    ],
    "symbol_suspended": [
      "an operator has suspended the symbol",
      "final"
    ]
  },
  "p33": {
    "no_exchange_snapshot": [
      "no snapshot of this symbol has been read yet",
      "retryable"
    ],
    "stale_exchange_state": [
      "the snapshot is older than P33_STALE_THRESHOLD_SEC",
      "retryable"
    ],
    "no_position": [
      "the exchange says the symbol is flat",
      "final"
    ],
    "reconcile_required_side_mismatch": [
      "exchange and ledger are on opposite sides",
      "final"
    ],
    "reconcile_required_qty_mismatch": [
      "exchange and ledger differ by more than the tolerance",
      "final"
    ],
    "reconcile_hold_active": [
      "the symbol is on hold until an operator reconciles it",
      "final"
    ],
    "cooldown_in_flight": [
      "an order of ours is open, the last fill is younger than P33_COOLDOWN_SEC, or no snapshot is younger than that fill",
      "retryable"
    ],
    "qty_below_step": [
      "the share to close rounds down to less than one step",
      "final"
    ],
    "resting_reduce_orders": [
      "resting reduce-only orders take the whole closable amount",
      "final"
    ],
    "exchange_unreachable": [
      "positions cannot be read from the exchange",
      "retryable"
    ],
    "not_in_allowlist": [
      "the symbol is not in P33_ALLOWLIST",
      "final"
    ],
    "plan_expired": [
      "the window of this attempt had passed",
      "retryable"
    ],
    "plan_invalid": [
      "the plan entry is malformed or asks for something other than one reduction",
      "final"
    ],
    "evaluation_error": [
      "the evaluation itself failed",
      "retryable"
    ],
    "kill_switch_active": [
      "the kill switch is engaged, or is missing from Redis or unreadable",
      "final"
    ],
    "disarmed": [
      "the system is disarmed and the plan is not a dry run",
      "final"
    ],
    "symbol_suspended": [
      "an operator has suspended the symbol",
      "final"
    ]
  },
  "result": {
    "permit_timeout": [
      "the window passed without a permit; the reason names its issuer",
      "retryable"
    ],
    "governor_denied": [
      "the Governor said no; the result's reason is its reason and decides about a retry",
      "final"
    ],
    "p33_denied": [
      "the Position Brain said no; the result's reason is its reason and decides about a retry",
      "final"
    ],
    "permit_invalid": [
      "a permit was malformed, expired or made for something else",
      "final"
    ],
    "permit_check_redis_error": [
      "the permits could not be read from Redis",
      "retryable"
    ],
    "plan_expired": [
      "the plan was found after its window",
      "retryable"
    ],
    "kill_switch_active": [
      "the kill switch was engaged before the order was claimed",
      "final"
    ],
    "disarmed": [
      "the system was disarmed: nothing was sent",
      "final"
    ],
    "symbol_suspended": [
      "an operator suspended the symbol before the order was claimed",
      "final"
    ],
    "proposal_withdrawn": [
      "the strategy withdrew its proposal before the claim: HOLD, or its hash was deleted",
      "final"
    ],
    "proposal_superseded": [
      "the strategy replaced its proposal before the claim: another action or proposal_id",
      "final"
    ],
    "target_reached": [
      "the position is at the target of the proposal: nothing is left to close",
      "final"
    ],
    "in_flight": [
      "another order of this system is open on the symbol",
      "retryable"
    ],
    "position_changed": [
      "the position moved after the permit was given",
      "retryable"
    ],
    "no_position": [
      "there was nothing left to close",
      "final"
    ],
    "missing_credentials": [
      "no usable exchange credentials",
      "retryable"
    ],
    "order_rejected": [
      "the exchange refused the order for good",
      "final"
    ],
    "order_not_found": [
      "the order is proven never to have reached the exchange",
      "retryable"
    ],
    "order_outcome_unknown": [
      "the outcome could not be settled; an operator must resolve it",
      "final"
    ],
    "exchange_unavailable": [
      "the exchange did not take the order for now, or ended it with nothing filled",
      "retryable"
    ]
  },
  "symbol": {
    "kill_switch_engaged": [
      "the kill switch is engaged, or is missing from Redis or unreadable",
      ""
    ],
    "disarmed": [
      "the system is disarmed, by an operator or by a role: plans are dry runs",
      ""
    ],
    "dry_run": [
      "the answering process runs with APPLY_MODE=dry_run: no order is sent",
      ""
    ],
    "not_allowed": [
      "the symbol is not in APPLY_ALLOWLIST or not in P33_ALLOWLIST",
      ""
    ],
    "symbol_suspended": [
      "an operator has suspended the symbol",
      ""
    ],
    "redis_settling": [
      "Redis was restarted, failed over or emptied, or its clock was set: nothing is claimed for a while",
      ""
    ],
    "hold": [
      "the symbol is on hold",
      ""
    ],
    "order_unknown": [
      "the outcome of an order is unknown",
      ""
    ],
    "ledger_missing": [
      "there is no ledger, or it cannot be used",
      ""
    ],
    "drift": [
      "exchange and ledger differ by more than the tolerance, or are on opposite sides",
      ""
    ],
    "order_in_flight": [
      "an order is open, or its fill is not in the ledger or not in the snapshot yet",
      ""
    ],
    "cooldown": [
      "the last fill is younger than P33_COOLDOWN_SEC",
      ""
    ],
    "hourly_limit": [
      "the executions of the last hour reached GOV_MAX_EXEC_PER_HOUR",
      ""
    ],
    "burst_limit": [
      "the executions of the last five minutes reached GOV_MAX_EXEC_PER_5MIN",
      ""
    ],
    "daily_notional_limit": [
      "GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD leaves too little for today",
      ""
    ],
    "daily_quantity_limit": [
      "GOV_MAX_REDUCE_QTY_PER_DAY leaves too little for today",
      ""
    ],
    "snapshot_missing": [
      "the position was not read from the exchange yet",
      ""
    ],
    "snapshot_stale": [
      "the position was last read longer than P33_STALE_THRESHOLD_SEC ago",
      ""
    ],
    "no_position": [
      "the exchange says the symbol is flat: there is nothing to close",
      ""
    ],
    "symbol_fault": [
      "a key of the symbol has the wrong type, or a role cannot handle the symbol",
      ""
    ],
    "role_missing": [
      "no process of a role is alive",
      ""
    ],
    "exchange_banned": [
      "the exchange has banned this address for a while",
      ""
    ],
    "proposal_missing": [
      "no proposal has been seen, or the strategy asks for HOLD",
      ""
    ],
    "proposal_stale": [
      "the last proposal is older than APPLY_PROPOSAL_MAX_AGE_SEC",
      ""
    ],
    "proposal_done": [
      "the standing proposal was carried out already",
      ""
    ],
    "plan_ended": [
      "the last plan of the standing proposal ended without an order",
      ""
    ],
    "approval_waiting": [
      "a plan waits for the approval of a person",
      ""
    ]
  },
  "attention": {
    "kill_switch_engaged": [
      "the kill switch is engaged, or is missing from Redis or unreadable",
      ""
    ],
    "disarmed": [
      "the system is disarmed, by an operator or by a role: plans are dry runs",
      ""
    ],
    "symbol_suspended": [
      "an operator has suspended the symbol",
      ""
    ],
    "hold": [
      "the symbol is on hold",
      ""
    ],
    "order_unknown": [
      "the outcome of an order is unknown",
      ""
    ],
    "ledger_missing": [
      "there is no ledger, or it cannot be used",
      ""
    ],
    "drift": [
      "exchange and ledger differ by more than the tolerance, or are on opposite sides",
      ""
    ],
    "snapshot_missing": [
      "the position was not read from the exchange yet",
      ""
    ],
    "snapshot_stale": [
      "the position was last read longer than P33_STALE_THRESHOLD_SEC ago",
      ""
    ],
    "symbol_fault": [
      "a key of the symbol has the wrong type, or a role cannot handle the symbol",
      ""
    ],
    "role_missing": [
      "no process of a role is alive",
      ""
    ],
    "approval_waiting": [
      "a plan waits for the approval of a person",
      ""
    ],
    "redis_unfit": [
      "Redis cannot be reached, or is not configured correctly",
      ""
    ],
    "instance_gone": [
      "a process was lost, and did not end in order",
      ""
    ],
    "instance_not_ready": [
      "a process cannot do its work",
      ""
    ],
    "version_differs": [
      "processes of the deployment run different versions",
      ""
    ],
    "configuration_differs": [
      "processes of the deployment have different configurations",
      ""
    ],
    "entries_left": [
      "a dead consumer has entries that nobody handles",
      ""
    ],
    "backlog": [
      "a consumer group has many unread entries",
      ""
    ],
    "dead_letters": [
      "entries that could not be handled wait for a decision",
      ""
    ],
    "archive_behind": [
      "the archive is not written, and what happens now is not in it yet",
      ""
    ],
    "archive_gap": [
      "entries were trimmed in the last 24 hours before the archive had them",
      ""
    ]
  },
  "process": {
    "ready": [
      "it lives, and can do its work",
      ""
    ],
    "not_ready": [
      "it lives, and cannot do its work: `faults` says why",
      ""
    ],
    "alive": [
      "it lives, and says nothing about itself: it is of an earlier version",
      ""
    ],
    "gone": [
      "its lease ended without a word of it: the process was killed, or is cut off from Redis",
      ""
    ],
    "ended": [
      "it was stopped, and ended in order",
      ""
    ],
    "reading": [
      "a consumer without a lease, which reads: a service of another make",
      ""
    ],
    "silent": [
      "a consumer without a lease that has not read lately: a service of another make, or a process that ended long ago",
      ""
    ]
  }
};
