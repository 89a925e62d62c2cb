import { Decimal, decimalFromJson, toPlainString } from './0-decimal.js';
import { decodeJson, isFiniteNumber, isJsonObject, isWritable, type JsonObject } from './0-json.js';
import type { Mode } from './0-primitives.js';
import type { Issuer } from './3-permit.js';
import { type PermitTrust, signatureFault } from './3-permit-signature.js';

/** What a permit must match. */
export interface PermitExpectation {
  readonly planId: string;
  readonly symbol: string;
  readonly attempt: number;
  readonly mode: Mode;
  readonly planHash: string;
  /** Fingerprint of the account that orders go to. */
  readonly account: string;
  readonly action: string;
  /** Redis' clock. */
  readonly nowMs: number;
}

/** A valid permit; only {@link readPermit} makes one. */
export interface UsablePermit {
  readonly issuer: Issuer;
  /** Exactly as stored: the claim compares these bytes. */
  readonly bytes: string;
  /** Upper bound of the quantity, if this issuer gave one. */
  readonly maxQty: Decimal | undefined;
  readonly exchangePositionAmt: Decimal | undefined;
  readonly positionEpoch: string | undefined;
  /** The side that the issuer judged; `undefined` when the permit does not say. */
  readonly side: string | undefined;
  /** With signing on, never the same in two permits. */
  readonly nonce: string | undefined;
  /** Redis' clock; `undefined` when the permit does not say. */
  readonly createdAtMs: number | undefined;
  /** Redis' clock; `undefined` when the permit does not say; then only the TTL of its key limits it. */
  readonly expiresAtMs: number | undefined;
  /** Written by hand in an emergency (`{"granted":true}`): logged and audited as such. */
  readonly manual: boolean;
  /** The key whose signature was verified; `undefined` while signing is off. */
  readonly kid: string | undefined;
}

export type PermitReading =
  | { readonly kind: 'allow'; readonly permit: UsablePermit }
  | { readonly kind: 'deny'; readonly reason: string; readonly context: JsonObject }
  | { readonly kind: 'invalid'; readonly detail: string }
  /** With signing on: not provably from the issuer for this attempt. Ignored; the issuer's own permit may still come. */
  | { readonly kind: 'unproven'; readonly detail: string }
  /** Belongs to another attempt or mode: ignored. */
  | { readonly kind: 'ignored'; readonly detail: string };

/** Belongs to another plan, or is not valid now. */
type BindingFault = Extract<PermitReading, { kind: 'invalid' | 'ignored' }>;

/** What a signed permit must name, so that it is valid for only one attempt of one plan on one account, and for a limited time. */
const BOUND_MEMBERS = [
  'issuer',
  'plan_id',
  'symbol',
  'attempt',
  'mode',
  'plan_hash',
  'account',
  'action',
  'side',
  'expires_at_ms',
] as const;
/** The bounds that a signed permit of the issuer names besides; the Position Brain's is `safe_close_qty`. */
const BOUNDS: Readonly<Record<Issuer, readonly string[]>> = { governor: ['max_qty', 'max_notional'], p33: [] };
const MAX_PERMIT_LENGTH = 16_384;
const FUTURE_TOLERANCE_MS = 5_000;

const invalid = (detail: string): BindingFault => ({ kind: 'invalid', detail });
const unproven = (detail: string): PermitReading => ({ kind: 'unproven', detail });
const shown = (value: unknown): string => (value === undefined ? 'undefined' : JSON.stringify(value)).slice(0, 60);

function parseObject(bytes: string): Record<string, unknown> | undefined {
  const value = bytes.length <= MAX_PERMIT_LENGTH ? decodeJson(bytes) : undefined;
  return isJsonObject(value) ? value : undefined;
}

function bindingFault(
  permit: Record<string, unknown>,
  issuer: Issuer,
  expected: PermitExpectation,
): BindingFault | undefined {
  const differs = (field: string, wanted: string | number): boolean =>
    permit[field] !== undefined && permit[field] !== wanted;
  if (differs('plan_id', expected.planId))
    return invalid(`plan_id is ${shown(permit['plan_id'])}, not ${expected.planId}`);
  if (differs('symbol', expected.symbol))
    return invalid(`symbol is ${shown(permit['symbol'])}, not ${expected.symbol}`);
  if (differs('issuer', issuer)) return invalid(`issuer is ${shown(permit['issuer'])}, not ${issuer}`);
  if (differs('attempt', expected.attempt))
    return { kind: 'ignored', detail: `belongs to attempt ${shown(permit['attempt'])}` };
  if (differs('mode', expected.mode)) return { kind: 'ignored', detail: `was given in mode ${shown(permit['mode'])}` };
  if (differs('plan_hash', expected.planHash)) return invalid('plan_hash belongs to another plan');
  if (differs('account', expected.account)) return invalid('account is another one');
  if (differs('action', expected.action))
    return invalid(`action is ${shown(permit['action'])}, not ${expected.action}`);
  const expiresAtMs = permit['expires_at_ms'];
  if (expiresAtMs !== undefined && !(isFiniteNumber(expiresAtMs) && expected.nowMs < expiresAtMs)) {
    return invalid(`expired: expires_at_ms is ${shown(expiresAtMs)}, it is ${expected.nowMs}`);
  }
  const createdAt = permit['created_at'];
  const bound = permit['expires_at_ms'] !== undefined;
  if (bound && !(isFiniteNumber(createdAt) && createdAt * 1000 <= expected.nowMs + FUTURE_TOLERANCE_MS)) {
    return invalid(`created_at is ${shown(createdAt)}, which is not before now`);
  }
  return undefined;
}

/** An optional quantity; when present it must be a finite number above zero. */
function quantity(
  permit: Record<string, unknown>,
  field: string,
): { ok: true; value: Decimal | undefined } | { ok: false } {
  if (permit[field] === undefined || permit[field] === null) return { ok: true, value: undefined };
  const value = decimalFromJson(permit[field]);
  return value?.gt(0) === true ? { ok: true, value } : { ok: false };
}

/** A denial's context goes into the result. A context that cannot be encoded must not prevent the result. */
const contextOf = ({ context }: Record<string, unknown>): JsonObject =>
  isJsonObject(context) && isWritable(context) ? context : {};

/** For a matching permit: {@link bindingFault} has refused every expiry that is not a number. */
const expiryOf = ({ expires_at_ms: expiresAtMs }: Record<string, unknown>): number | undefined =>
  isFiniteNumber(expiresAtMs) ? expiresAtMs : undefined;

/** What both issuers' permits say besides their own members; only text and numbers count. */
function commonOf(permit: Record<string, unknown>) {
  const { side, nonce, created_at: createdAt } = permit;
  return {
    side: typeof side === 'string' ? side : undefined,
    nonce: typeof nonce === 'string' ? nonce : undefined,
    createdAtMs: isFiniteNumber(createdAt) ? createdAt * 1000 : undefined,
    expiresAtMs: expiryOf(permit),
  };
}

/** The signed bound of the quantity, where the permit has one, is one more upper bound. Zero is the bound of a flat symbol. */
function bounded(permit: Record<string, unknown>, qty: Decimal | undefined): Decimal | undefined | 'unreadable' {
  if (permit['max_qty'] === undefined) return qty;
  const max = decimalFromJson(permit['max_qty']);
  if (max?.gte(0) !== true) return 'unreadable';
  return qty === undefined ? max : Decimal.min(qty, max);
}

const reasonOf = (permit: Record<string, unknown>): string =>
  typeof permit['reason'] === 'string' ? permit['reason'].slice(0, 128) : '';

function readGovernor(permit: Record<string, unknown>, bytes: string, kid: string | undefined): PermitReading {
  if (permit['granted'] !== true) return invalid(`granted is ${shown(permit['granted'])}; true or false is needed`);
  const consumed = permit['consumed'] ?? false;
  if (consumed === true) return invalid('it was consumed already');
  if (consumed !== false) return invalid(`consumed is ${shown(consumed)}; true or false is needed`);
  // Our Governor answers zero for a flat symbol: a permit from which no order can follow. A foreign one always writes zero: no bound.
  const zero = permit['issuer'] === undefined ? undefined : new Decimal(0);
  const qty = permit['computed_qty'] === 0 ? { ok: true as const, value: zero } : quantity(permit, 'computed_qty');
  if (!qty.ok) return invalid(`computed_qty is ${shown(permit['computed_qty'])}; a number above zero is needed`);
  const notional = permit['computed_notional'];
  if (notional !== undefined && notional !== null && decimalFromJson(notional)?.gte(0) !== true)
    return invalid(`computed_notional is ${shown(notional)}; a number from zero is needed`);
  const maxQty = bounded(permit, qty.value);
  if (maxQty === 'unreadable') return invalid(`max_qty is ${shown(permit['max_qty'])}; a number from zero is needed`);
  return {
    kind: 'allow',
    permit: {
      ...commonOf(permit),
      issuer: 'governor',
      bytes,
      maxQty,
      exchangePositionAmt: undefined,
      positionEpoch: undefined,
      manual: permit['issuer'] === undefined && permit['symbol'] === undefined && permit['created_at'] === undefined,
      kid,
    },
  };
}

function readPosition(permit: Record<string, unknown>, bytes: string, kid: string | undefined): PermitReading {
  if (permit['allow'] !== true) return invalid(`allow is ${shown(permit['allow'])}; true or false is needed`);
  const qty = quantity(permit, 'safe_close_qty');
  if (!qty.ok || qty.value === undefined) {
    return invalid(`safe_close_qty is ${shown(permit['safe_close_qty'])}; a number above zero is needed`);
  }
  const rawAmt = permit['exchange_position_amt'];
  const amt = decimalFromJson(rawAmt);
  if (rawAmt !== undefined && amt === undefined)
    return invalid(`exchange_position_amt is ${shown(rawAmt)}; a finite number is needed`);
  if (amt !== undefined && !qty.value.lte(amt.abs())) {
    return invalid(`safe_close_qty ${toPlainString(qty.value)} is more than the position of ${toPlainString(amt)}`);
  }
  const epoch = permit['position_epoch'];
  if (epoch !== undefined && typeof epoch !== 'string') return invalid('position_epoch must be text');
  return {
    kind: 'allow',
    permit: {
      ...commonOf(permit),
      issuer: 'p33',
      bytes,
      maxQty: qty.value,
      exchangePositionAmt: amt,
      positionEpoch: epoch,
      manual: false,
      kid,
    },
  };
}

/**
 * A denial. It counts even when unsigned: it can only block, and whoever can write it could also delete the permit.
 * With signing on, its context says if it is not provably from the issuer.
 */
function readDenial(permit: Record<string, unknown>, issuer: Issuer, trust: PermitTrust): PermitReading {
  const fault = trust === 'unsigned' ? undefined : signatureFault(permit, issuer, trust);
  const context = contextOf(permit);
  return {
    kind: 'deny',
    reason: reasonOf(permit),
    context: fault === undefined ? context : { ...context, signature: fault },
  };
}

/** What was signed in this process needs no second look at its signature, only that its key is still trusted. */
function sealFault(
  permit: Record<string, unknown>,
  issuer: Issuer,
  trust: Exclude<PermitTrust, 'unsigned'>,
  bytes: string,
): string | undefined {
  const { kid } = permit;
  const isKnown = trust.isSealedHere?.(issuer, bytes) === true;
  if (isKnown && typeof kid === 'string' && trust.keyOf(issuer, kid) !== undefined) return undefined;
  return signatureFault(permit, issuer, trust);
}

/** Why a permit is not provably from its issuer for this attempt. */
function proofFault(
  permit: Record<string, unknown>,
  issuer: Issuer,
  trust: Exclude<PermitTrust, 'unsigned'>,
  bytes: string,
): string | undefined {
  const missing = [...BOUND_MEMBERS, ...BOUNDS[issuer]].find((member) => permit[member] === undefined);
  return sealFault(permit, issuer, trust, bytes) ?? (missing && `${missing} is missing; a signed permit names it`);
}

/**
 * Reads the bytes under a permit key. A permit of another attempt or mode is ignored. While signing is off, what a foreign
 * permit lacks is not checked, and what it has must match: one of another plan, symbol or hash is invalid. With signing on, a
 * permit must be signed by its issuer for exactly this attempt; any other is unproven.
 */
export function readPermit(
  issuer: Issuer,
  bytes: string,
  expected: PermitExpectation,
  trust: PermitTrust,
): PermitReading {
  const permit = parseObject(bytes);
  if (permit === undefined) {
    const detail = `not a JSON object: ${JSON.stringify(bytes.slice(0, 60))}`;
    return trust === 'unsigned' ? invalid(detail) : unproven(detail);
  }
  const isNo = permit[issuer === 'governor' ? 'granted' : 'allow'] === false;
  const fault = bindingFault(permit, issuer, expected);
  if (fault !== undefined) return fault.kind === 'ignored' || trust === 'unsigned' ? fault : unproven(fault.detail);
  if (isNo) return readDenial(permit, issuer, trust);
  const unproved = trust === 'unsigned' ? undefined : proofFault(permit, issuer, trust, bytes);
  if (unproved !== undefined) return unproven(unproved);
  const kid = trust === 'unsigned' ? undefined : String(permit['kid']);
  return issuer === 'governor' ? readGovernor(permit, bytes, kid) : readPosition(permit, bytes, kid);
}

/** Reads a `governor:block` entry. One that belongs to another attempt or mode is ignored. */
export function readGovernorBlock(bytes: string, expected: PermitExpectation, trust: PermitTrust): PermitReading {
  const block = parseObject(bytes);
  if (block === undefined) return invalid(`the block is not a JSON object: ${JSON.stringify(bytes.slice(0, 60))}`);
  const fault = bindingFault({ ...block, expires_at_ms: undefined, created_at: undefined }, 'governor', expected);
  return fault ?? readDenial(block, 'governor', trust);
}

/** Whether the key that a permit was verified with is still trusted; it may be revoked while a plan waits. */
export function isStillTrusted(permit: UsablePermit, trust: PermitTrust): boolean {
  if (trust === 'unsigned') return true;
  return permit.kid !== undefined && trust.keyOf(permit.issuer, permit.kid) !== undefined;
}
