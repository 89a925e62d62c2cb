import type { Mode } from '../flow/0-primitives.js';
import { ALLOW, deny, type Verdict } from './verdict.js';

/**
 * No issuer gives a permit while the kill switch is engaged, nor while the system is disarmed, unless the plan is a dry run. A plan
 * without a mode comes from another Apply implementation, and trades.
 */
export function notStopped(input: {
  readonly plan: { readonly mode: Mode | undefined };
  readonly killSwitchReleased: boolean;
  readonly armed: boolean;
}): Verdict<'kill_switch_active' | 'disarmed'> {
  if (!input.killSwitchReleased) return deny('kill_switch_active');
  return input.armed || input.plan.mode === 'dry_run' ? ALLOW : deny('disarmed');
}
