import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KillSwitch } from '../../src/ops/control/kill-switch.service.js';
import { type Problem, ProblemException } from '../../src/ops/problem/problem.js';
import { RedisUnavailable } from '../../src/redis/connection/redis.errors.js';
import { createAdminToken } from '../harness/admin-token.js';
import { eventually } from '../harness/eventually.js';
import { RedisProxy } from '../harness/redis-proxy.js';
import { RedisServer, type RedisServerOptions } from '../harness/redis-server.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, submit, untilKnown } from './apply-support.js';

const OPERATOR_SECRET = 'operator-secret';

/** One deployment on a Redis of its own: the tested process reaches it through a proxy. */
export class StopStage {
  readonly folder = mkdtempSync(join(tmpdir(), 'permit-gate-stop-'));
  readonly #token = createAdminToken(this.folder, 'the-admin');

  private constructor(
    readonly server: RedisServer,
    readonly proxy: RedisProxy,
    readonly testEnv: TestEnvironment,
  ) {}

  static async open(options: RedisServerOptions = {}): Promise<StopStage> {
    const server = await new RedisServer({ fsync: 'always', ...options }).start();
    const proxy = await RedisProxy.open(server.socketPath);
    const testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1.000' } }, server.socketPath);
    return new StopStage(server, proxy, testEnv);
  }

  /** Through the proxy, with the HTTP interface. Its operators' user is `operator`, which {@link forbidStoring} stops. */
  async gate(env: Readonly<Record<string, string>> = {}, mayStore = true, known = true): Promise<Gate> {
    await this.#operator(mayStore ? '+@all' : '-@all');
    const gate = await this.testEnv.gate({
      http: true,
      env: {
        ...QUICK,
        REDIS_URL: `unix://${this.proxy.socketPath}`,
        REDIS_OPERATOR_USERNAME: 'operator',
        REDIS_OPERATOR_PASSWORD: OPERATOR_SECRET,
        ADMIN_TOKENS_FILE: this.#token.tokensFile,
        ...env,
      },
    });
    if (known) await untilKnown(this.testEnv, 'BTCUSDT');
    return gate;
  }

  /** The operators' connection may do nothing any more: the stop cannot be stored, and everything else works. */
  forbidStoring(): Promise<void> {
    return this.#operator('-@all');
  }

  allowStoring(): Promise<void> {
    return this.#operator('+@all');
  }

  async #operator(commands: string): Promise<void> {
    await this.testEnv.redis.call('ACL', 'SETUSER', 'operator', 'on', `>${OPERATOR_SECRET}`, '~*', commands);
  }

  async call(
    gate: Gate,
    path: string,
    body: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    const method = path === '/kill-switch' ? 'PUT' : 'POST';
    const response = await fetch(`${gate.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token.token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  stored(): Promise<Record<string, unknown>> {
    return this.testEnv.redis.get(this.testEnv.keys.killSwitch()).then((text) => JSON.parse(text ?? '{}'));
  }

  async untilStored(engaged: boolean): Promise<void> {
    await eventually(async () => (await this.stored())['engaged'] === engaged || undefined);
  }

  /** Submits a close; returns how its first attempt ended. */
  async close(gate: Gate): Promise<string> {
    const { planId, reasonCodes } = await eventually(() =>
      submit(gate, 'BTCUSDT', 'PARTIAL_25').catch(untilRedisIsBack),
    );
    if (planId === '' || reasonCodes.includes('kill_switch_active')) return 'kill_switch_active';
    const { fields } = await eventually(async () =>
      (await this.testEnv.results()).find((each) => each.fields['plan_id'] === planId),
    );
    return fields['executed'] === 'True' ? 'executed' : (fields['error'] ?? '');
  }

  async end(): Promise<void> {
    this.server.signal('SIGCONT');
    if (!this.server.alive) await this.server.start();
    await this.testEnv.close();
    await this.proxy.close();
    await this.server.stop();
  }
}

interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Engages within a short deadline; returns the problem, or `undefined` when it was confirmed. */
export async function engage(gate: Gate, withinMs = 700): Promise<Problem | undefined> {
  try {
    await gate.app.get(KillSwitch, { strict: false }).engage('the-operator', 'strange fills', withinMs);
    return undefined;
  } catch (error) {
    if (error instanceof ProblemException) return error.problem;
    throw error;
  }
}

function untilRedisIsBack(error: unknown): undefined {
  if (!(error instanceof RedisUnavailable)) throw error;
  return undefined;
}
