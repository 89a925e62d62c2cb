import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { RedisServer, type RedisServerOptions } from '../support/redis-server.js';

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

type Variables = Readonly<Record<string, string>>;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of the built program. It gets the given variables and nothing of this machine's but the path. */
export class Program {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[], variables: Variables, folder: string, nodeOptions: readonly string[] = []) {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is not there: run "npm run build" first`);
    this.child = spawn(process.execPath, [...nodeOptions, MAIN, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  async until(what: string, holds: () => Promise<boolean> | boolean, withinMs = 30_000): Promise<void> {
    const untilMs = performance.now() + withinMs;
    while (!(await holds())) {
      if (this.child.exitCode !== null || performance.now() > untilMs)
        throw new Error(`${what}: did not happen; stdout: ${this.stdout.slice(-4_000)} stderr: ${this.stderr}`);
      await sleep(25);
    }
  }
}

/** One Redis, one paper exchange, one folder, and the variables of a deployment on them. */
export class Surroundings {
  readonly folder = mkdtempSync(join(tmpdir(), 'permit-gate-e2e-'));
  readonly #programs: Program[] = [];

  private constructor(
    readonly redis: RedisServer,
    readonly exchange: PaperExchange,
  ) {}

  static async create(
    paper: Parameters<typeof startPaperExchange>[0] = {},
    redis: RedisServerOptions = { config: ['--appendonly', 'yes'] },
  ): Promise<Surroundings> {
    return new Surroundings(
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
      BINANCE_TESTNET_API_KEY: 'paper-api-key',
      BINANCE_TESTNET_API_SECRET: 'paper-api-secret',
    };
  }

  run(args: readonly string[], variables: Variables = {}): Promise<Ended> {
    return this.start(args, variables).ended;
  }

  start(args: readonly string[], variables: Variables = {}, nodeOptions: readonly string[] = []): Program {
    const program = new Program(args, variables, this.folder, nodeOptions);
    this.#programs.push(program);
    return program;
  }

  /** `permit-gate serve`, ready. Its address is the second. */
  async serve(variables: Variables = {}): Promise<[Program, string]> {
    const url = `http://127.0.0.1:${await freePort()}`;
    const program = this.start(['serve'], { ...this.variables, ...variables, HTTP_PORT: new URL(url).port });
    await program.until('ready', async () => isReady(url));
    return [program, url];
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop('SIGKILL')));
    await Promise.all([this.exchange.close(), this.redis.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`)).ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
