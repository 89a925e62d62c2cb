import { asRedisError } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { afterNextPoll } from '../../runtime/tick-batching.js';

/** Acknowledges entries of one group; all of one tick of the event loop in one command. */
export class Acknowledger {
  #done: string[] = [];
  #underway: Promise<void> | undefined;

  constructor(
    private readonly commands: RedisClient,
    private readonly stream: string,
    private readonly group: string,
  ) {}

  /** Resolves when Redis has the acknowledgement. */
  add(id: string): Promise<void> {
    this.#done.push(id);
    this.#underway ??= this.#send();
    return this.#underway;
  }

  async #send(): Promise<void> {
    await afterNextPoll();
    const ids = this.#done;
    this.#done = [];
    this.#underway = undefined;
    try {
      await this.commands.xack(this.stream, this.group, ...ids);
    } catch (error) {
      throw asRedisError(error, `acknowledging ${ids.join(', ')}`);
    }
  }
}
