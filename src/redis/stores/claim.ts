import type { Fields } from '../../flow/0-primitives.js';
import type { UsablePermit } from '../../flow/3-permit-reading.js';
import type { Keys } from '../keys/keys.js';
import type { ControlFence } from './control-fence.js';

/** What is claimed, and with which permits. */
export interface ClaimRequest {
  readonly planId: string;
  readonly symbol: string;
  readonly attempt: number;
  /** Identifies this claim: after a lost reply the same token says whether it is ours. */
  readonly token: string;
  readonly governor: UsablePermit;
  readonly p33: UsablePermit;
  readonly clientOrderId: string;
  readonly side: string;
  readonly quantity: string;
  readonly signedMs: number;
  /** How long after the claim the exchange could still accept the signed request. */
  readonly acceptMs: number;
  readonly target: TargetAtClaim;
}

/** What the quantity was computed from: the claim is refused where the standing proposal has changed since. */
export interface TargetAtClaim {
  readonly identity: string;
  /** The bytes that must be stored; `""` for none. */
  readonly expected: string;
  /** What is stored instead. */
  readonly takenUp: string;
  /** What is to be closed until the target is reached, this order included; `""` for a stop. */
  readonly left: string;
  /** The least that can be closed: step or minimum. */
  readonly smallest: string;
}

/** Why a claim did not happen; nothing was changed. */
export type ClaimRefusal =
  | 'taken'
  | 'expired'
  /** Another server answers than wrote the data: an order it has forgotten may still be on its way. */
  | 'settling'
  | 'kill_switch_active'
  | 'disarmed'
  /** The strategy wants nothing any more, or something else. */
  | 'proposal_withdrawn'
  | 'proposal_superseded'
  | 'on_hold'
  | 'in_flight'
  | 'position_changed'
  /** Another order of the same proposal filled, or the position is another one. */
  | 'target_changed'
  | 'permit_gone'
  | 'permit_changed';

export type Claimed =
  { readonly kind: 'claimed'; readonly nowMs: number; readonly waitMs: number } | { readonly kind: ClaimRefusal };

export interface DryRunClaim extends Omit<ClaimRequest, 'clientOrderId' | 'signedMs' | 'acceptMs' | 'target'> {
  readonly state: string;
  /** Result fields but `timestamp` and `wait_ms`. */
  readonly fields: Fields;
}

type Attempt = Pick<ClaimRequest, 'planId' | 'symbol' | 'attempt' | 'token'>;

/** The keys that every claim looks at, whether an order leaves or not. */
export function conditionKeys(keys: Keys, { planId, symbol }: Attempt) {
  return {
    journal: keys.journal(planId),
    killSwitch: keys.killSwitch(),
    hold: keys.hold(symbol),
    inflight: keys.inflight(symbol),
    openPlans: keys.openPlans(),
    trace: keys.trace(planId),
    server: keys.server(),
    proposal: keys.proposal(symbol),
    standing: keys.standing(symbol),
  };
}

/** The permits that a claim takes, and the position they were given for. */
export function permitKeys(keys: Keys, { planId, symbol }: Attempt) {
  return {
    governorPermit: keys.governorPermit(planId),
    positionPermit: keys.positionPermit(planId),
    epoch: keys.epoch(symbol),
  };
}

/** Whose claim it is, and the newest stop its process has seen. */
export function attemptArgs({ token, planId, attempt }: Attempt, { lastSeenKillSeq }: ControlFence) {
  return { token, planId, attempt, lastSeenKillSeq };
}

/** Both permits as they were verified: a claim takes these bytes or none. */
export function permitArgs({ governor, p33 }: Pick<ClaimRequest, 'governor' | 'p33'>) {
  return {
    governorBytes: governor.bytes,
    positionBytes: p33.bytes,
    positionEpoch: p33.positionEpoch ?? '',
    governorExpiresMs: governor.expiresAtMs ?? '',
    positionExpiresMs: p33.expiresAtMs ?? '',
  };
}
