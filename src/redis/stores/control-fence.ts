import { Injectable } from '@nestjs/common';
import type { ArmState, ControlState, GovernorDisarmState, KillSwitchState } from './control-state.js';

/** A stop that this process has seen and Redis has lost. */
export interface LostStops {
  readonly killSwitch: KillSwitchState | undefined;
  readonly arm: ArmState | undefined;
  readonly governorDisarm: GovernorDisarmState | undefined;
}

const seqOf = (state: { readonly seq?: number } | undefined): number => state?.seq ?? 0;

/**
 * Remembers every stop this process has seen: an engaged kill switch, a disarmed system. A Redis that lost its last writes may
 * say released again; what it says is older then, by its number, and does not count. Only stops are remembered: a release that
 * Redis lost leaves it engaged, and a person releases it once more.
 */
@Injectable()
export class ControlFence {
  #killSwitch: KillSwitchState | undefined;
  #arm: ArmState | undefined;
  #governorDisarm: GovernorDisarmState | undefined;

  /** Takes notice of what Redis says now. */
  observe({ killSwitch, arm, governorDisarm }: ControlState): void {
    if (killSwitch !== undefined && (killSwitch.engaged || seqOf(killSwitch) >= seqOf(this.#killSwitch)))
      this.#killSwitch = killSwitch;
    if (arm !== undefined && (!arm.armed || seqOf(arm) >= seqOf(this.#arm))) {
      // The Governor's disarm ends with the next arming, and with nothing else.
      if (arm.armed && seqOf(arm) > seqOf(this.#arm)) this.#governorDisarm = undefined;
      this.#arm = arm;
    }
    if (governorDisarm !== undefined) this.#governorDisarm = governorDisarm;
  }

  /** The number of the engaged kill switch that was seen; a state with a lower one is older. 0 when it was seen released. */
  get lastSeenKillSeq(): number {
    return this.#killSwitch?.engaged === true ? seqOf(this.#killSwitch) : 0;
  }

  /** The lowest number an arm state must have to be newer than the stop that was seen; 0 when none was. */
  get lastSeenDisarmSeq(): number {
    if (this.#arm?.armed === false) return seqOf(this.#arm);
    return this.#governorDisarm === undefined ? 0 : seqOf(this.#arm) + 1;
  }

  /** What Redis says, with the stops in it that it has lost. */
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
