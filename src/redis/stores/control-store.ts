import { Inject, Injectable } from '@nestjs/common';
import { ControlChanges } from './control-changes.js';
import { ControlFence, engagedBy, type PressedStop } from './control-fence.js';
import {
  type ArmState,
  type ControlState,
  controlStateOf,
  killSwitchIn,
  type Hold,
  holdIn,
  type KillSwitchState,
  type RoleDisarm,
  type StoredText,
} from './control-state.js';
import type { AccountBinding, AccountOfPrefix, ControlInitialised, InitialControl } from './control-initialisation.js';
import { readBlock } from './stored-block.js';
import { askRedis, RedisRefused, RedisUnavailable } from '../connection/redis.errors.js';
import { eventKeys } from '../keys/event-keys.js';
import type { Keys } from '../keys/keys.js';
import { Replicas } from '../connection/replicas.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import type { ScriptArgs } from '../scripts/scripts.js';
import { COMMANDS, KEYS, OPERATOR_SCRIPTS } from '../redis.tokens.js';

/** Reads the control state. Throws when Redis fails. */
export async function readControl(client: RedisClient, keys: Keys): Promise<ControlState> {
  const texts = await askRedis('reading the control state', () =>
    client.mget(keys.killSwitch(), keys.arm(), keys.governorDisarm()),
  );
  return controlStateOf(texts[0], texts[1], texts[2]);
}

/**
 * Kill switch, arm state, holds and the account of the prefix. `writer` is the connection that may change control state:
 * the operators' user where one is configured.
 */
@Injectable()
export class ControlStore {
  readonly changes = new ControlChanges();

  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(OPERATOR_SCRIPTS) private readonly writer: ScriptRunner,
    private readonly own: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly fence: ControlFence,
    private readonly replicas: Replicas,
  ) {}

  /** The control state from Redis, plus the stops that this process has seen and Redis has lost. */
  async read(): Promise<ControlState> {
    return this.fence.withStops(await this.stored());
  }

  /** Restores the stops that Redis has lost, as far as the users of this process have the rights. Returns the restored ones. */
  async restoreLostStops(): Promise<readonly string[]> {
    const { keys, fence } = this;
    const lost = fence.lost(await this.stored());
    const restored: string[] = [];
    if (lost.killSwitch !== undefined && (await this.#restore(keys.killSwitch(), lost.killSwitch, 'kill switch')))
      restored.push('kill switch');
    if (lost.arm !== undefined && (await this.#restore(keys.arm(), lost.arm, 'disarmed'))) restored.push('disarmed');
    if (lost.governorDisarm !== undefined) {
      if (await this.disarmAsRole({ ...lost.governorDisarm, context: { restored: true } }, 'permit-gate'))
        restored.push("the Governor's disarm");
    }
    return restored;
  }

  async #restore(key: string, state: KillSwitchState | ArmState, what: string): Promise<boolean> {
    const { word } = await this.writer.run(
      'restore_control',
      { state: key, ...eventKeys(this.keys) },
      { value: JSON.stringify(state), seq: state.seq ?? 0, what },
    );
    if (word === 'restored') this.changes.restored(what, state);
    return word === 'restored';
  }

  /** As {@link read}, from texts that a script has already read. */
  fromTexts(killSwitch: StoredText, arm: StoredText, governorDisarm: StoredText): ControlState {
    const state = controlStateOf(killSwitch, arm, governorDisarm);
    this.fence.observe(state);
    return this.fence.withStops(state);
  }

  /** As {@link stored}, read on the connection of the operators, which waits for no work of the roles. */
  async storedByOperators(): Promise<ControlState> {
    const { keys } = this;
    const { values } = await this.writer.run(
      'read_control',
      { killSwitch: keys.killSwitch(), arm: keys.arm(), governorDisarm: keys.governorDisarm() },
      {},
    );
    const [killSwitch, arm, governorDisarm] = values.map(String);
    const state = controlStateOf(killSwitch, arm, governorDisarm);
    this.fence.observe(state);
    return state;
  }

  /** The control state as Redis stores it, without lost stops. */
  async stored(): Promise<ControlState> {
    const state = await readControl(this.client, this.keys);
    this.fence.observe(state);
    return state;
  }

  /** Binds the prefix to one account, for a process without the rights to {@link init}. Needs control state that another wrote. */
  async bindAccount({ account, compatible }: AccountOfPrefix): Promise<AccountBinding> {
    const { keys } = this;
    const { word, values } = await this.own.run(
      'bind_account',
      { account: keys.account(), killSwitch: keys.killSwitch(), arm: keys.arm() },
      { ownAccount: account, compatible: compatible.join(' ') },
    );
    switch (word) {
      case 'bound':
      case 'no_control':
        return { kind: word };
      case 'other_account':
        return { kind: word, account: String(values[0]) };
    }
    return word satisfies never;
  }

  /**
   * Writes missing control state and binds the prefix, in one step, with the operators' rights. An empty prefix gets `initial`. A prefix
   * with a bound account was in use: there a missing kill switch becomes engaged and a missing arm state disarmed. A process that does
   * not know its account omits `own`.
   */
  async init(initial: InitialControl, own?: AccountOfPrefix): Promise<ControlInitialised> {
    const { keys } = this;
    const { by, at_ms } = initial.killSwitch;
    const lost = { by, reason: 'missing from Redis on a prefix that was in use', at_ms, seq: 1 };
    const { word, values } = await this.writer.run(
      'init_control',
      {
        killSwitch: keys.killSwitch(),
        arm: keys.arm(),
        account: keys.account(),
        ...eventKeys(keys),
      },
      {
        initialKillSwitch: JSON.stringify({ ...initial.killSwitch, seq: 1 }),
        initialArm: JSON.stringify({ ...initial.arm, seq: 1 }),
        lostKillSwitch: JSON.stringify({ engaged: true, ...lost }),
        lostArm: JSON.stringify({ armed: false, ...lost }),
        ownAccount: own?.account ?? '',
        compatible: own?.compatible.join(' ') ?? '',
      },
    );
    switch (word) {
      case 'ready':
        return { kind: word };
      case 'lost':
        return { kind: word, what: String(values[0]) };
      case 'other_account':
        return { kind: word, account: String(values[0]) };
    }
    return word satisfies never;
  }

  /** Returns the stored state with its number. */
  async setKillSwitch(state: KillSwitchState): Promise<KillSwitchState> {
    const { seq, before } = await this.#set(
      this.keys.killSwitch(),
      state,
      killEvent(state),
      false,
      this.fence.storedKillSeq,
    );
    const stored = { ...state, seq };
    this.changes.noteBefore(stored, before);
    this.fence.observe({ killSwitch: stored, arm: undefined, governorDisarm: undefined });
    return stored;
  }

  /**
   * Stores a pressed stop, once however often it is called. From then on the stored state counts in place of the pressed one. A switch
   * that is engaged already keeps who engaged it and why.
   * `undefined`: it was stored before and has been released since.
   */
  async storePressed(stop: PressedStop): Promise<KillSwitchState | undefined> {
    const { keys, fence } = this;
    const state = engagedBy(stop);
    const set = await this.#set(keys.killSwitch(), state, killEvent(state), false, fence.storedKillSeq, stop.id);
    if (set.word === 'ended') {
      await this.storedByOperators();
      fence.endPress(stop.id);
      return undefined;
    }
    const stored = killSwitchIn(set.stored) ?? { ...state, seq: set.seq, press_id: stop.id };
    this.changes.noteBefore(stored, set.before);
    fence.observe({ killSwitch: stored, arm: undefined, governorDisarm: undefined });
    fence.endPress(stop.id);
    return stored;
  }

  /** Arming also lifts the Governor's own disarm; disarming leaves it. */
  async setArm(state: ArmState): Promise<void> {
    const event = state.armed ? 'ARMED' : 'DISARMED';
    const { seq, before } = await this.#set(this.keys.arm(), state, event, state.armed, this.fence.lastSeenDisarmSeq);
    this.changes.noteBefore(state, before);
    this.fence.observe({ killSwitch: undefined, arm: { ...state, seq }, governorDisarm: undefined });
  }

  /** Disarms with the rights of any role: only an operator can arm again. False if a role has disarmed already; that one stays. */
  async disarmAsRole({ reason, at_ms, context }: RoleDisarm, by: string): Promise<boolean> {
    const { keys } = this;
    const { word } = await this.own.run(
      'governor_disarm',
      { governorDisarm: keys.governorDisarm(), ...eventKeys(keys) },
      { value: JSON.stringify({ reason, at_ms, context }), reason, context: JSON.stringify(context) },
    );
    if (word === 'disarmed') this.changes.disarmed(by, reason, context);
    return word === 'disarmed';
  }

  /** Whatever is stored is a hold; one that cannot be read is nobody's. */
  async hold(symbol: string): Promise<Hold | undefined> {
    return holdIn(symbol, await readBlock(this.client, this.keys.hold(symbol), 'reading a hold'));
  }

  /** `exists` if the symbol is already on hold and `onlyIfAbsent` is set. */
  async setHold(hold: Hold, who: 'operator' | 'role', onlyIfAbsent: boolean): Promise<'held' | 'exists'> {
    const { keys } = this;
    const { word, values } = await (who === 'operator' ? this.writer : this.own).run(
      'set_hold',
      { hold: keys.hold(hold.symbol), ...eventKeys(keys), epoch: keys.epoch(hold.symbol) },
      { value: JSON.stringify(hold), reason: hold.reason, onlyIfAbsent: onlyIfAbsent ? '1' : '0' },
    );
    this.changes.noteBefore(hold, values[0]);
    if (who === 'role' && word === 'held') this.changes.held(hold);
    return word;
  }

  /** With `onlyIf` (the JSON of a hold), clears only exactly that hold. */
  clearHold(symbol: string, reason: string, actor: string, onlyIf = ''): Promise<'cleared' | 'absent'> {
    return this.#clearHold(this.writer, { symbol, reason, actor, onlyIf });
  }

  /** Lifts a hold that a role set, only if the stored one is still `hold` (its JSON). Never lifts a hold of an operator. */
  async liftOwnHold(symbol: string, hold: string, reason: string, actor: string): Promise<'cleared' | 'absent'> {
    const lifted = await this.#clearHold(this.own, { symbol, reason, actor, onlyIf: hold });
    if (lifted === 'cleared') this.changes.lifted(symbol, hold, reason, actor);
    return lifted;
  }

  async #clearHold(scripts: ScriptRunner, args: ScriptArgs<'clear_hold'>): Promise<'cleared' | 'absent'> {
    const { keys } = this;
    const hold = keys.hold(String(args.symbol));
    return (await scripts.run('clear_hold', { hold, ...eventKeys(keys) }, args)).word;
  }

  /**
   * Why too few replicas have what was set last; `""` if enough have it. A stop counts without them, and each process that has seen it
   * sets it again after a failover that lost it.
   */
  async missingReplicas(what: string): Promise<string> {
    try {
      return await this.replicas.missing(what, this.writer.server.known?.id ?? '');
    } catch (error) {
      if (error instanceof RedisUnavailable || error instanceof RedisRefused)
        return `whether replicas have ${what} is not known: ${error.message}`;
      throw error;
    }
  }

  async #set(
    key: string,
    state: KillSwitchState | ArmState,
    event: string,
    lift: boolean,
    seenSeq: number,
    pressId = '',
  ): Promise<{ word: 'set' | 'kept' | 'ended'; seq: number; before: string; stored: string }> {
    const { keys } = this;
    const { reason, by } = state;
    const { word, values } = await this.writer.run(
      'set_control',
      { state: key, governorDisarm: keys.governorDisarm(), ...eventKeys(keys) },
      {
        value: JSON.stringify(state),
        event,
        reason,
        context: JSON.stringify({ actor: by }),
        liftGovernorDisarm: lift ? '1' : '0',
        seenSeq,
        pressId,
      },
    );
    const [, seq, before = '', stored = ''] = values.map(String);
    return { word, seq: Number(seq), before, stored };
  }
}

const killEvent = ({ engaged }: KillSwitchState): string => (engaged ? 'KILL_SWITCH_ENGAGED' : 'KILL_SWITCH_RELEASED');
