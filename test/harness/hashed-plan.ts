import { planHashOf } from '../../src/flow/2-plan-hash.js';
import type { Mode } from '../../src/flow/0-primitives.js';
import { APPLY_SETTINGS, type ApplySettings } from '../../src/apply/apply-settings.js';
import type { Gate } from './test-environment.js';

type Fields = Record<string, string>;

/** The account that orders of a gate go to. */
export const accountOf = (gate: Gate): string =>
  gate.app.get<ApplySettings>(APPLY_SETTINGS, { strict: false }).accountFingerprint;

/** A plan entry with the account it is for and the hash of its fields, as Apply publishes it. */
export function hashed<F extends Fields & { attempt: string; mode: string }>(
  fields: F,
  account = 'account',
): F & { account: string; plan_hash: string } {
  const bound = { ...fields, account };
  const identity = { attempt: Number(fields.attempt), mode: fields.mode as Mode, accountFingerprint: account };
  return { ...bound, plan_hash: planHashOf(bound, identity) };
}
