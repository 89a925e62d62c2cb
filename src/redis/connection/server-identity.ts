import { Inject, Injectable } from '@nestjs/common';
import { asRedisError, RedisRefused } from './redis.errors.js';
import type { Keys } from '../keys/keys.js';
import type { RedisClient } from './redis-clients.js';
import { loadScript } from '../scripts/script-source.js';
import { SCRIPTS } from '../scripts/scripts.js';
import { COMMANDS, KEYS, SETTLE_MS } from '../redis.tokens.js';

/** The server that answers, and since when. Times are Redis' clock in ms; 0 where it never changed. */
export interface KnownServer {
  /** Names one reign of one server: another after a restart and after a promotion. */
  readonly id: string;
  /** When the note of it was first made under this prefix. */
  readonly sinceMs: number;
  /** When a server answered that the data did not come from: what was written last before it may be lost. */
  readonly changedMs: number;
  /** Until then an order that was forgotten may still reach the exchange, and nothing is claimed. */
  readonly settleUntilMs: number;
}

export type ServerListener = (server: KnownServer, redisNowMs: number) => void;

const NAME = 'note_server';

/**
 * Which server answers on a connection. Scripts are loaded under its name ({@link ScriptRunner}), and only after the name was
 * noted beside the data: on a server that was restarted or promoted they are unknown, whoever asks finds that out before
 * anything else runs, and what the lost end of the data means for claims is written down by then.
 */
@Injectable()
export class ServerIdentity {
  #known: KnownServer | undefined;
  #asking: Promise<KnownServer> | undefined;
  #listener: ServerListener = () => undefined;
  readonly #source = loadScript(NAME);

  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    /** How long a signed order may still be accepted by the exchange: receive window and clock skew. */
    @Inject(SETTLE_MS) private readonly settleMs: number,
  ) {}

  /** As of the last {@link confirm}; `undefined` before the first. */
  get known(): KnownServer | undefined {
    return this.#known;
  }

  /** ReportedRefusal whenever another server than before is found, or the data was emptied. */
  onChange(listener: ServerListener): void {
    this.#listener = listener;
  }

  /** Asks the server who it is and notes it beside the data. One question at a time. */
  confirm(): Promise<KnownServer> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #ask(): Promise<KnownServer> {
    const { keys } = this;
    const knownSinceMs = this.#known === undefined ? '' : String(this.#known.sinceMs);
    let reply: unknown;
    try {
      reply = await this.client.eval(
        this.#source.text,
        2,
        keys.server(),
        keys.governorEvents(),
        String(this.settleMs),
        knownSinceMs,
      );
    } catch (error) {
      throw asRedisError(error, 'asking Redis which server it is');
    }
    const words: readonly string[] = SCRIPTS[NAME].replies;
    if (!Array.isArray(reply) || !words.includes(String(reply[0])))
      throw new RedisRefused(
        `script ${NAME} answered ${JSON.stringify(reply)}; one of ${words.join(', ')} was expected`,
      );
    const [word, nowMs, runId, replId, sinceMs, changedMs, settleUntilMs] = reply.map(String);
    const server: KnownServer = {
      id: `${runId}:${replId}`,
      sinceMs: Number(sinceMs),
      changedMs: Number(changedMs),
      settleUntilMs: Number(settleUntilMs),
    };
    const isNews = word === 'changed' || (this.#known !== undefined && this.#known.changedMs !== server.changedMs);
    this.#known = server;
    if (isNews) this.#listener(server, Number(nowMs));
    return server;
  }
}
