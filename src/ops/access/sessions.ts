import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { askRedis, RedisUnavailable } from '../../redis/connection/redis.errors.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import type { Keys } from '../../redis/keys/keys.js';
import { COMMANDS, KEYS } from '../../redis/redis.tokens.js';
import type { AdminToken } from './admin-tokens.js';
import { TokensFile } from './tokens-file.js';

/** A session that nobody uses ends after this time. */
const IDLE_MS = 3_600_000;
const LONGEST_MS = 12 * 3_600_000;
/** Another process may have ended a session, so this one looks again after this time. */
const LOOK_EVERY_MS = 2_000;
const MAX_REMEMBERED = 1_000;

/** As it is stored, under the hash of its id. */
interface Stored {
  /** Of the token. */
  readonly name: string;
  readonly createdMs: number;
  /** HMAC-SHA256 of the id by the digest of the token: who can only write to Redis cannot make a session. */
  readonly proof: string;
}

export interface Session {
  readonly token: AdminToken;
  /** Host clock, epoch ms: when it ends if nobody uses it. */
  readonly expiresMs: number;
  readonly csrfToken: string;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const proofOf = (id: string, digest: Buffer): string => createHmac('sha256', digest).update(id).digest('hex');

/** A page of another site can make a browser send the cookie, and cannot read this from any answer. */
const csrfTokenOf = (id: string): string => hashOf(`csrf ${id}`);

/**
 * Sessions of browsers, each in the place of one token: it has the role that the token has now, and ends with it. They are in Redis and so
 * valid in every process. One that this process knows goes on while Redis is away: the kill switch must work then.
 */
@Injectable()
export class Sessions {
  readonly #remembered = new Map<string, { readonly stored: Stored; readonly readMs: number }>();

  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly tokens: TokensFile,
  ) {}

  /** `presented` is a valid token. Answers with the secret of the session, which goes into the cookie. */
  async begin(
    presented: string,
    { name, role }: AdminToken,
  ): Promise<{ readonly id: string; readonly session: Session }> {
    const id = randomBytes(32).toString('base64url');
    const digest = createHash('sha256').update(presented).digest();
    const stored: Stored = { name, createdMs: Date.now(), proof: proofOf(id, digest) };
    await askRedis('storing a session', () =>
      this.client.set(this.keys.session(hashOf(id)), JSON.stringify(stored), 'PX', IDLE_MS),
    );
    return { id, session: sessionOf(id, stored, { name, role }) };
  }

  /** The session of this id; `undefined` if it has ended, or its token has. Throws if Redis must be asked and does not answer. */
  async find(id: string): Promise<Session | undefined> {
    const stored = await this.#stored(hashOf(id));
    if (stored === undefined || stored.createdMs + LONGEST_MS <= Date.now()) return undefined;
    const found = this.tokens.named(stored.name);
    if (found === undefined || !isSame(stored.proof, proofOf(id, found.digest))) return undefined;
    return sessionOf(id, stored, found.token);
  }

  async end(id: string): Promise<void> {
    const hash = hashOf(id);
    this.#remembered.delete(hash);
    await askRedis('ending a session', () => this.client.del(this.keys.session(hash)));
  }

  async #stored(hash: string): Promise<Stored | undefined> {
    const nowMs = performance.now();
    const remembered = this.#remembered.get(hash);
    if (remembered !== undefined && nowMs < remembered.readMs + LOOK_EVERY_MS) return remembered.stored;
    try {
      const text = await askRedis('reading a session', () => this.client.getex(this.keys.session(hash), 'PX', IDLE_MS));
      this.#remembered.delete(hash);
      const stored = storedIn(text);
      if (stored !== undefined) this.#remember(hash, stored, nowMs);
      return stored;
    } catch (error) {
      if (remembered === undefined || !(error instanceof RedisUnavailable)) throw error;
      return remembered.stored;
    }
  }

  #remember(hash: string, stored: Stored, readMs: number): void {
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined && this.#remembered.size >= MAX_REMEMBERED) this.#remembered.delete(oldest);
    this.#remembered.set(hash, { stored, readMs });
  }
}

function sessionOf(id: string, { createdMs }: Stored, token: AdminToken): Session {
  return { token, expiresMs: Math.min(Date.now() + IDLE_MS, createdMs + LONGEST_MS), csrfToken: csrfTokenOf(id) };
}

/** What cannot be read is no session. */
function storedIn(text: string | null): Stored | undefined {
  try {
    const { name, createdMs, proof } = (JSON.parse(text ?? 'null') ?? {}) as Partial<Stored>;
    if (typeof name !== 'string' || typeof createdMs !== 'number' || typeof proof !== 'string') return undefined;
    return { name, createdMs, proof };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
