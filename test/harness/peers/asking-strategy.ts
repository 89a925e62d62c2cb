import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../eventually.js';
import { proposalFields } from '../proposals.js';
import type { Fleet } from './fleet.js';

const LOOK_EVERY_MS = 20;
/** A plan without any result for this long died with its Apply. */
const LOST_AFTER_MS = 6_000;
const WITHIN_MS = 20_000;

/**
 * A strategy of one symbol that asks for a close until the position has changed. It asks again, with a new `computed_at_utc`, only
 * after the plan of the last time has ended without an order, or was lost with the process that made it.
 */
export class AskingStrategy {
  constructor(
    private readonly fleet: Fleet,
    private readonly symbol: string,
  ) {}

  /** Asks for half of the position. Resolves when the exchange has closed it, with how often it had to ask. */
  async half(): Promise<number> {
    const { fleet, symbol } = this;
    const before = fleet.amount(symbol);
    const untilMs = performance.now() + WITHIN_MS;
    for (let asked = 1; ; asked += 1) {
      const planId = await this.#say('PARTIAL_50');
      const lostMs = performance.now() + LOST_AFTER_MS;
      while (fleet.amount(symbol) === before && performance.now() < lostMs && !(await this.#endedWithoutOrder(planId)))
        await sleep(LOOK_EVERY_MS);
      if (fleet.amount(symbol) !== before) {
        await this.#hold();
        return asked;
      }
      if (performance.now() > untilMs)
        throw new Error(`${symbol} was not closed after ${asked} proposals: ${await this.#why()}`);
    }
  }

  /** A strategy says HOLD for longer than a poll; Apply answers it with a plan that does nothing. */
  async #hold(): Promise<void> {
    const planId = await this.#say('HOLD');
    const isSeen = async (): Promise<boolean> =>
      (await this.fleet.entries('apply.plan')).some(({ plan_id: id }) => id === planId);
    await eventually(isSeen, WITHIN_MS);
  }

  async #say(action: string): Promise<string> {
    const proposal = proposalFields(action, { kill_score: '0.5' });
    await this.fleet.redis.hset(`quantum:harvest:proposal:${this.symbol}`, proposal);
    const identity = `${this.symbol}:${action}:0.500000:None:${proposal['computed_at_utc'] ?? ''}`;
    return createHash('sha256').update(identity).digest('hex').slice(0, 16);
  }

  async #endedWithoutOrder(planId: string): Promise<boolean> {
    const results = (await this.fleet.entries('apply.result')).filter(({ plan_id: id }) => id === planId);
    return results.some(({ executed, decision }) => executed === 'False' && decision !== 'SKIP');
  }

  async #why(): Promise<string> {
    const last = (await this.fleet.entries('apply.result')).filter(({ symbol }) => symbol === this.symbol).slice(-3);
    return JSON.stringify(last);
  }
}
