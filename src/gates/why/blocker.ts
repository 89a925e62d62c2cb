/**
 * What can keep a symbol from trading, in the order in which it would stop a plan. A closed set: programs compare these words.
 * docs/reasons.md is generated from here.
 */
export const BLOCKERS = {
  kill_switch_engaged: 'the kill switch is engaged, or is missing from Redis or unreadable',
  disarmed: 'the system is disarmed, by an operator or by a role: plans are dry runs',
  dry_run: 'the answering process runs with APPLY_MODE=dry_run: no order is sent',
  not_allowed: 'the symbol is not in APPLY_ALLOWLIST or not in P33_ALLOWLIST',
  symbol_suspended: 'an operator has suspended the symbol',
  redis_settling: 'Redis was restarted, failed over or emptied, or its clock was set: nothing is claimed for a while',
  hold: 'the symbol is on hold',
  order_unknown: 'the outcome of an order is unknown',
  ledger_missing: 'there is no ledger, or it cannot be used',
  drift: 'exchange and ledger differ by more than the tolerance, or are on opposite sides',
  order_in_flight: 'an order is open, or its fill is not in the ledger or not in the snapshot yet',
  cooldown: 'the last fill is younger than P33_COOLDOWN_SEC',
  hourly_limit: 'the executions of the last hour reached GOV_MAX_EXEC_PER_HOUR',
  burst_limit: 'the executions of the last five minutes reached GOV_MAX_EXEC_PER_5MIN',
  daily_notional_limit: 'GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD leaves too little for today',
  daily_quantity_limit: 'GOV_MAX_REDUCE_QTY_PER_DAY leaves too little for today',
  snapshot_missing: 'the position was not read from the exchange yet',
  snapshot_stale: 'the position was last read longer than P33_STALE_THRESHOLD_SEC ago',
  no_position: 'the exchange says the symbol is flat: there is nothing to close',
  symbol_fault: 'a key of the symbol has the wrong type, or a role cannot handle the symbol',
  role_missing: 'no process of a role is alive',
  exchange_banned: 'the exchange has banned this address for a while',
  proposal_missing: 'no proposal has been seen, or the strategy asks for HOLD',
  proposal_stale: 'the last proposal is older than APPLY_PROPOSAL_MAX_AGE_SEC',
  proposal_done: 'the standing proposal was carried out already',
  plan_ended: 'the last plan of the standing proposal ended without an order',
  approval_waiting: 'a plan waits for the approval of a person',
} as const satisfies Record<string, string>;

export type BlockerReason = keyof typeof BLOCKERS;

/** One thing that keeps a symbol from trading. Times are epoch ms by Redis' clock; `undefined` where unknown or open. */
export interface Blocker {
  readonly reason: BlockerReason;
  /** For a person: what, since when, until when, and by whom. */
  readonly text: string;
  readonly sinceMs?: number | undefined;
  /** When it passes by itself. */
  readonly untilMs?: number | undefined;
  readonly by?: string | undefined;
  /** The one command that helps; `undefined` where only waiting does. */
  readonly remedy?: string | undefined;
}

/** `2026-11-30 15:04:05 UTC`; a time that is no date is `an unknown time`. */
export function atTime(epochMs: number): string {
  const date = new Date(epochMs);
  if (!(epochMs > 0) || Number.isNaN(date.getTime())) return 'an unknown time';
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `90 s`, `5 min`, `3 h`, `2 d`. */
export function lasting(ms: number): string {
  if (ms < 120_000) return `${Math.max(0, Math.round(ms / 1_000))} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}
