/** A latched switch: who set it, why, and when (epoch ms). `seq` numbers the changes; 0 if it was written by hand. */
export interface KillSwitchState {
  readonly seq?: number;
  /** Of the stop that was pressed; absent when it was written in another way. */
  readonly press_id?: string;
  /** Of the stop that this release ended. */
  readonly ended_press_id?: string;
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

/** Why and when a role disarms the system (epoch ms), and what an operator should know of it. */
export interface RoleDisarm extends GovernorDisarmState {
  readonly context: Readonly<Record<string, unknown>>;
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

/** A block on one symbol. */
export interface Hold {
  readonly symbol: string;
  readonly cause: string;
  readonly reason: string;
  readonly by: string;
  readonly at_ms: number;
}

/** Why one symbol is not traded until an admin allows it again. */
export type Suspension = Omit<Hold, 'cause'>;

/** A text as Redis stores it; nothing or `""` for a missing one. */
export type StoredText = string | null | undefined;

/**
 * Reads the three stored texts. What cannot be read denies: a kill switch or an arm state counts as missing, the Governor's disarm
 * as a disarm. So no value stops the control calls, which can always overwrite it.
 */
export function controlStateOf(killSwitch: StoredText, arm: StoredText, governorDisarm: StoredText): ControlState {
  const isThere = governorDisarm !== null && governorDisarm !== undefined && governorDisarm !== '';
  return {
    killSwitch: killSwitchIn(killSwitch),
    arm: objectIn(arm) as ArmState | undefined,
    governorDisarm: isThere
      ? ((objectIn(governorDisarm) as GovernorDisarmState | undefined) ?? UNREADABLE_DISARM)
      : undefined,
  };
}

export const killSwitchIn = (text: StoredText): KillSwitchState | undefined =>
  objectIn(text) as KillSwitchState | undefined;

/** A stored hold. One that cannot be read holds too: without a cause, and nobody's. */
export function holdIn(symbol: string, text: StoredText): Hold | undefined {
  const suspension = suspensionIn(symbol, text, 'hold');
  return suspension && { ...suspension, cause: memberOf(objectIn(text), 'cause') };
}

/** A stored suspension. One that cannot be read suspends too. */
export function suspensionIn(symbol: string, text: StoredText, what = 'suspension'): Suspension | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  const stored = objectIn(text);
  if (stored === undefined)
    return { symbol, reason: `what is stored of the ${what} is not readable`, by: '', at_ms: 0 };
  const { at_ms: atMs } = stored as Readonly<Record<string, unknown>>;
  return {
    symbol,
    reason: memberOf(stored, 'reason'),
    by: memberOf(stored, 'by'),
    at_ms: typeof atMs === 'number' ? atMs : 0,
  };
}

function memberOf(stored: object | undefined, name: string): string {
  const member = (stored as Readonly<Record<string, unknown>> | undefined)?.[name];
  return typeof member === 'string' ? member : '';
}

const UNREADABLE_DISARM: GovernorDisarmState = { reason: 'what is stored is not readable', at_ms: 0 };

function objectIn(text: StoredText): object | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
