import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildProcesses, isAlive, kill, signal } from '../harness/child-processes.js';
import { Program } from '../harness/program.js';
import type { TcpProxy } from '../harness/tcp-proxy.js';

/** `EXCHANGE_UNKNOWN_PROOF_SEC` of every process, in milliseconds. */
export const PROOF_MS = 1_000;
/** It promises ten seconds; a busy machine is given twice that. */
const END_WITHIN_MS = 20_000;

export interface GateSpec {
  readonly id: string;
  readonly roles: readonly string[];
}

/** An unexpected end of a process. */
export interface UnaskedEnd {
  readonly gate: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** It ended while starting: whatever supervises it starts it again, as this harness does. */
  readonly whileStarting: boolean;
  readonly lastLines: readonly string[];
}

/** One process of the built application, which can be killed, paused, cut off and started again. */
export class ChaosGate {
  #program: Program | undefined;
  #asked = false;
  #logStart = 0;
  #generation = 1;
  readonly logFile: string;

  constructor(
    private readonly processes: ChildProcesses,
    readonly spec: GateSpec,
    private readonly main: string,
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
    readonly httpPort: number,
    readonly redisLink: TcpProxy,
    readonly exchangeLink: TcpProxy,
    private readonly onUnaskedEnd: (end: UnaskedEnd) => void,
  ) {
    this.logFile = join(folder, `${spec.id}.log`);
  }

  get alive(): boolean {
    return isAlive(this.#program?.child);
  }

  start(): void {
    if (this.alive) return;
    this.#asked = false;
    this.#logStart = sizeOf(this.logFile);
    const variables = {
      ...this.env,
      ROLES: this.spec.roles.join(','),
      INSTANCE_ID: this.#generation === 1 ? this.spec.id : `${this.spec.id}-${this.#generation}`,
      HTTP_PORT: String(this.httpPort),
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(this.redisLink.port),
      EXCHANGE_REST_URL: `http://127.0.0.1:${this.exchangeLink.port}`,
      EXCHANGE_WS_URL: `ws://127.0.0.1:${this.exchangeLink.port}`,
    };
    const { main, logFile, processes } = this;
    const program = new Program(['serve'], variables, this.folder, { main, logFile, processes });
    this.#program = program;
    program.child.once('exit', (code, name) => {
      if (this.#asked || this.#program !== program) return;
      this.onUnaskedEnd({
        gate: this.spec.id,
        code,
        signal: name,
        whileStarting: !this.#logged().includes('permit-gate running'),
        lastLines: this.#lastLines(),
      });
    });
  }

  /** The next start is under a new name, as a pod's is: what the old one had pending must be taken over. */
  rename(): void {
    this.#generation += 1;
  }

  /** True once the roles run; also after they stopped running again. */
  get hasRun(): boolean {
    return this.#logged().includes('permit-gate running');
  }

  /** Ends it; a process that does not end on SIGTERM in time is killed, and reported as such. */
  async end(how: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#asked = true;
    const child = this.#program?.child;
    const late = setTimeout(() => {
      this.onUnaskedEnd({
        gate: this.spec.id,
        code: null,
        signal: `no end within ${END_WITHIN_MS} ms of SIGTERM`,
        whileStarting: false,
        lastLines: this.#lastLines(),
      });
      signal(child, 'SIGKILL');
    }, END_WITHIN_MS);
    await kill(child, how).finally(() => clearTimeout(late));
  }

  freeze(): void {
    signal(this.#program?.child, 'SIGSTOP');
  }

  thaw(): void {
    signal(this.#program?.child, 'SIGCONT');
  }

  #lastLines(): string[] {
    return this.#logged().trimEnd().split('\n').slice(-8);
  }

  /** What it logged since its last start. */
  #logged(): string {
    return readFileSync(this.logFile).subarray(this.#logStart).toString();
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
