import { Inject, Injectable } from '@nestjs/common';
import { asRedisError, RedisRefused } from './redis.errors.js';
import type { Keys } from '../keys/keys.js';
import type { RedisClient } from './redis-clients.js';
import { loadScript } from '../scripts/script-source.js';
import { SCRIPTS } from '../scripts/scripts.js';
import { COMMANDS, KEYS, SETTLE_MS } from '../redis.tokens.js';

/** The server that answers. Times are Redis' clock in ms; 0 if it never changed. */
export interface KnownServer {
  /** Identifies one run of one server as primary; a restart or a promotion changes it. */
  readonly id: string;
  /** When a server was first recorded under this prefix. */
  readonly sinceMs: number;
  /** When another server answered than the one that wrote the data; the last writes before it may be lost. */
  readonly changedMs: number;
  /** Until then an order that Redis lost may still reach the exchange, so nothing is claimed. */
  readonly settleUntilMs: number;
}

export type ServerListener = (server: KnownServer, redisNowMs: number) => void;

const NAME = 'note_server';

/**
 * Records which server answers on a connection. Scripts contain its identity ({@link ScriptRunner}) and are loaded only after the
 * identity was recorded with the data. So a restarted or promoted server does not know them: the next script call detects the change
 * before it runs, and records that claims must wait.
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

  /** The key that the server is recorded under: on a cluster, the owner of its slot is meant. */
  get key(): string {
    return this.keys.server();
  }

  /** As of the last {@link confirm}; `undefined` before the first. */
  get known(): KnownServer | undefined {
    return this.#known;
  }

  /** Called when another server than before answers, or when the data was deleted. */
  onChange(listener: ServerListener): void {
    this.#listener = listener;
  }

  /** Reads the identity of the server and records it with the data. One call at a time. */
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
        3,
        keys.server(),
        keys.governorEvents(),
        keys.keptEvents(),
        String(this.settleMs),
        knownSinceMs,
      );
    } catch (error) {
      throw asRedisError(error, 'reading the identity of the Redis server');
    }
    const words: readonly string[] = SCRIPTS[NAME].replies;
    if (!Array.isArray(reply) || !words.includes(String(reply[0])))
      throw new RedisRefused(`script ${NAME} answered ${JSON.stringify(reply)}; expected one of ${words.join(', ')}`);
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
