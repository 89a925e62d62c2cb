import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { INestApplication, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { register, Registry } from 'prom-client';
import { inject } from 'vitest';
import { ConfigurationError } from '../../src/config/fault.js';
import { loadEnvironment } from '../../src/config/load-environment.js';
import { AppModule, GateModule } from '../../src/app.module.js';
import { configureHttp } from '../../src/ops/configure-http.js';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import type { Environment } from '../../src/config/environment.js';
import type { Logger } from '../../src/telemetry/logger.js';
import { type Connected } from '../../src/redis/scripts/acl/rights.js';
import { aclRules } from '../../src/redis/scripts/acl/users.js';
import { type Keys, keysFor } from '../../src/redis/keys/keys.js';
import { outageTexts } from '../../src/runtime/outage-texts.js';
import { Supervisor } from '../../src/runtime/supervisor.js';
import { GateMetrics } from '../../src/telemetry/metrics.js';
import { OutageLog } from '../../src/telemetry/outage-log.js';
import { PAPER_KEYS } from './paper-exchange-process.js';
import { proposalFields } from './proposals.js';

/** With one of these there is no REDIS_URL. */
const OTHER_ADDRESSES = new Set(['REDIS_SENTINELS', 'REDIS_CLUSTER_NODES']);

type PaperOptions = Parameters<typeof startPaperExchange>[0];

export interface GateOptions {
  readonly roles?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Redis rights beyond those of the roles: the test calls stores of other roles through this gate. */
  readonly rights?: readonly Connected[];
  /** Do not wait for the roles to run. */
  readonly start?: boolean;
  /** With the HTTP interface too, on a port of its own; one such gate at a time in a test's process. */
  readonly http?: boolean;
}

interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
}

interface RedisOfTest extends RedisLogin {
  readonly prefix?: string;
  /** A client of the test's own, as one that follows a failover. */
  readonly redis?: Redis;
}

/** One key prefix on the test server, one paper exchange, and gates in this process. */
export class TestEnvironment {
  readonly keys: Keys;
  readonly #gates: Gate[] = [];
  readonly #users = new Set<string>();

  private constructor(
    readonly prefix: string,
    readonly exchange: PaperExchange,
    readonly redis: Redis,
  ) {
    this.keys = keysFor(prefix);
  }

  /** `redisSocket` is another server than the one all tests share; `login` is for one whose `default` user is off. */
  static async create(
    paper: PaperOptions = {},
    redisSocket = inject('redisSocket'),
    { prefix = `t${randomUUID().slice(0, 8)}:`, redis, ...login }: RedisOfTest = {},
  ): Promise<TestEnvironment> {
    const exchange = await startPaperExchange({ port: 0, markWalk: false, ...paper });
    return new TestEnvironment(prefix, exchange, redis ?? new Redis({ path: redisSocket, ...login }));
  }

  /**
   * A Redis user with exactly the rights of these principals, as docker/redis/users.acl gives them for its prefix.
   * Its name is its password.
   */
  async redisUser(...principals: Connected[]): Promise<string> {
    const user = `${this.prefix.slice(0, -1)}-${principals.join('-')}`;
    if (!this.#users.has(user)) {
      await this.redis.call('ACL', 'SETUSER', user, 'reset', 'on', `>${user}`, ...aclRules(this.prefix, principals));
      this.#users.add(user);
    }
    return user;
  }

  /** A process' worth of roles, in this process. */
  async gate(options: GateOptions = {}): Promise<Gate> {
    const gate = await Gate.create(this, options);
    this.#gates.push(gate);
    return gate;
  }

  /** Writes a standing proposal, fresh by default. */
  async propose(symbol: string, action: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.redis.hset(this.keys.proposal(symbol), proposalFields(action, fields));
  }

  async entries(stream: string): Promise<{ id: string; fields: Record<string, string> }[]> {
    return (await this.redis.xrange(stream, '-', '+')).map(([id, flat]) => ({
      id,
      fields: Object.fromEntries(
        Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? '']),
      ),
    }));
  }

  results(): Promise<{ id: string; fields: Record<string, string> }[]> {
    return this.entries(this.keys.resultStream());
  }

  plans(): Promise<{ id: string; fields: Record<string, string> }[]> {
    return this.entries(this.keys.planStream());
  }

  /** The orders the exchange accepted, by its own records. */
  orders(): ReturnType<PaperExchange['records']>['orders'] {
    return this.exchange.records().orders;
  }

  async close(): Promise<void> {
    await Promise.all(this.#gates.map((gate) => gate.stop()));
    const keys = await this.redis.keys(`${this.prefix}*`);
    if (keys.length > 0) await this.redis.del(...keys);
    if (this.#users.size > 0) await this.redis.call('ACL', 'DELUSER', ...this.#users);
    this.redis.disconnect();
    await this.exchange.close();
  }
}

export class Gate {
  #stopped = false;

  private constructor(
    readonly app: INestApplicationContext,
    readonly logs: Record<string, unknown>[],
    readonly supervisor: Supervisor,
  ) {}

  static async create(testEnv: TestEnvironment, options: GateOptions): Promise<Gate> {
    const roles = options.roles ?? 'apply,position-brain,governor';
    const elsewhere = Object.keys(options.env ?? {}).some((name) => name.startsWith('REDIS_'));
    const loaded = loadEnvironment({
      ROLES: roles,
      ...(elsewhere
        ? {}
        : await credentials(testEnv, [...(roles.split(',') as Connected[]), ...(options.rights ?? [])])),
      INSTANCE_ID: `i-${randomUUID().slice(0, 8)}`,
      APPLY_MODE: 'testnet',
      APPLY_POLL_SEC: '0.1',
      P33_POLL_SEC: '0.2',
      P33_METRICS_PORT: '0',
      ...(Object.keys(options.env ?? {}).some((name) => OTHER_ADDRESSES.has(name))
        ? {}
        : { REDIS_URL: `unix://${inject('redisSocket')}` }),
      REDIS_KEY_PREFIX: testEnv.prefix,
      ...PAPER_KEYS,
      EXCHANGE_REST_URL: testEnv.exchange.restUrl,
      EXCHANGE_WS_URL: testEnv.exchange.wsUrl,
      EXCHANGE_UNKNOWN_PROOF_SEC: '1',
      ...options.env,
    });
    if ('faults' in loaded) throw new ConfigurationError(loaded.faults);
    const logs: Record<string, unknown>[] = [];
    const outages = new OutageLog(outageTexts(loaded.environment));
    const logger = pino(
      { level: 'debug', hooks: outages.hooks },
      { write: (line: string) => void logs.push(JSON.parse(line) as Record<string, unknown>) },
    );
    outages.writeTo(logger);
    const app =
      options.http === true
        ? await withHttp(loaded.environment, logger)
        : await withoutHttp(loaded.environment, logger);
    const gate = new Gate(app, logs, app.get(Supervisor, { strict: false }));
    if (options.start !== false) await gate.supervisor.start();
    return gate;
  }

  /** Where the HTTP interface answers. */
  get url(): string {
    const { port } = (this.app as INestApplication).getHttpServer().address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  messages(): string[] {
    return this.logs.map((line) => String(line['msg']));
  }

  async metrics(): Promise<string> {
    return this.app.get(GateMetrics, { strict: false }).render();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.supervisor.stop();
    await this.app.close();
  }
}

/** Every gate works with the rights of its roles and no others, and with an operators' connection: a missing right shows in any test. */
async function credentials(testEnv: TestEnvironment, roles: readonly Connected[]): Promise<Record<string, string>> {
  const [own, operator] = [await testEnv.redisUser(...roles), await testEnv.redisUser('operator')];
  return {
    REDIS_USERNAME: own,
    REDIS_PASSWORD: own,
    REDIS_OPERATOR_USERNAME: operator,
    REDIS_OPERATOR_PASSWORD: operator,
  };
}

const QUIET = { logger: false, abortOnError: false } as const;

function withoutHttp(environment: Environment, logger: Logger): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(GateModule.forRoot(environment, logger, new Registry()), QUIET);
}

async function withHttp(environment: Environment, logger: Logger): Promise<INestApplication> {
  register.clear();
  const app = await NestFactory.create(AppModule.forRoot(environment, logger), QUIET);
  configureHttp(app, environment);
  await app.listen(0, '127.0.0.1');
  return app;
}
