import { parseDecimal } from '../../flow/0-decimal.js';
import type { Action } from '../../flow/1-proposal.js';
import { ALLOW, deny, type Verdict } from '../verdict.js';

/** HOLD asks for no action; a stop needs a price above zero. */
export function usableAction(input: {
  readonly action: Action;
  readonly newSl: string;
}): Verdict<'action_hold' | 'missing_new_sl'> {
  if (input.action === 'HOLD') return deny('action_hold');
  if (input.action !== 'UPDATE_SL') return ALLOW;
  return parseDecimal(input.newSl)?.gt(0) === true ? ALLOW : deny('missing_new_sl', { new_sl_proposed: input.newSl });
}
