import type { Decimal } from './0-decimal.js';
import type { JsonObject } from './0-json.js';
import type { Mode } from './0-primitives.js';

export const ISSUERS = ['governor', 'p33'] as const;
/** Who gives permits: `governor` (P3.2, limits) and `p33` (P3.3, the Position Brain). */
export type Issuer = (typeof ISSUERS)[number];

/** How a missing issuer is named in `missing: Governor, P3.3`. */
export const ISSUER_LABEL: Readonly<Record<Issuer, string>> = { governor: 'Governor', p33: 'P3.3' };

/** What permits of both our issuers contain besides the verdict. */
export interface PermitBinding {
  readonly planId: string;
  readonly symbol: string;
  /** Absent for a plan of another Apply implementation, which does not number attempts. */
  readonly attempt: number | undefined;
  readonly mode: Mode | undefined;
  readonly planHash: string | undefined;
  /** Absent for a plan of a foreign Apply. */
  readonly account: string | undefined;
  readonly action: string | undefined;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

function bindingMembers(issuer: Issuer, binding: PermitBinding): JsonObject {
  return {
    plan_id: binding.planId,
    attempt: binding.attempt,
    mode: binding.mode,
    plan_hash: binding.planHash,
    account: binding.account,
    action: binding.action,
    issuer,
    expires_at_ms: binding.expiresAtMs,
  };
}

/** The side that shrinks the position that was judged; `NONE` for a flat one. */
function closingSide(position: Decimal): 'BUY' | 'SELL' | 'NONE' {
  if (position.isZero()) return 'NONE';
  return position.isNegative() ? 'BUY' : 'SELL';
}

export interface GovernorGrant {
  /** The signed amount that was judged. */
  readonly position: Decimal;
  readonly computedQty: Decimal;
  /** USD. */
  readonly computedNotional: Decimal;
  readonly context: JsonObject;
}

export function encodeGovernorPermit(binding: PermitBinding, grant: GovernorGrant): JsonObject {
  return {
    granted: true,
    symbol: binding.symbol,
    decision: 'EXECUTE',
    computed_qty: grant.computedQty,
    computed_notional: grant.computedNotional,
    created_at: binding.createdAtMs / 1000,
    consumed: false,
    ...bindingMembers('governor', binding),
    side: closingSide(grant.position),
    max_qty: grant.computedQty,
    max_notional: grant.computedNotional,
    context: grant.context,
  };
}

export interface PositionGrant {
  readonly safeCloseQty: Decimal;
  readonly exchangePositionAmt: Decimal;
  readonly ledgerAmt: Decimal;
  readonly snapshotTsMs: number;
  readonly positionEpoch: string;
  readonly context: JsonObject;
}

export function encodePositionPermit(binding: PermitBinding, grant: PositionGrant): JsonObject {
  return {
    allow: true,
    symbol: binding.symbol,
    safe_close_qty: grant.safeCloseQty,
    exchange_position_amt: grant.exchangePositionAmt,
    ledger_amt: grant.ledgerAmt,
    created_at: binding.createdAtMs / 1000,
    reason: 'sanity_checks_passed',
    ...bindingMembers('p33', binding),
    side: closingSide(grant.exchangePositionAmt),
    snapshot_ts_ms: grant.snapshotTsMs,
    position_epoch: grant.positionEpoch,
    context: grant.context,
  };
}

export function encodePositionDenial(binding: PermitBinding, reason: string, context: JsonObject): JsonObject {
  return {
    allow: false,
    symbol: binding.symbol,
    reason,
    context,
    created_at: binding.createdAtMs / 1000,
    ...bindingMembers('p33', binding),
  };
}

export function encodeGovernorBlock(binding: PermitBinding, reason: string, context: JsonObject): JsonObject {
  return {
    reason,
    timestamp: binding.createdAtMs / 1000,
    symbol: binding.symbol,
    context,
    ...bindingMembers('governor', binding),
  };
}
