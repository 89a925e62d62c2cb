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
  /** The sum of all steps of Redis' clock, in ms. A time that was stored at another sum is wrong by the difference. */
  readonly clockStepsMs: number;
  /** By how much the clock was set at the last change; 0 if the change was another one. */
  readonly stepMs: number;
}

export type ServerListener = (server: KnownServer, redisNowMs: number) => void;

const NAME = 'note_server';
/** Two readings of one clock differ from the monotonic clock by less, besides the time that the command took. */
const STEP_MS = 2_000;

/** A reading of Redis' clock, and when it was asked for and answered (`performance.now()`). */
interface Reading {
  readonly redisMs: number;
  readonly askedMs: number;
  readonly answeredMs: number;
}

/**
 * Records which server answers on a connection. Scripts contain its identity ({@link ScriptRunner}) and are loaded only after the
 * identity was recorded with the data. So a restarted or promoted server does not know them: the next script call detects the change
 * before it runs, and records that claims must wait.
 */
@Injectable()
export class ServerIdentity {
  #known: KnownServer | undefined;
  #asking: Promise<KnownServer> | undefined;
  #reading: Reading | undefined;
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

  /** Called when another server than before answers, when the data was deleted, or when Redis' clock was set. */
  onChange(listener: ServerListener): void {
    this.#listener = listener;
  }

  /** Reads the identity and the clock of the server and records a change with the data. One call at a time. */
  confirm(): Promise<KnownServer> {
    this.#asking ??= this.#confirm().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** A clock that was set back shows at once. One that is ahead may be a late command, so that is ruled out first. */
  async #confirm(): Promise<KnownServer> {
    const before = this.#reading;
    const known = await this.#ask(before, false);
    const now = this.#reading;
    if (before === undefined || now === undefined) return known;
    const latestMs = before.redisMs + (now.answeredMs - before.askedMs);
    return now.redisMs > latestMs + STEP_MS ? this.#ask(before, true) : known;
  }

  async #ask(before: Reading | undefined, forward: boolean): Promise<KnownServer> {
    const { keys } = this;
    const askedMs = performance.now();
    const expectedMs = before === undefined ? '' : String(Math.floor(before.redisMs + askedMs - before.answeredMs));
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
        expectedMs,
        String(this.#known?.clockStepsMs ?? ''),
        forward ? '1' : '0',
      );
    } catch (error) {
      throw asRedisError(error, 'reading the identity of the Redis server');
    }
    const words: readonly string[] = SCRIPTS[NAME].replies;
    if (!Array.isArray(reply) || !words.includes(String(reply[0])))
      throw new RedisRefused(`script ${NAME} answered ${JSON.stringify(reply)}; expected one of ${words.join(', ')}`);
    const [word, nowMs, runId, replId, sinceMs, changedMs, settleUntilMs, clockStepsMs, stepMs] = reply.map(String);
    this.#reading = { redisMs: Number(nowMs), askedMs, answeredMs: performance.now() };
    const server: KnownServer = {
      id: `${runId}:${replId}`,
      sinceMs: Number(sinceMs),
      changedMs: Number(changedMs),
      settleUntilMs: Number(settleUntilMs),
      clockStepsMs: Number(clockStepsMs),
      stepMs: Number(stepMs),
    };
    const isNews = word === 'changed' || (this.#known !== undefined && this.#known.changedMs !== server.changedMs);
    this.#known = server;
    if (isNews) this.#listener(server, Number(nowMs));
    return server;
  }
}
