import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import type { Environment } from '../../src/config/environment.js';
import { ConfigurationError } from '../../src/config/fault.js';
import { loadEnvironment } from '../../src/config/load-environment.js';
import { auditStream } from '../../src/redis/keys/audit-keys.js';
import { type Keys, keysFor } from '../../src/redis/keys/keys.js';
import type { AuditFacts } from '../../src/redis/stores/audit-chain.js';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { AuditReader, type AuditReport } from '../../src/redis/stores/audit-reader.js';
import { AuditRetention } from '../../src/redis/stores/audit-retention.js';
import { AuditStore } from '../../src/redis/stores/audit-store.js';
import { scriptsOn } from '../harness/scripts-on.js';

export const AUDIT_KEY = 'k'.repeat(40);
export const OTHER_KEY = 'o'.repeat(40);

export interface StoredEntry {
  readonly id: string;
  readonly flat: readonly string[];
}

/** Audit chains of several processes under one prefix, without the processes. */
export class AuditChains {
  readonly prefix = `t${randomUUID().slice(0, 8)}:`;
  readonly keys: Keys = keysFor(this.prefix);
  readonly redis: Redis;

  constructor(socket = inject('redisSocket')) {
    this.redis = new Redis({ path: socket });
  }

  /** The store of a process, with what it found damaged. */
  store(chain: string, variables: NodeJS.ProcessEnv = { AUDIT_KEY }): { store: AuditStore; damage: string[] } {
    const environment = this.#environment(chain, variables);
    const scripts = scriptsOn(this.redis, this.keys);
    const store = new AuditStore(scripts, this.redis, this.keys, new RedisClock(), environment);
    const damage: string[] = [];
    store.onDamage((detail) => damage.push(detail));
    return { store, damage };
  }

  retention(store: AuditStore, variables: NodeJS.ProcessEnv): AuditRetention {
    const environment = this.#environment(store.chain, variables);
    return new AuditRetention(store, scriptsOn(this.redis, this.keys), this.redis, this.keys, environment);
  }

  #environment(chain: string, variables: NodeJS.ProcessEnv): Environment {
    const [role, instance] = chain.split(':');
    const names = { ROLES: role, INSTANCE_ID: instance, REDIS_KEY_PREFIX: this.prefix };
    const loaded = loadEnvironment({ ...names, ...variables });
    if ('faults' in loaded) throw new ConfigurationError(loaded.faults);
    return loaded.environment;
  }

  /** By a process that has just started: Redis alone says what is missing. */
  async verify(variables?: NodeJS.ProcessEnv): Promise<AuditReport> {
    const { store } = this.store('apply:verifier', variables);
    return new AuditReader(this.redis, this.keys, store).verify();
  }

  stream(chain: string): string {
    return auditStream(this.keys, chain) ?? '';
  }

  async entries(chain: string): Promise<StoredEntry[]> {
    return (await this.redis.xrange(this.stream(chain), '-', '+')).map(([id, flat]) => ({ id, flat }));
  }

  /** Replaces the stream by these entries. */
  async write(chain: string, entries: readonly StoredEntry[]): Promise<void> {
    await this.redis.del(this.stream(chain));
    for (const { id, flat } of entries) await this.redis.xadd(this.stream(chain), id, ...flat);
  }

  async close(): Promise<void> {
    const keys = await this.redis.keys(`${this.prefix}*`);
    if (keys.length > 0) await this.redis.del(...keys);
    this.redis.disconnect();
  }
}

export const factsOf = (action: string): AuditFacts => ({
  actor: 'anna',
  role: 'admin',
  address: '::1',
  action,
  target: '',
  reason: `reason of ${action}`,
  outcome: 'ok',
});

export const append = (store: AuditStore, action: string): Promise<unknown> =>
  store.append(factsOf(action), performance.now());

/** The same entry with one field set to another value. */
export const changed = ({ id, flat }: StoredEntry, field: string, value: string): StoredEntry => ({
  id,
  flat: flat.map((text, at) => (at % 2 === 1 && flat[at - 1] === field ? value : text)),
});
