import { readFileSync } from 'node:fs';
import { ApiClient } from '../api/client.js';
import { object, objects } from '../api/reading.js';
import { redisConfiguration } from '../configuration.js';
import { DeploymentWatch } from '../proof/deployment-watch.js';
import { RedisSession } from '../redis-session.js';
import { type Belongings, stopChild } from './belongings.js';
import { freePort, type RunningProgram, startProgram } from './program.js';
import { isReady, until } from './readiness.js';

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
    await until(program, () => isReady(port));
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

async function knowsPositions(api: ApiClient): Promise<boolean> {
  const { positions } = await api.get('/positions');
  return objects(positions).every(({ snapshot, ledger }) => snapshot !== null && object(ledger)['state'] === 'present');
}
