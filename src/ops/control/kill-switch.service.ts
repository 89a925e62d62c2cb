import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { isMissingRight, RedisRefused, RedisUnavailable } from '../../redis/connection/redis.errors.js';
import { ControlFence, engagedBy, type PressedStop } from '../../redis/stores/control-fence.js';
import type { KillSwitchState } from '../../redis/stores/control-state.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import { LocalOrders } from '../../redis/stores/local-orders.js';
import { type Pressed, StopKeeper } from '../../redis/stores/stop-keeper.js';
import { problem } from '../problem/problem.js';
import { problemOf } from '../problem/problem-of.js';
import { RedisTime } from '../system/redis-time.js';
import { ForeignApplies, type ForeignApply } from './foreign-apply.js';
import { ClaimedOrders, type SeenPlans, Unconfirmable } from './claimed-orders.js';
import { type InFlightPlan, localPlan } from './in-flight.js';
import { notConfirmed } from './not-confirmed.js';
import { TradingInstances } from './trading-instances.js';

/** The deadline of the engaging call. */
const ANSWER_WITHIN_MS = 10_000;
/** How long an answer waits to learn whether the file of the stop is written. */
const FILE_WITHIN_MS = 250;

export interface Engaged {
  readonly state: KillSwitchState;
  /** Somebody had engaged it before; `state` says who, why and when. */
  readonly wasEngaged: boolean;
  /** What it replaced; `undefined` if that is not known. */
  readonly before: unknown;
  readonly waitedMs: number;
  readonly inFlight: readonly InFlightPlan[];
  readonly foreignApply: ForeignApply | 'unknown' | undefined;
  /** Why a failover now could lose it; `""` if enough replicas have it. */
  readonly missingReplicas: string;
}

/** One engaging call. */
interface Call {
  readonly pressed: Pressed;
  readonly untilMs: number;
  readonly seen: SeenPlans;
  stored: boolean;
  wasEngaged: boolean;
  before: unknown;
  /** Asked once the stop is stored. */
  foreign: ReturnType<ForeignApplies['look']> | undefined;
}

/**
 * Stops everything: first this process, then all. After the flag is stored no plan can be claimed and no request signed again: both
 * check it in the same script that changes the journal. The call then waits for plans that were claimed before; their set can only shrink.
 */
@Injectable()
export class KillSwitch {
  constructor(
    private readonly control: ControlStore,
    private readonly keeper: StopKeeper,
    private readonly fence: ControlFence,
    private readonly claimed: ClaimedOrders,
    private readonly local: LocalOrders,
    private readonly instances: TradingInstances,
    private readonly foreignApplies: ForeignApplies,
    private readonly time: RedisTime,
  ) {}

  /** `undefined` when Redis has none that can be read, which counts as engaged. A stop of this process needs no Redis. */
  async read(): Promise<KillSwitchState | undefined> {
    const { pressed } = this.fence;
    try {
      return (await this.control.read()).killSwitch;
    } catch (error) {
      if (pressed === undefined || !(error instanceof RedisUnavailable)) throw error;
      return engagedBy(pressed);
    }
  }

  /**
   * Stops this process before anything else, and returns when no order of any process can reach the exchange any more. If this is
   * not certain within `withinMs`, throws a 503 problem that says what is; the stop stays, and is stored as soon as that is possible.
   */
  async engage(by: string, reason: string, withinMs = ANSWER_WITHIN_MS): Promise<Engaged> {
    const startMs = performance.now();
    const pressed = this.keeper.press(by, reason);
    const call: Call = {
      pressed,
      untilMs: startMs + withinMs,
      seen: new Map(),
      stored: false,
      wasEngaged: false,
      before: undefined,
      foreign: undefined,
    };
    try {
      const state = await this.#engage(call);
      const missingReplicas = await this.control.missingReplicas('the kill switch');
      const foreignApply = await Promise.race([call.foreign, until(call.untilMs).then(() => 'unknown' as const)]);
      const waitedMs = Math.round(performance.now() - startMs);
      const { before, wasEngaged } = call;
      return { state, wasEngaged, before, waitedMs, inFlight: [...call.seen.values()], foreignApply, missingReplicas };
    } catch (error) {
      if (!(error instanceof Unconfirmable || error instanceof RedisRefused)) throw error;
      throw await this.#notConfirmed(call, error);
    }
  }

  async #engage(call: Call): Promise<KillSwitchState> {
    const { pressed, untilMs } = call;
    const stored = await Promise.race([pressed.stored, until(untilMs)]);
    if (stored === undefined) throw new Unconfirmable('the kill switch could not be stored, Redis is unavailable');
    if (stored === 'released') throw new Unconfirmable('an admin has released the kill switch since');
    call.stored = true;
    call.wasEngaged = !isOf(stored, pressed.stop);
    call.before = this.control.changes.before(stored);
    call.foreign = this.foreignApplies.look();
    let engaged = stored;
    for (;;) {
      await this.claimed.untilSettled(call);
      const { killSwitch: state } = await this.claimed.untilAnswered(call, 'verifying the kill switch', () =>
        this.control.storedByOperators(),
      );
      if (state?.engaged !== true) {
        call.stored = false;
        throw new Unconfirmable('the kill switch was set but is no longer engaged');
      }
      if (isDeepStrictEqual(state, engaged)) return state;
      // Somebody engaged it again. It may have been released in between, and a plan claimed then, so check once more.
      engaged = state;
    }
  }

  /** Allows orders again, also those that this process alone was stopping. */
  async release(by: string, reason: string): Promise<{ readonly state: KillSwitchState; readonly before: unknown }> {
    const stored = await this.keeper.release(async () =>
      this.control.setKillSwitch({ engaged: false, by, reason, at_ms: await this.time.nowMs() }),
    );
    const state = await this.read();
    if (state?.engaged === false) return { state, before: this.control.changes.before(stored) };
    throw problem(
      409,
      'kill-switch-engaged',
      'The kill switch is engaged',
      'It was released, but somebody else has engaged it again since.',
    );
  }

  async #notConfirmed({ pressed, seen, stored, foreign }: Call, error: Error): Promise<Error> {
    const { fence, instances } = this;
    const kept = await Promise.race([pressed.kept, until(performance.now() + FILE_WITHIN_MS)]);
    const elsewhere = this.local.open.filter(({ planId }) => !seen.has(planId));
    return notConfirmed({
      why: error instanceof RedisRefused ? problemOf(error).detail.replace(/\.$/, '') : error.message,
      kind: isMissingRight(error) ? 'redis-right-missing' : 'kill-switch-not-confirmed',
      process: instances.own,
      stoppedHere: fence.pressed !== undefined || fence.storedKillSeq > 0,
      stored,
      kept: kept ?? 'unknown',
      others: instances.others,
      othersAsOfMs: instances.asOfMs,
      foreignApply: await Promise.race([
        foreign,
        until(performance.now() + FILE_WITHIN_MS).then(() => 'unknown' as const),
      ]),
      plans: [...seen.values(), ...elsewhere.map((order) => localPlan(order))],
    });
  }
}

function until(ms: number): Promise<undefined> {
  return sleep(Math.max(0, ms - performance.now()), undefined, { ref: false });
}

const isOf = ({ by, reason, at_ms: atMs }: KillSwitchState, stop: PressedStop): boolean =>
  by === stop.by && reason === stop.reason && atMs === stop.at_ms;
