import { decimalFromJson, toPlainString } from '../../flow/0-decimal.js';
import { decodeJson, encodeJson, isJsonObject, isWritable } from '../../flow/0-json.js';
import type { Fields } from '../../flow/0-primitives.js';
import { type Issuer, ISSUERS } from '../../flow/3-permit.js';
import type { Keys } from '../../redis/keys/keys.js';

/** What one issuer said about one plan. */
export type Verdict =
  { readonly kind: 'allow'; readonly qty: string } | { readonly kind: 'deny'; readonly reason: string };

export type Verdicts = Partial<Record<Issuer, Verdict>>;

const ALLOWS: Readonly<Record<Issuer, string>> = { governor: 'granted', p33: 'allow' };
const QUANTITY: Readonly<Record<Issuer, string>> = { governor: 'computed_qty', p33: 'safe_close_qty' };

/** The keys of an issuer's verdicts on one plan. */
export function verdictKeysOf(keys: Keys, planId: string): readonly (readonly [Issuer, string])[] {
  return [
    ['governor', keys.governorPermit(planId)],
    ['governor', keys.governorBlock(planId)],
    ['p33', keys.positionPermit(planId)],
  ];
}

/** The verdict in the bytes of a permit, a denial or a block. */
export function verdictOf(issuer: Issuer, bytes: string): Verdict {
  const decoded = decodeJson(bytes);
  const body = isJsonObject(decoded) ? decoded : {};
  if (body[ALLOWS[issuer]] === true) {
    const qty = decimalFromJson(body[QUANTITY[issuer]]);
    return { kind: 'allow', qty: qty === undefined || qty.isZero() ? '' : toPlainString(qty) };
  }
  const { reason, context } = body;
  const why = typeof reason === 'string' ? reason : 'no reason given';
  const details = isJsonObject(context) && isWritable(context) ? ` ${encodeJson(context)}` : '';
  return { kind: 'deny', reason: `${why}${details === ' {}' ? '' : details}` };
}

/** What a result proves: an order was sent only with both permits. */
export function verdictsIn(result: Fields): Verdicts {
  if (result['executed']?.toLowerCase() !== 'true') return {};
  return Object.fromEntries(ISSUERS.map((issuer) => [issuer, { kind: 'allow', qty: '' } as const]));
}

export type Outcome = 'agree' | 'other_quantity' | 'different' | 'not_compared';

/** `charge` is the verdict of the issuer in charge. What it did not give, or what nobody saw, is not compared. */
export function outcomeOf(charge: Verdict | undefined, shadow: Verdict | undefined): Outcome {
  if (charge === undefined) return 'not_compared';
  if (shadow === undefined || charge.kind !== shadow.kind) return 'different';
  if (charge.kind === 'deny' || shadow.kind === 'deny') return 'agree';
  return charge.qty === '' || shadow.qty === '' || charge.qty === shadow.qty ? 'agree' : 'other_quantity';
}

export function verdictText(verdict: Verdict | undefined): string {
  if (verdict === undefined) return 'no verdict';
  if (verdict.kind === 'deny') return `deny ${verdict.reason}`;
  return verdict.qty === '' ? 'allow' : `allow ${verdict.qty}`;
}
