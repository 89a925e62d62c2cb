import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { Keys } from '../../redis/keys/keys.js';
import { RedisRefused } from '../../redis/connection/redis.errors.js';
import { type RedisClient, RedisClients } from '../../redis/connection/redis-clients.js';
import { COMMANDS, KEYS } from '../../redis/redis.tokens.js';
import { Replicas } from '../../redis/connection/replicas.js';
import { ServerIdentity } from '../../redis/connection/server-identity.js';
import { checkShape } from '../../redis/connection/shape-check.js';
import { checkReplicas, checkServer, type ServerFinding } from '../../redis/connection/server-check.js';

/** A result is reused for this long, so readiness follows Redis within this time plus {@link DEADLINE_MS}. */
const CACHE_MS = 2_000;
const DEADLINE_MS = 1_100;
/** How often it is proven that a production's Redis is not open to others: that opens a connection. */
const SHAPE_EVERY_MS = 30_000;

export interface RedisHealth {
  readonly ok: boolean;
  /** What is wrong and what to do about it; `""` when nothing is. */
  readonly message: string;
  readonly findings: readonly { readonly what: string; readonly ok: boolean; readonly found: string }[];
}

/** Checks that the Redis of the command connection answers and is configured correctly. One check at a time. */
@Injectable()
export class RedisHealthCheck {
  /** Why the connection failed: a refused password ends it before any command. */
  #connectionFault = '';
  #shape: { readonly findings: Promise<ServerFinding[]>; readonly untilMs: number } | undefined;
  #latest: { readonly health: Promise<RedisHealth>; readonly untilMs: number } | undefined;

  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly environment: Environment,
    private readonly clients: RedisClients,
    private readonly replicas: Replicas,
    private readonly server: ServerIdentity,
  ) {
    client.on('error', (error: Error) => (this.#connectionFault = error.message));
    client.on('ready', () => (this.#connectionFault = ''));
  }

  check(): Promise<RedisHealth> {
    const nowMs = performance.now();
    if (this.#latest === undefined || nowMs >= this.#latest.untilMs) {
      this.#latest = { health: this.#within(this.#ask()), untilMs: nowMs + CACHE_MS };
    }
    return this.#latest.health;
  }

  async #within(asked: Promise<RedisHealth>): Promise<RedisHealth> {
    const timer = new AbortController();
    const late = sleep(DEADLINE_MS, down(`Redis did not answer within ${DEADLINE_MS} ms`), {
      signal: timer.signal,
      ref: false,
    });
    try {
      return await Promise.race([asked, late]);
    } finally {
      timer.abort();
      late.catch(() => undefined);
    }
  }

  async #ask(): Promise<RedisHealth> {
    try {
      const { instanceId, applyMode } = this.environment;
      const production = applyMode === 'production';
      const [server, replicas, shape] = await Promise.all([
        checkServer(this.client, this.keys, instanceId, this.clients.database, production),
        checkReplicas(this.replicas, this.server.known?.id ?? ''),
        production ? this.#shapeOf() : [],
      ]);
      const all = [...server, ...replicas, ...shape];
      const wrong = all.filter(({ ok }) => !ok);
      return {
        ok: wrong.length === 0,
        message: wrong.map(({ what, found, remedy }) => `${what} is ${JSON.stringify(found)}: ${remedy}`).join('; '),
        findings: all.map(({ what, ok, found }) => ({ what, ok, found })),
      };
    } catch (error) {
      return down(this.#reasonOf(error));
    }
  }

  /** One that is wrong is looked at again each time, until it is repaired. */
  async #shapeOf(): Promise<ServerFinding[]> {
    const nowMs = performance.now();
    if (this.#shape === undefined || nowMs >= this.#shape.untilMs)
      this.#shape = { findings: checkShape(this.client, this.keys), untilMs: nowMs + SHAPE_EVERY_MS };
    const { findings } = this.#shape;
    try {
      const found = await findings;
      if (found.some(({ ok }) => !ok)) this.#shape = undefined;
      return found;
    } catch (error) {
      this.#shape = undefined;
      throw error;
    }
  }

  #reasonOf(error: unknown): string {
    const { address, login } = this.clients.variables;
    const asked = error instanceof Error ? error.message : String(error);
    const message = this.#connectionFault === '' ? asked : this.#connectionFault;
    if (/failed to connect to sentinel|Sentinel/i.test(message) && /NOAUTH|WRONGPASS/.test(message))
      return `${message}; correct REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD`;
    if (/NOAUTH|WRONGPASS/.test(message)) return `${message}; correct ${login}`;
    if (error instanceof RedisRefused) return `${message}; give this process' Redis user the right to it`;
    return `Redis cannot be reached (${message}); check that it runs and that ${address} name it`;
  }
}

function down(message: string): RedisHealth {
  return { ok: false, message, findings: [] };
}
