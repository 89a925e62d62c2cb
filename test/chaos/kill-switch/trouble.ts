import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Arena } from '../arena.js';
import type { ChaosGate } from '../chaos-gate.js';
import type { DrillKind } from './options.js';

const SLOW_MS = 2_500;
const STORED_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 5;

/** An engaging call that was made while Redis was in trouble. Times are the host's clock, epoch ms. */
export interface TroubledCall {
  readonly round: number;
  /** The process that was asked. */
  readonly gate: string;
  /** `undefined` when it did not answer. */
  readonly status: number | undefined;
  readonly stoppedHere: boolean;
  readonly returnedMs: number;
  readonly healedMs: number;
  /** When Redis had the stop. */
  readonly storedMs: number;
  readonly releasedMs: number;
}

/** Puts Redis in trouble for the process that is asked, or for all, and ends that. */
export class Trouble {
  constructor(
    private readonly kind: DrillKind,
    private readonly arena: Arena,
    private readonly redis: Redis,
  ) {}

  async begin(asked: ChaosGate): Promise<void> {
    const all = this.arena.gates.map(({ redisLink }) => redisLink);
    if (this.kind === 'away') for (const link of all) link.set('cut');
    if (this.kind === 'cut-off') asked.redisLink.set('cut');
    if (this.kind === 'slow') for (const link of all) link.slow(SLOW_MS);
    if (this.kind === 'full') await this.redis.config('SET', 'maxmemory', '1');
  }

  /** Returns when it has ended. */
  async endAfter(ms: number): Promise<number> {
    await sleep(ms);
    for (const { redisLink } of this.arena.gates) {
      redisLink.slow(0);
      redisLink.set('pass');
    }
    if (this.kind === 'full') await this.redis.config('SET', 'maxmemory', '0');
    return Date.now();
  }

  /** Waits until Redis has the stop. */
  async untilStored(): Promise<number> {
    const untilMs = Date.now() + STORED_WITHIN_MS;
    while (!((await this.redis.get(this.arena.keys.killSwitch())) ?? '').includes('"engaged":true')) {
      if (Date.now() > untilMs)
        throw new Error(`the stop was not stored within ${STORED_WITHIN_MS} ms of the trouble's end`);
      await sleep(LOOK_EVERY_MS);
    }
    return Date.now();
  }
}
