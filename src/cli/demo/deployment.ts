import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../api/client.js';
import { object, objects } from '../api/reading.js';
import { redisConfiguration } from '../configuration.js';
import { DeploymentWatch } from '../proof/deployment-watch.js';
import { RedisSession } from '../redis-session.js';
import { type Belongings, isAlive, stopChild } from './belongings.js';
import { freePort, type RunningProgram, startProgram } from './program.js';

const READY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 25;

/** One running permit-gate process, with everything a scene needs to see what it does. */
export class Deployment {
  private constructor(
    private readonly program: RunningProgram,
    readonly url: string,
    readonly api: ApiClient,
    readonly session: RedisSession,
    readonly watch: DeploymentWatch,
    /** From the start of the process until it said that it is ready. */
    readonly readyAfterMs: number,
  ) {}

  /** Starts `permit-gate serve` and waits until it is ready and knows every position. */
  static async start(
    belongings: Belongings,
    name: string,
    variables: Readonly<Record<string, string>>,
    token: string,
  ): Promise<Deployment> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const startedMs = performance.now();
    const program = startProgram(belongings, name, ['serve'], {
      ...variables,
      INSTANCE_ID: name,
      HTTP_PORT: String(port),
    });
    const api = ApiClient.at(url, token);
    await until(program, () => isReady(url));
    const readyAfterMs = performance.now() - startedMs;
    await until(program, () => knowsPositions(api));
    const session = new RedisSession(redisConfiguration({ ...variables }));
    await session.connect();
    return new Deployment(program, url, api, session, await DeploymentWatch.start(session), readyAfterMs);
  }

  get logFile(): string {
    return this.program.logFile;
  }

  lastLines(): string {
    return this.program.lastLines();
  }

  /** Memory of the process as the system counts it (VmRSS), in MB; `undefined` where the system does not say. */
  residentMb(): number | undefined {
    if (process.platform !== 'linux') return undefined;
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.program.child.pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Math.round(Number(kb) / 1_024);
  }

  /** Ends what watches it; the process goes on. */
  async unwatch(): Promise<void> {
    await this.watch.stop();
    this.session.close();
  }

  async stop(): Promise<void> {
    await this.unwatch();
    await stopChild(this.program.child);
  }
}

async function until(program: RunningProgram, holds: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + READY_WITHIN_MS;
  while (!(await holds())) {
    if (!isAlive(program.child)) throw new Error(`permit-gate ended instead of getting ready:\n${program.lastLines()}`);
    if (performance.now() > untilMs)
      throw new Error(`permit-gate is not ready after ${READY_WITHIN_MS / 1_000} s:\n${program.lastLines()}`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch (error) {
    // Nobody listens yet.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

async function knowsPositions(api: ApiClient): Promise<boolean> {
  const { positions } = await api.get('/positions');
  return objects(positions).every(({ snapshot, ledger }) => snapshot !== null && object(ledger)['state'] === 'present');
}
