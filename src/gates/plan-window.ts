import { ALLOW, deny, type Verdict } from './verdict.js';

/** Inside the window of its attempt, by Redis' clock. */
export function planWindow(input: { readonly nowMs: number; readonly deadlineMs: number }): Verdict<'plan_expired'> {
  return input.nowMs < input.deadlineMs ? ALLOW : deny('plan_expired', { late_by_ms: input.nowMs - input.deadlineMs });
}
