import { asRedisError, RedisRefused } from './redis.errors.js';
import type { Keys } from './keys.js';
import type { RedisClient } from './redis-clients.js';
import type { ScriptRunner } from './script-runner.js';

/** A latched switch: who set it, why, and when (epoch ms). */
export interface KillSwitchState {
  readonly engaged: boolean;
  readonly by: string;
  readonly reason: string;
  readonly at_ms: number;
}

export interface ArmState {
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
  /** `undefined`: missing from Redis, which denies. */
  readonly killSwitch: KillSwitchState | undefined;
  readonly arm: ArmState | undefined;
  readonly governorDisarm: GovernorDisarmState | undefined;
}

export interface Hold {
  readonly symbol: string;
  readonly cause: string;
  readonly reason: string;
  readonly by: string;
  readonly at_ms: number;
}

export interface InitialControl {
  readonly killSwitch: KillSwitchState;
  readonly arm: ArmState;
  /** `<mode>:<account fingerprint>`, `""` when this process knows no account. */
  readonly account: string;
  /** Other values the prefix may hold already. */
  readonly compatible: readonly string[];
}

export type ControlInit =
  | { readonly kind: 'ready'; readonly state: ControlState; readonly account: string }
  | { readonly kind: 'other_account'; readonly account: string };

function parse(text: string | null | undefined, what: string): unknown {
  if (text === null || text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RedisRefused(`${what} in Redis is not JSON: ${JSON.stringify(text.slice(0, 60))}`, { cause: error });
  }
}

/** True only when the switch is there and says released. */
export function isReleased(state: ControlState): boolean {
  return state.killSwitch?.engaged === false;
}

/** True only when the arm state is there, says armed, and the Governor has not disarmed. */
export function isArmed(state: ControlState): boolean {
  return state.arm?.armed === true && state.governorDisarm === undefined;
}

/**
 * Kill switch, arm state, holds and the account of the prefix. `writer` is the connection that may change control state:
 * the operators' user where one is configured.
 */
export class ControlStore {
  constructor(
    private readonly client: RedisClient,
    private readonly writer: ScriptRunner,
    private readonly own: ScriptRunner,
    private readonly keys: Keys,
  ) {}

  async read(): Promise<ControlState> {
    const { keys } = this;
    const [killSwitch, arm, governorDisarm] = await this.#asking('reading the control state', () =>
      this.client.mget(keys.killSwitch(), keys.arm(), keys.governorDisarm()),
    );
    return {
      killSwitch: parse(killSwitch, 'the kill switch') as KillSwitchState | undefined,
      arm: parse(arm, 'the arm state') as ArmState | undefined,
      governorDisarm: parse(governorDisarm, "the Governor's disarm") as GovernorDisarmState | undefined,
    };
  }

  /** Writes initial values where there are none and binds the prefix to one account. */
  async init(initial: InitialControl): Promise<ControlInit> {
    const { keys } = this;
    const { word, values } = await this.writer.run(
      'init_control',
      { killSwitch: keys.killSwitch(), arm: keys.arm(), account: keys.account() },
      {
        killSwitch: JSON.stringify(initial.killSwitch),
        arm: JSON.stringify(initial.arm),
        account: initial.account,
        compatible: initial.compatible.join(' '),
      },
    );
    if (word === 'other_account') return { kind: word, account: String(values[0]) };
    return { kind: word, state: await this.read(), account: String(values[2]) };
  }

  async setKillSwitch(state: KillSwitchState): Promise<void> {
    await this.#set(
      this.keys.killSwitch(),
      JSON.stringify(state),
      state.engaged ? 'KILL_SWITCH_ENGAGED' : 'KILL_SWITCH_RELEASED',
      state.reason,
      state.by,
      false,
    );
  }

  /** Arming also lifts the Governor's own disarm; disarming leaves it. */
  async setArm(state: ArmState): Promise<void> {
    await this.#set(
      this.keys.arm(),
      JSON.stringify(state),
      state.armed ? 'ARMED' : 'DISARMED',
      state.reason,
      state.by,
      state.armed,
    );
  }

  async hold(symbol: string): Promise<Hold | undefined> {
    return parse(
      await this.#asking('reading a hold', () => this.client.get(this.keys.hold(symbol))),
      `the hold of ${symbol}`,
    ) as Hold | undefined;
  }

  /** `exists` when the symbol is on hold already and `onlyIfAbsent` was asked. */
  async setHold(hold: Hold, who: 'operator' | 'role', onlyIfAbsent: boolean): Promise<'held' | 'exists'> {
    const { keys } = this;
    const { word } = await (who === 'operator' ? this.writer : this.own).run(
      'set_hold',
      { hold: keys.hold(hold.symbol), governorEvents: keys.governorEvents(), epoch: keys.epoch(hold.symbol) },
      { hold: JSON.stringify(hold), symbol: hold.symbol, reason: hold.reason, onlyIfAbsent: onlyIfAbsent ? '1' : '0' },
    );
    return word;
  }

  async clearHold(symbol: string, reason: string, actor: string): Promise<'cleared' | 'absent'> {
    const { keys } = this;
    const { word } = await this.writer.run(
      'clear_hold',
      { hold: keys.hold(symbol), governorEvents: keys.governorEvents() },
      { symbol, reason, actor, onlyIf: '' },
    );
    return word;
  }

  /** A role takes back the hold it set, if the stored one still is `hold` (its JSON): an operator's own is never lifted. */
  async liftOwnHold(symbol: string, hold: string, reason: string, actor: string): Promise<'cleared' | 'absent'> {
    const { keys } = this;
    const { word } = await this.own.run(
      'clear_hold',
      { hold: keys.hold(symbol), governorEvents: keys.governorEvents() },
      { symbol, reason, actor, onlyIf: hold },
    );
    return word;
  }

  async #set(key: string, value: string, event: string, reason: string, actor: string, lift: boolean): Promise<void> {
    const { keys } = this;
    await this.writer.run(
      'set_control',
      { state: key, governorDisarm: keys.governorDisarm(), governorEvents: keys.governorEvents() },
      { value, event, reason, context: JSON.stringify({ actor }), liftGovernorDisarm: lift ? '1' : '0' },
    );
  }

  async #asking<T>(doing: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw asRedisError(error, doing);
    }
  }
}
