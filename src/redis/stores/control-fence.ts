import { Injectable } from '@nestjs/common';
import type { ArmState, ControlState, GovernorDisarmState, KillSwitchState } from './control-state.js';

/** Higher than the number of any stored state. */
const ABOVE_ALL = Number.MAX_SAFE_INTEGER;

/** A stop that somebody pressed at this process. */
export interface PressedStop {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  /** Epoch ms by the clock of this process. */
  readonly at_ms: number;
}

/** What stops trading. */
export type StopSeen = 'kill_switch' | 'disarmed';

/** A stop that this process has seen and that Redis has lost. */
export interface LostStops {
  readonly killSwitch: KillSwitchState | undefined;
  readonly arm: ArmState | undefined;
  readonly governorDisarm: GovernorDisarmState | undefined;
}

function seqOf(state: { readonly seq?: unknown } | undefined): number {
  const seq = state?.seq;
  return typeof seq === 'number' && seq > 0 && seq < ABOVE_ALL ? seq : 0;
}

/**
 * Remembers every stop that this process has seen: an engaged kill switch, a disarmed system. If Redis loses its last writes, it may
 * report the switch as released again; that state has a lower number and is ignored. Only stops are remembered: if Redis loses a
 * release, the switch stays engaged until an operator releases it again.
 *
 * A stop that was pressed at this process counts from that moment, stored or not: no state in Redis is newer than it. It ends when it
 * is stored (then the stored state counts) or withdrawn by a release. Of several that wait, the first says who stopped and why.
 */
@Injectable()
export class ControlFence {
  #killSwitch: KillSwitchState | undefined;
  #arm: ArmState | undefined;
  #governorDisarm: GovernorDisarmState | undefined;
  /** Oldest first. */
  readonly #presses: PressedStop[] = [];

  /** Stops this process, before anything is stored. */
  press(stop: PressedStop): void {
    this.#presses.push(stop);
  }

  /** The first stop that this process holds to although Redis does not have it yet. */
  get pressed(): PressedStop | undefined {
    return this.#presses[0];
  }

  /** The one that was pressed last. */
  get lastPressed(): PressedStop | undefined {
    return this.#presses.at(-1);
  }

  /** Call when Redis has the stop, or when it was released: it and those pressed before it end. A stop pressed since stays. */
  endPress(id: string): void {
    this.#presses.splice(0, this.#presses.findIndex((stop) => stop.id === id) + 1);
  }

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

  /** A kill switch with a lower number is older than the stop that was seen or pressed. 0 if it was seen released. */
  get lastSeenKillSeq(): number {
    return this.pressed === undefined ? this.storedKillSeq : ABOVE_ALL;
  }

  /** The stop that holds as far as this process knows. An engaged switch comes first. */
  get stopSeen(): StopSeen | undefined {
    if (this.pressed !== undefined || this.#killSwitch?.engaged === true) return 'kill_switch';
    return this.#arm?.armed === false || this.#governorDisarm !== undefined ? 'disarmed' : undefined;
  }

  /** As {@link lastSeenKillSeq}, of stored states alone: the number for the next change. */
  get storedKillSeq(): number {
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
    const killSwitch = lost.killSwitch ?? state.killSwitch;
    const { pressed } = this;
    return {
      killSwitch: pressed === undefined || killSwitch?.engaged === true ? killSwitch : engagedBy(pressed),
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

/** A pressed stop as a kill switch without a number. */
export function engagedBy({ by, reason, at_ms }: PressedStop): KillSwitchState {
  return { engaged: true, by, reason, at_ms };
}
