/** A latched switch: who set it, why, and when (epoch ms). `seq` numbers the changes; 0 if it was written by hand. */
export interface KillSwitchState {
  readonly seq?: number;
  readonly engaged: boolean;
  readonly by: string;
  readonly reason: string;
  readonly at_ms: number;
}

export interface ArmState {
  readonly seq?: number;
  readonly armed: boolean;
  readonly by: string;
  readonly reason: string;
  readonly at_ms: number;
}

export interface GovernorDisarmState {
  readonly reason: string;
  readonly at_ms: number;
}

export interface ControlState {
  /** `undefined` if it is missing from Redis; that denies. */
  readonly killSwitch: KillSwitchState | undefined;
  readonly arm: ArmState | undefined;
  readonly governorDisarm: GovernorDisarmState | undefined;
}

/** True only if the switch exists and is released. */
export function isReleased(state: ControlState): boolean {
  return state.killSwitch?.engaged === false;
}

/** True only if the arm state exists and is armed, and the Governor has not disarmed. */
export function isArmed(state: ControlState): boolean {
  return state.arm?.armed === true && state.governorDisarm === undefined;
}
