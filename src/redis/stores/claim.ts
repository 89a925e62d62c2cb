import type { Fields } from '../../flow/0-primitives.js';
import type { UsablePermit } from '../../flow/3-permit-reading.js';
import type { Keys } from '../keys/keys.js';
import type { ControlFence } from './control-fence.js';

/** The attempt to claim and its permits. */
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

/** The target that the quantity was computed from. The claim is refused if the standing proposal has changed since. */
export interface TargetAtClaim {
  readonly identity: string;
  /** The bytes that must still be stored; `""` for none. */
  readonly expected: string;
  /** The bytes to store instead. */
  readonly takenUp: string;
  /** The quantity to close until the target is reached, including this order; `""` for a stop. */
  readonly left: string;
  /** The smallest quantity that can be closed: step or minimum. */
  readonly smallest: string;
}

/** Why a claim did not happen; nothing was changed. */
export type ClaimRefusal =
  | 'taken'
  | 'expired'
  /** Another Redis server answers than the one that wrote the data; an order that Redis lost may still reach the exchange. */
  | 'settling'
  | 'kill_switch_active'
  | 'disarmed'
  /** An operator has suspended the symbol. */
  | 'symbol_suspended'
  /** The strategy withdrew or replaced its proposal. */
  | 'proposal_withdrawn'
  | 'proposal_superseded'
  | 'on_hold'
  | 'in_flight'
  | 'position_changed'
  /** Another order of the same proposal filled, or the position has turned or grown. */
  | 'target_changed'
  | 'permit_gone'
  | 'permit_changed';

export type Claimed =
  | {
      readonly kind: 'claimed';
      readonly nowMs: number;
      readonly waitMs: number;
      /** The stop that the claim knew of; one that came later forbids the send. */
      readonly killSeq: number;
    }
  | { readonly kind: ClaimRefusal };

export interface DryRunClaim extends Omit<ClaimRequest, 'clientOrderId' | 'signedMs' | 'acceptMs' | 'target'> {
  readonly state: string;
  /** Result fields without `timestamp` and `wait_ms`. */
  readonly fields: Fields;
}

type Attempt = Pick<ClaimRequest, 'planId' | 'symbol' | 'attempt' | 'token'>;

/** The keys that every claim reads, real or dry run. */
export function conditionKeys(keys: Keys, { planId, symbol }: Attempt) {
  return {
    journal: keys.journal(planId),
    killSwitch: keys.killSwitch(),
    suspended: keys.suspended(symbol),
    hold: keys.hold(symbol),
    inflight: keys.inflight(symbol),
    openPlans: keys.openPlans(),
    trace: keys.trace(planId),
    server: keys.server(),
    proposal: keys.proposal(symbol),
    standing: keys.standing(symbol),
  };
}

/** The permits that a claim deletes, and the position epoch they were issued for. */
export function permitKeys(keys: Keys, { planId, symbol }: Attempt) {
  return {
    governorPermit: keys.governorPermit(planId),
    positionPermit: keys.positionPermit(planId),
    epoch: keys.epoch(symbol),
  };
}

/** The identity of the claim and the newest stop that its process has seen. */
export function attemptArgs({ token, planId, attempt }: Attempt, { lastSeenKillSeq }: ControlFence) {
  return { token, planId, attempt, lastSeenKillSeq };
}

/** Both permits as they were verified: a claim accepts exactly these bytes. */
export function permitArgs({ governor, p33 }: Pick<ClaimRequest, 'governor' | 'p33'>) {
  return {
    governorBytes: governor.bytes,
    positionBytes: p33.bytes,
    positionEpoch: p33.positionEpoch ?? '',
    governorExpiresMs: governor.expiresAtMs ?? '',
    positionExpiresMs: p33.expiresAtMs ?? '',
  };
}
