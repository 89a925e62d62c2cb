import type { JsonObject } from '../flow/0-json.js';
import type { ClaimRefusal } from '../redis/stores/claim.js';
import type { Attempt } from './attempt.js';
import { notSent, type Outcome } from './outcomes.js';

/** Why nothing was claimed: the reply of the claim script, a key that was revoked, or an account that another deployment may trade. */
export type Refusal = ClaimRefusal | 'key_revoked' | 'account_not_held';

/** The result of an attempt whose claim was refused; `details` describe what was sent before. */
export function refusedClaim(attempt: Attempt, refusal: Exclude<Refusal, 'taken'>, details: JsonObject): Outcome {
  switch (refusal) {
    case 'expired':
      return notSent(attempt, 'permit_timeout', 'the window passed before the claim', details);
    case 'settling':
      return notSent(
        attempt,
        'position_changed',
        'Redis was restarted, failed over or emptied: an order that it lost may still reach the exchange',
        details,
      );
    case 'kill_switch_active':
      return notSent(attempt, refusal, 'the kill switch was engaged before the order was sent', details);
    case 'disarmed':
      return {
        ...notSent(
          attempt,
          refusal,
          'the system was disarmed before the order was sent; both permits were given',
          details,
        ),
        wouldExecute: true,
      };
    case 'symbol_suspended':
      return notSent(attempt, refusal, 'an operator suspended the symbol before the order was sent', details);
    case 'proposal_withdrawn':
      return notSent(attempt, refusal, 'the strategy withdrew its proposal before the order was sent', details);
    case 'proposal_superseded':
      return notSent(attempt, refusal, 'the strategy replaced its proposal before the order was sent', details);
    case 'on_hold':
      return notSent(attempt, 'p33_denied', 'reconcile_hold_active', {
        ...details,
        cause: 'put on hold after the permit was given',
      });
    case 'in_flight':
      return notSent(attempt, refusal, 'another order of this system is open on the symbol');
    case 'position_changed':
      return notSent(attempt, refusal, 'the position or ledger moved after the permit was given');
    case 'target_changed':
      return notSent(
        attempt,
        'position_changed',
        'another order of the same proposal has changed what is left to close',
      );
    case 'permit_gone':
      return notSent(attempt, 'permit_invalid', 'a permit expired or was withdrawn before the claim');
    case 'permit_changed':
      return notSent(attempt, 'permit_invalid', 'a permit was replaced after it was verified');
    case 'account_not_held':
      return notSent(
        attempt,
        'exchange_unavailable',
        'another deployment on this Redis trades, or may trade, this symbol of the account; GET /health/ready names it',
        details,
      );
    case 'key_revoked':
      return notSent(attempt, 'permit_invalid', 'the key of a permit was revoked after the permit was verified');
  }
  return refusal satisfies never;
}
