import { eventually } from '../harness/eventually.js';
import { NOT_TAKEN_UP } from '../harness/standing.js';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { pino } from 'pino';
import { register } from 'prom-client';
import { ConfigModule } from '../../src/config/config.module.js';
import type { Environment } from '../../src/config/environment.js';
import { ConfigurationError } from '../../src/config/fault.js';
import { loadEnvironment } from '../../src/config/load-environment.js';
import { EXCHANGE, type ExchangeHealth, type ExchangePort } from '../../src/exchange/exchange.port.js';
import { configureHttp } from '../../src/ops/configure-http.js';
import { OpsModule } from '../../src/ops/ops.module.js';
import type { Keys } from '../../src/redis/keys/keys.js';
import { type RedisClient, RedisClients } from '../../src/redis/connection/redis-clients.js';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import { RedisModule } from '../../src/redis/redis.module.js';
import { COMMANDS, KEYS } from '../../src/redis/redis.tokens.js';
import { PROPOSAL_INTAKE, type ProposalIntake } from '../../src/runtime/proposal-intake.js';
import { type LoopHealth, RoleRegistry } from '../../src/runtime/role-service.js';
import { demandDocumented } from '../harness/api-answers.js';
import { ProcessHealth } from '../../src/runtime/process-health.js';
import { SelfDescription } from '../../src/runtime/self-description.js';
import { foreignPermit } from './apply-support.js';
import { StartupState } from '../../src/runtime/startup-state.js';
import type { Role } from '../../src/config/roles.js';
import { TelemetryModule } from '../../src/telemetry/telemetry.module.js';

export const TOKENS = { viewer: 'viewer-token-1', operator: 'operator-token-1', admin: 'admin-token-1' } as const;
export type Name = keyof typeof TOKENS;

class Stubs {}
Module({})(Stubs);

/** What the admin interface only looks at: the roles' loops, the exchange's health, an Apply that takes proposals. */
export class OpsContext {
  readonly registry = new RoleRegistry();
  readonly startup = new StartupState();
  readonly submitted: { symbol: string; fields: Readonly<Record<string, string>>; source: string }[] = [];
  exchangeHealth: ExchangeHealth = { state: 'ok', lastAnswerMs: Date.now() };
  loops: LoopHealth[] = [{ name: 'hand-made loop', idleMs: 10, allowedIdleMs: 5_000 }];
  intake: ProposalIntake | undefined = {
    submit: async (symbol, fields, source) => {
      this.submitted.push({ symbol, fields, source });
      return { planId: 'aaaaaaaaaaaaaaaa', decision: 'EXECUTE', reasonCodes: [], detail: '', attempt: 1 };
    },
    withdraw: async () => ({ planId: '', outcome: 'none' }),
  };

  constructor(roles: Iterable<Role>) {
    this.startup.set('running');
    for (const role of roles) {
      this.registry.register({
        role,
        groups: [],
        start: async () => undefined,
        stop: async () => undefined,
        loops: () => this.loops,
      });
    }
  }

  /** Of the exchange that only tells how it is. */
  withCredentials = false;
  /** A process that has exchange keys; by default it only tells how it is. */
  exchange: ExchangePort | undefined;

  module(): DynamicModule {
    const exchange = this.exchange ?? {
      hasCredentials: this.withCredentials,
      health: () => this.exchangeHealth,
      budget: () => ({ usedWeight1m: 42, bannedUntilMs: 5_000 }),
      clock: () => ({ offsetMs: 3, uncertaintyMs: Number.POSITIVE_INFINITY }),
    };
    const providers = [
      { provide: RoleRegistry, useValue: this.registry },
      { provide: StartupState, useValue: this.startup },
      { provide: EXCHANGE, useValue: exchange },
      ProcessHealth,
      SelfDescription,
      ...(this.intake === undefined ? [] : [{ provide: PROPOSAL_INTAKE, useValue: this.intake }]),
    ];
    return { module: Stubs, global: true, providers, exports: providers };
  }
}

export interface OpsAppOptions {
  readonly socket: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly tokens?: boolean;
  readonly context?: (context: OpsContext) => void;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are asserted on member by member
  readonly body: any;
}

/** The admin interface on a port of its own, on a real Redis under a prefix of its own. */
export class OpsApp {
  private constructor(
    readonly app: INestApplication,
    readonly environment: Environment,
    readonly context: OpsContext,
    readonly logged: string[],
    readonly url: string,
  ) {}

  static async start(options: OpsAppOptions): Promise<OpsApp> {
    const environment = testEnvironment(options);
    register.clear();
    const context = new OpsContext(environment.roles);
    options.context?.(context);
    const logged: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => logged.push(line) });
    const moduleRef = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(environment),
        TelemetryModule.forRoot(environment, logger, register),
        RedisModule,
        context.module(),
        OpsModule.forRoot(environment),
      ],
    }).compile();
    const app = moduleRef.createNestApplication({ logger: false, abortOnError: false });
    const clients = app.get(RedisClients);
    clients.onChange(() => undefined);
    await clients.connectCommands();
    configureHttp(app, environment);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new OpsApp(app, environment, context, logged, `http://127.0.0.1:${port}`);
  }

  get redis(): RedisClient {
    return this.app.get<RedisClient>(COMMANDS);
  }

  /** The audit stream of this process. */
  get auditStream(): string {
    return this.keys.auditApply(this.environment.instanceId);
  }

  get keys(): Keys {
    return this.app.get<Keys>(KEYS);
  }

  async call(
    method: string,
    path: string,
    who?: Name,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(who === undefined ? {} : { authorization: `Bearer ${TOKENS[who]}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const answer = isJson ? (JSON.parse(text) as unknown) : text;
    demandDocumented(method, path, response.status, answer);
    return { status: response.status, headers: response.headers, body: answer };
  }

  /** Waits until `/health/ready` answers with this status. */
  async readyWhen(status: number, withinMs = 8_000): Promise<Answer> {
    let answer: Answer | undefined;
    return eventually(
      async () => {
        answer = await this.call('GET', '/health/ready');
        return answer.status === status ? answer : undefined;
      },
      withinMs,
      () => answer?.body,
    );
  }

  /** Empties the prefix. */
  async clear(): Promise<void> {
    const keys = await this.redis.keys(`${this.environment.redisKeyPrefix}*`);
    if (keys.length > 0) await this.redis.del(...keys);
    this.context.submitted.length = 0;
  }

  async close(): Promise<void> {
    await this.app.close();
    this.app.get(RedisClients).closeAll();
  }
}

function testEnvironment({ socket, environment = {}, tokens = true }: OpsAppOptions): Environment {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-ops-'));
  const file = join(folder, 'tokens.json');
  const entry = (name: Name) => ({
    name: `the-${name}`,
    role: name,
    sha256: createHash('sha256').update(TOKENS[name]).digest('hex'),
  });
  writeFileSync(file, JSON.stringify((['viewer', 'operator', 'admin'] as const).map(entry)));
  const loaded = loadEnvironment({
    INSTANCE_ID: 'ops-test',
    REDIS_URL: `unix://${socket}`,
    REDIS_KEY_PREFIX: `t${randomUUID().slice(0, 8)}:`,
    P33_METRICS_PORT: '0',
    CONFIG_DIR: folder,
    ...(tokens ? { ADMIN_TOKENS_FILE: file } : {}),
    ...environment,
  });
  if ('faults' in loaded) throw new ConfigurationError(loaded.faults);
  return loaded.environment;
}

export const UNKNOWN_PLAN = 'aaaaaaaaaaaaaaaa';
export const UNKNOWN_ORDER = `pg-${UNKNOWN_PLAN}-0-1`;
const CLOSE_STEP = '{"step":"CLOSE_PARTIAL_75","type":"market_reduce_only","side":"close","pct":75}';

/** {@link UNKNOWN_PLAN}, a claimed plan of unknown outcome as it stands long after its claim on a position of 0.010. */
export async function writeUnknown(ops: OpsApp, hash: Record<string, string | number> = {}): Promise<void> {
  const nowMs = await redisNowMs(ops);
  const isStop = hash['action'] === 'UPDATE_SL';
  const plan = {
    plan_id: UNKNOWN_PLAN,
    symbol: 'BTCUSDT',
    action: isStop ? 'UPDATE_SL' : 'PARTIAL_75',
    kill_score: '0.5',
    decision: 'EXECUTE',
    steps: `[${isStop ? '{"step":"UPDATE_SL","type":"stop_loss_order","price":60000}' : CLOSE_STEP}]`,
  };
  await writeClaimed(ops, UNKNOWN_PLAN, {
    state: 'UNKNOWN',
    plan: JSON.stringify(Object.entries(plan).flat()),
    published_ms: nowMs - 60_000,
    deadline_ms: nowMs - 58_800,
    claimed_ms: nowMs - 59_500,
    accept_until_ms: nowMs - 57_000,
    ...hash,
  });
  await ops.redis.set(ops.keys.inflight('BTCUSDT'), `${UNKNOWN_PLAN}:1`);
  const permit = foreignPermit('BTCUSDT', 0.007, 0.01).replace('}', ',"context":{"step_size":0.001}}');
  await ops.redis.rpush(
    ops.keys.trace(UNKNOWN_PLAN),
    JSON.stringify({ step: 'claimed', attempt: 1, at_ms: 1, p33: permit }),
  );
}

/** A plan's journal as `claim_permits` leaves it, and the plan in the set of open plans. */
export async function writeClaimed(ops: OpsApp, planId: string, hash: Record<string, string | number>): Promise<void> {
  const fields = {
    state: 'CLAIMED',
    plan_id: planId,
    symbol: 'BTCUSDT',
    action: 'PARTIAL_75',
    attempt: '1',
    mode: 'testnet',
    published_ms: '1',
    deadline_ms: '2',
    client_order_id: `pg-${planId}-0-1`,
    side: 'SELL',
    quantity: '0.007',
    claim_token: 'token',
    ...hash,
  };
  await ops.redis.hset(ops.keys.journal(planId), fields);
  await ops.redis.zadd(ops.keys.openPlans(), 1, planId);
}

export async function redisNowMs(ops: OpsApp): Promise<number> {
  const [seconds = 0, micros = 0] = await ops.redis.time();
  return seconds * 1000 + Math.floor(micros / 1000);
}

/** Publishes a plan as Apply does; answers with its entry's id. */
export async function publish(ops: OpsApp, planId: string, symbol = 'BTCUSDT', attempt = 1): Promise<string> {
  const published = await ops.app.get(PlanJournal).publish({
    planId,
    symbol,
    action: 'PARTIAL_75',
    attempt,
    mode: 'testnet',
    fields: { plan_id: planId, symbol, decision: 'EXECUTE', reason_codes: '', schema: '1', attempt: String(attempt) },
    proposal: '{"fields":{"kill_score":"0.4"}}',
    freshUntilMs: (await redisNowMs(ops)) + 60_000,
    windowMs: 20_000,
    dedupeTtlMs: 60_000,
    maxAttempts: 5,
    standing: NOT_TAKEN_UP,
  });
  if (published.kind !== 'published') throw new Error(`the plan was not published: ${published.kind}`);
  return published.entryId;
}
