import { Injectable } from '@nestjs/common';
import type { ArmState, ControlState, GovernorDisarmState, KillSwitchState } from './control-state.js';

/** A stop that this process has seen and that Redis has lost. */
export interface LostStops {
  readonly killSwitch: KillSwitchState | undefined;
  readonly arm: ArmState | undefined;
  readonly governorDisarm: GovernorDisarmState | undefined;
}

const seqOf = (state: { readonly seq?: number } | undefined): number => state?.seq ?? 0;

/**
 * Remembers every stop that this process has seen: an engaged kill switch, a disarmed system. If Redis loses its last writes, it may
 * report the switch as released again; that state has a lower number and is ignored. Only stops are remembered: if Redis loses a
 * release, the switch stays engaged until an operator releases it again.
 */
@Injectable()
export class ControlFence {
  #killSwitch: KillSwitchState | undefined;
  #arm: ArmState | undefined;
  #governorDisarm: GovernorDisarmState | undefined;

  /** Call with every control state that was read from Redis. */
  observe({ killSwitch, arm, governorDisarm }: ControlState): void {
    if (governorDisarm !== undefined && !this.#isEndedByArming(governorDisarm, arm))
      this.#governorDisarm = governorDisarm;
    if (killSwitch !== undefined && (killSwitch.engaged || seqOf(killSwitch) >= seqOf(this.#killSwitch)))
      this.#killSwitch = killSwitch;
    if (arm !== undefined && (!arm.armed || seqOf(arm) >= seqOf(this.#arm))) {
      // Only the next arming ends the Governor's disarm.
      if (arm.armed && seqOf(arm) > seqOf(this.#arm)) this.#governorDisarm = undefined;
      this.#arm = arm;
    }
  }

  /** Two connections answer in any order: a state read before the operator armed may arrive after the one that shows it. */
  #isEndedByArming({ at_ms: disarmedMs }: GovernorDisarmState, arm: ArmState | undefined): boolean {
    if (arm === undefined || this.#arm?.armed !== true || seqOf(arm) >= seqOf(this.#arm)) return false;
    return !(disarmedMs > this.#arm.at_ms);
  }

  /** The number of the engaged kill switch that was seen; a state with a lower number is older. 0 if it was seen released. */
  get lastSeenKillSeq(): number {
    return this.#killSwitch?.engaged === true ? seqOf(this.#killSwitch) : 0;
  }

  /** An arm state with a lower number is older than the disarm that was seen; 0 if none was seen. */
  get lastSeenDisarmSeq(): number {
    if (this.#arm?.armed === false) return seqOf(this.#arm);
    return this.#governorDisarm === undefined ? 0 : seqOf(this.#arm) + 1;
  }

  /** The control state from Redis, plus the stops that Redis has lost. */
  withStops(state: ControlState): ControlState {
    const lost = this.lost(state);
    return {
      killSwitch: lost.killSwitch ?? state.killSwitch,
      arm: lost.arm ?? state.arm,
      governorDisarm: state.governorDisarm ?? lost.governorDisarm,
    };
  }

  lost({ killSwitch, arm, governorDisarm }: ControlState): LostStops {
    const isArmOlder = arm === undefined || seqOf(arm) < seqOf(this.#arm);
    return {
      killSwitch:
        this.#killSwitch?.engaged === true && (killSwitch === undefined || seqOf(killSwitch) < seqOf(this.#killSwitch))
          ? this.#killSwitch
          : undefined,
      arm: this.#arm?.armed === false && isArmOlder ? this.#arm : undefined,
      governorDisarm:
        governorDisarm === undefined && (arm === undefined || seqOf(arm) <= seqOf(this.#arm))
          ? this.#governorDisarm
          : undefined,
    };
  }
}
