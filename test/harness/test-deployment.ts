import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { ChildProcesses } from './child-processes.js';
import { startGate } from './gate-process.js';
import { PAPER_KEYS } from './paper-exchange-process.js';
import { type Ended, Program } from './program.js';
import { RedisServer, type RedisServerOptions } from './redis-server.js';

type Variables = Readonly<Record<string, string>>;

/** One Redis, one paper exchange, one folder, and the variables of a deployment on them. */
export class TestDeployment {
  readonly folder = mkdtempSync(join(tmpdir(), 'permit-gate-e2e-'));
  readonly #processes = new ChildProcesses();

  private constructor(
    readonly redis: RedisServer,
    readonly exchange: PaperExchange,
  ) {}

  static async create(
    paper: Parameters<typeof startPaperExchange>[0] = {},
    redis: RedisServerOptions = { config: ['--appendonly', 'yes'] },
  ): Promise<TestDeployment> {
    return new TestDeployment(
      await new RedisServer(redis).start(),
      await startPaperExchange({ port: 0, positions: { BTCUSDT: '0.010' }, ...paper }),
    );
  }

  /** A testnet deployment with all roles. */
  get variables(): Record<string, string> {
    return {
      APPLY_MODE: 'testnet',
      INSTANCE_ID: 'e2e',
      HTTP_PORT: '0',
      P33_METRICS_PORT: '0',
      P33_POLL_SEC: '0.2',
      REDIS_URL: `unix://${this.redis.socketPath}`,
      EXCHANGE_REST_URL: this.exchange.restUrl,
      ...PAPER_KEYS,
    };
  }

  run(args: readonly string[], variables: Variables = {}): Promise<Ended> {
    return this.start(args, variables).ended;
  }

  start(args: readonly string[], variables: Variables = {}, nodeOptions: readonly string[] = []): Program {
    return new Program(args, variables, this.folder, { nodeOptions, processes: this.#processes });
  }

  /** `permit-gate serve`, ready. Its address is the second. */
  async serve(variables: Variables = {}): Promise<[Program, string]> {
    const own = { ...this.variables, ...variables };
    const { program, url } = await startGate(own, this.folder, { processes: this.#processes });
    return [program, url];
  }

  async close(): Promise<void> {
    await this.#processes.killAll();
    await Promise.all([this.exchange.close(), this.redis.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
