import { ALLOW, deny, type Verdict } from './verdict.js';

/** A symbol that an operator has suspended is not traded, whatever the plan. */
export function notSuspended(input: { readonly suspended: boolean | undefined }): Verdict<'symbol_suspended'> {
  return input.suspended === false ? ALLOW : deny('symbol_suspended');
}
