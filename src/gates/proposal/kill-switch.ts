import { ALLOW, deny, type Verdict } from '../verdict.js';

/** Engaged, or not known to be released: nothing is published for execution. */
export function killSwitch(input: { readonly killSwitchReleased: boolean | undefined }): Verdict<'kill_switch_active'> {
  return input.killSwitchReleased === true
    ? ALLOW
    : deny('kill_switch_active', { known: input.killSwitchReleased !== undefined });
}
