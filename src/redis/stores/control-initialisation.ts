import type { ArmState, KillSwitchState } from './control-state.js';

/** The values to write if control state is missing. */
export interface InitialControl {
  readonly killSwitch: KillSwitchState;
  readonly arm: ArmState;
}

/** An account and mode, `<mode>:<fingerprint>`, and the other accounts that may use the same prefix. */
export interface AccountOfPrefix {
  readonly account: string;
  readonly compatible: readonly string[];
}

interface OtherAccount {
  readonly kind: 'other_account';
  readonly account: string;
}
export type AccountBinding = { readonly kind: 'bound' | 'no_control' } | OtherAccount;
/** `lost`: the prefix was in use, and all or part of its control state was missing. */
export type ControlInitialised =
  { readonly kind: 'ready' } | { readonly kind: 'lost'; readonly what: string } | OtherAccount;
