import { asRedisError, RedisRefused, RedisUnavailable } from './redis.errors.js';
import type { RedisClient } from './redis-clients.js';
import type { Keys } from '../keys/keys.js';
import { loadScript } from '../scripts/script-source.js';
import { SCRIPTS } from '../scripts/scripts.js';

const NAME = 'mark_replication';
/** How long the replicas may take. A call that comes while another waits takes at most twice as long. */
const WAIT_MS = 300;

interface Round {
  readonly server: string;
  readonly acknowledged: Promise<number>;
}

/**
 * Asks the replicas whether they have what the primary has written. It has a connection of its own: WAIT blocks all commands behind it.
 * WAIT counts the writes of its own connection, so each question first writes a mark, after what it is about; replicas receive writes
 * in their order. Calls that come while one waits share the next question.
 */
export class Replicas {
  #running: Promise<unknown> = Promise.resolve();
  #next: Round | undefined;

  constructor(
    /** `undefined` if no replica is required. */
    private readonly client: RedisClient | undefined,
    private readonly keys: Keys,
    /** How many replicas must have a stop or a claim: `REDIS_MIN_REPLICAS`. */
    readonly wanted: number,
  ) {}

  /**
   * How many replicas have everything that `server` (a `KnownServer.id`) wrote before this call. Throws {@link RedisUnavailable} if
   * another server answers: what was written on the first may be lost.
   */
  acknowledged(server: string): Promise<number> {
    if (this.#next?.server === server) return this.#next.acknowledged;
    const acknowledged = this.#running.then(() => {
      if (this.#next === round) this.#next = undefined;
      return this.#ask(server);
    });
    const round: Round = { server, acknowledged };
    this.#next = round;
    this.#running = acknowledged.catch(() => undefined);
    return acknowledged;
  }

  /** What is missing for `what` to be on enough replicas, as a sentence; `""` if nothing is. Throws as {@link acknowledged} does. */
  async missing(what: string, server: string): Promise<string> {
    if (this.wanted === 0) return '';
    const acknowledged = await this.acknowledged(server);
    return acknowledged >= this.wanted
      ? ''
      : `${what} reached ${acknowledged} replicas of the ${this.wanted} that REDIS_MIN_REPLICAS asks for`;
  }

  async #ask(server: string): Promise<number> {
    const { client, keys, wanted } = this;
    if (client === undefined) return 0;
    const [runId = '', replId = ''] = server.split(':');
    try {
      // One pipeline is one connection, on a cluster that to the owner of the slot.
      const replies = await client
        .pipeline()
        .eval(loadScript(NAME).text, 1, keys.probe('replicas'), runId, replId)
        .wait(wanted, WAIT_MS)
        .exec();
      const [[markError, mark] = [null, undefined], [waitError, acknowledged] = [null, undefined]] = replies ?? [];
      if (markError !== null) throw markError;
      if (waitError !== null) throw waitError;
      return this.#counted(mark, acknowledged);
    } catch (error) {
      throw error instanceof RedisUnavailable || error instanceof RedisRefused
        ? error
        : asRedisError(error, 'waiting for replicas');
    }
  }

  #counted(mark: unknown, acknowledged: unknown): number {
    const word = Array.isArray(mark) ? String(mark[0]) : '';
    if (word === 'other_server')
      throw new RedisUnavailable('another Redis server answers than the one that was written to');
    if (word !== 'marked' || typeof acknowledged !== 'number')
      throw new RedisRefused(
        `script ${NAME} and WAIT answered ${JSON.stringify([mark, acknowledged])}; expected one of ${SCRIPTS[NAME].replies.join(', ')} and a number`,
      );
    return acknowledged;
  }
}
