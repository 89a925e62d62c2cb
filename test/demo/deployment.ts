import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient } from '../../src/cli/api/client.js';
import { redisConfiguration } from '../../src/cli/configuration.js';
import { DeploymentWatch } from '../../src/cli/proof/deployment-watch.js';
import { RedisSession } from '../../src/cli/redis-session.js';
import { stop } from '../harness/child-processes.js';
import { startGate } from '../harness/gate-process.js';
import type { Program } from '../harness/program.js';
import { knowsPositions } from '../harness/readiness.js';
import type { TempResources } from '../harness/temp-resources.js';

/** One running permit-gate process, with everything a scene needs to see what it does. */
export class Deployment {
  private constructor(
    private readonly program: Program,
    readonly logFile: string,
    readonly url: string,
    readonly api: ApiClient,
    readonly session: RedisSession,
    readonly watch: DeploymentWatch,
    /** From the start of the process until it said that it is ready. */
    readonly readyAfterMs: number,
  ) {}

  /** Starts `permit-gate serve` and waits until it is ready and knows every position. */
  static async start(
    { folder, processes }: TempResources,
    name: string,
    variables: Readonly<Record<string, string>>,
    symbols: readonly string[],
    token: string,
  ): Promise<Deployment> {
    const startedMs = performance.now();
    const logFile = join(folder, `${name}.log`);
    const { program, url } = await startGate({ ...variables, INSTANCE_ID: name }, folder, { logFile, processes });
    const readyAfterMs = performance.now() - startedMs;
    const session = new RedisSession(redisConfiguration({ ...variables }));
    await session.connect();
    const known = (): Promise<boolean> => knowsPositions(session.commands, session.keys, symbols);
    await program.until('permit-gate knows every position', known);
    const watch = await DeploymentWatch.start(session);
    return new Deployment(program, logFile, url, ApiClient.at(url, token), session, watch, readyAfterMs);
  }

  lastLines(): string {
    return this.program.lastLines();
  }

  /** Memory of the process as the system counts it (VmRSS), in MB; `undefined` where the system does not say. */
  residentMb(): number | undefined {
    if (process.platform !== 'linux') return undefined;
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.program.pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Math.round(Number(kb) / 1_024);
  }

  /** Ends what watches it; the process goes on. */
  async unwatch(): Promise<void> {
    await this.watch.stop();
    this.session.close();
  }

  async stop(): Promise<void> {
    await this.unwatch();
    await stop(this.program.child);
  }
}
