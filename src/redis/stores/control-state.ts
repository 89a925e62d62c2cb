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
 * as a disarm. So no value stops the control calls, which can always overwrite it. A member of another type counts as absent.
 */
export function controlStateOf(killSwitch: StoredText, arm: StoredText, governorDisarm: StoredText): ControlState {
  return { killSwitch: killSwitchIn(killSwitch), arm: armIn(arm), governorDisarm: governorDisarmIn(governorDisarm) };
}

/** Only `engaged: false` is a released switch. */
export function killSwitchIn(text: StoredText): KillSwitchState | undefined {
  const stored = membersIn(text);
  if (stored === undefined) return undefined;
  return {
    engaged: stored['engaged'] !== false,
    ...actIn(stored),
    ...seqIn(stored),
    ...textIn(stored, 'press_id'),
    ...textIn(stored, 'ended_press_id'),
  };
}

function armIn(text: StoredText): ArmState | undefined {
  const stored = membersIn(text);
  return stored && { armed: stored['armed'] === true, ...actIn(stored), ...seqIn(stored) };
}

function governorDisarmIn(text: StoredText): GovernorDisarmState | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  const stored = membersIn(text);
  if (stored === undefined || typeof stored['reason'] !== 'string') return UNREADABLE_DISARM;
  return { reason: stored['reason'], at_ms: finiteIn(stored, 'at_ms') ?? 0 };
}

const actIn = (stored: Members): Pick<KillSwitchState, 'by' | 'reason' | 'at_ms'> => ({
  by: memberOf(stored, 'by'),
  reason: memberOf(stored, 'reason'),
  at_ms: finiteIn(stored, 'at_ms') ?? 0,
});
function seqIn(stored: Members): { seq?: number } {
  const seq = finiteIn(stored, 'seq');
  return seq === undefined ? {} : { seq };
}
const textIn = (stored: Members, name: 'press_id' | 'ended_press_id'): Partial<Record<typeof name, string>> =>
  typeof stored[name] === 'string' ? { [name]: stored[name] } : {};

/** A stored hold. One that cannot be read holds too: without a cause, and nobody's. */
export function holdIn(symbol: string, text: StoredText): Hold | undefined {
  const suspension = suspensionIn(symbol, text, 'hold');
  return suspension && { ...suspension, cause: memberOf(membersIn(text) ?? {}, 'cause') };
}

/** A stored suspension. One that cannot be read suspends too. */
export function suspensionIn(symbol: string, text: StoredText, what = 'suspension'): Suspension | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  const stored = membersIn(text);
  if (stored === undefined)
    return { symbol, reason: `what is stored of the ${what} is not readable`, by: '', at_ms: 0 };
  return { symbol, ...actIn(stored) };
}

type Members = Readonly<Record<string, unknown>>;

function memberOf(stored: Members, name: string): string {
  const member = stored[name];
  return typeof member === 'string' ? member : '';
}

function finiteIn(stored: Members, name: string): number | undefined {
  const member = stored[name];
  return typeof member === 'number' && Number.isFinite(member) ? member : undefined;
}

const UNREADABLE_DISARM: GovernorDisarmState = { reason: 'what is stored is not readable', at_ms: 0 };

function membersIn(text: StoredText): Members | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
