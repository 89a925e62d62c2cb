import type { Mode } from '../flow/0-primitives.js';
import { notSuspended } from './not-suspended.js';
import { deny, type Verdict } from './verdict.js';

/**
 * No issuer gives a permit while the kill switch is engaged, nor while the system is disarmed, unless the plan is a dry run, nor for a
 * suspended symbol. A plan without a mode comes from another Apply implementation, and trades.
 */
export function notStopped(input: {
  readonly plan: { readonly mode: Mode | undefined };
  readonly killSwitchReleased: boolean;
  readonly armed: boolean;
  readonly suspended: boolean;
}): Verdict<'kill_switch_active' | 'disarmed' | 'symbol_suspended'> {
  if (!input.killSwitchReleased) return deny('kill_switch_active');
  if (!input.armed && input.plan.mode !== 'dry_run') return deny('disarmed');
  return notSuspended(input);
}
