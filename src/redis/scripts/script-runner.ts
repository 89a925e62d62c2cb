import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { asRedisError, RedisRefused, RedisUnavailable } from '../connection/redis.errors.js';
import { ownerOf } from '../connection/slot-owner.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { loadScript, type ScriptSource } from './script-source.js';
import { type KnownServer, ServerIdentity } from '../connection/server-identity.js';
import { type ScriptArgs, type ScriptKeys, type ScriptName, SCRIPTS, type ScriptWord } from './scripts.js';
import { COMMANDS } from '../redis.tokens.js';

export interface ScriptReply<N extends ScriptName> {
  readonly word: ScriptWord<N>;
  /** The values after the reply word, in the order of the script's header. */
  readonly values: readonly unknown[];
  /** The {@link KnownServer.id} of the server that ran it. */
  readonly server: string;
}

const ASK_AGAIN_MS = 50;

/** Runs the Lua scripts of this folder by name, with named keys and arguments. */
@Injectable()
export class ScriptRunner {
  readonly #sources = new Map<ScriptName, ScriptSource>();
  #sourcesFor = '';

  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    readonly server: ServerIdentity,
  ) {}

  /** The sum of all known steps of Redis' clock. */
  get clockStepsMs(): number {
    return this.server.known?.clockStepsMs ?? 0;
  }

  /** Loads every script into Redis, so that the first plan does not wait for it. */
  async preload(): Promise<void> {
    const { id } = await this.server.confirm();
    const names = Object.keys(SCRIPTS) as ScriptName[];
    const server = ownerOf(this.client, this.server.key);
    await Promise.all(names.map((name) => server.script('LOAD', this.#source(name, id).text)));
  }

  /**
   * One run. `rest` follows the arguments, `moreKeys` the keys, each group of them in the order of the header. A lost connection or a passed deadline throws {@link RedisUnavailable}: the script may have run. A script
   * that Redis does not know (NOSCRIPT) did not run. It may be another server than before; that is checked and recorded before
   * the script is sent in full.
   */
  async run<N extends ScriptName>(
    name: N,
    keys: ScriptKeys<N>,
    args: ScriptArgs<N>,
    rest: readonly string[] = [],
    moreKeys: readonly string[] = [],
  ): Promise<ScriptReply<N>> {
    const shape = SCRIPTS[name];
    const named = shape.keys.map((key) => (keys as Readonly<Record<string, string>>)[key] ?? '');
    const keyValues = [...named, ...moreKeys];
    const argValues = shape.args.map((arg) => String((args as Readonly<Record<string, string | number>>)[arg]));
    const parameters = [...keyValues, ...argValues, ...rest];
    const server = this.server.known ?? (await this.#confirmFor(name));
    try {
      const { sha1 } = this.#source(name, server.id);
      return asReply(name, server.id, await this.client.evalsha(sha1, keyValues.length, ...parameters));
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw this.#sorted(name, error);
    }
    const { id } = await this.#confirmFor(name);
    try {
      const { text } = this.#source(name, id);
      return asReply(name, id, await this.client.eval(text, keyValues.length, ...parameters));
    } catch (error) {
      throw this.#sorted(name, error);
    }
  }

  /**
   * Runs a script whose second run with the same token changes nothing. Retries while Redis is unreachable, until `untilMs` (host clock,
   * `performance.now()`).
   */
  async settle<N extends ScriptName>(
    untilMs: number,
    name: N,
    keys: ScriptKeys<N>,
    args: ScriptArgs<N>,
    rest: readonly string[] = [],
  ): Promise<ScriptReply<N>> {
    for (;;) {
      try {
        return await this.run(name, keys, args, rest);
      } catch (error) {
        if (!(error instanceof RedisUnavailable) || performance.now() + ASK_AGAIN_MS >= untilMs) throw error;
        await sleep(ASK_AGAIN_MS);
      }
    }
  }

  /** Adds the name of the script to the error of a missing right, which shows the connection that needs the right. */
  async #confirmFor(name: ScriptName): Promise<KnownServer> {
    try {
      return await this.server.confirm();
    } catch (error) {
      if (error instanceof RedisRefused) throw new RedisRefused(`script ${name}: ${error.message}`, { cause: error });
      throw error;
    }
  }

  #source(name: ScriptName, server: string): ScriptSource {
    if (server !== this.#sourcesFor) this.#sources.clear();
    this.#sourcesFor = server;
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    const source = loadScript(name, server);
    this.#sources.set(name, source);
    return source;
  }

  #sorted(name: ScriptName, error: unknown): Error {
    return error instanceof RedisRefused || error instanceof RedisUnavailable
      ? error
      : asRedisError(error, `script ${name}`);
  }
}

function asReply<N extends ScriptName>(name: N, server: string, raw: unknown): ScriptReply<N> {
  const words: readonly string[] = SCRIPTS[name].replies;
  if (Array.isArray(raw) && typeof raw[0] === 'string' && words.includes(raw[0])) {
    return { word: raw[0] as ScriptWord<N>, values: raw.slice(1), server };
  }
  throw new RedisRefused(`script ${name} answered ${JSON.stringify(raw)}; expected one of ${words.join(', ')}`);
}
