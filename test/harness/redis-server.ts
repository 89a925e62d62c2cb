import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CommandFailure, EXIT } from '../../src/cli/exit.js';
import { ChildProcesses, isAlive, kill, signal as sendSignal, stop } from './child-processes.js';

const START_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 20;
const ANSWER_WITHIN_MS = 1_000;
/** After this time a server that still waits for a replica or a slow disk is killed. */
const STOP_WITHIN_MS = 5_000;

/** As docker/redis/redis.conf: the journal of a plan stays compact. */
const COMPACT = ['--hash-max-listpack-value', '2048'];

/** `off` keeps no append-only file; the others say when it is forced to disk. */
export type Fsync = 'off' | 'everysec' | 'always';

export interface RedisServerOptions {
  /** Extra configuration as `redis-server` takes it: `['--appendonly', 'yes']`. */
  readonly config?: readonly string[];
  /** A TCP port on loopback; 0 for none. */
  readonly port?: number;
  /** Where the port listens; loopback by default. */
  readonly bind?: string;
  /** The network namespace that it runs in; its unix socket is reachable from everywhere. */
  readonly namespace?: string | undefined;
  /** Whether it listens on a unix socket in its folder, which is the default. */
  readonly unixSocket?: boolean;
  readonly fsync?: Fsync;
  /** A configuration file in place of the settings that tests otherwise use. */
  readonly file?: string;
  /** Where its socket and its files are kept; a temporary folder by default, which `stop` removes. */
  readonly folder?: string;
  /** Its output is appended there; without it, it is kept in memory. */
  readonly logFile?: string;
  /** Its wall clock can be set by {@link RedisServer.setClock}; needs a C compiler. */
  readonly clock?: boolean;
  readonly processes?: ChildProcesses;
}

/** A private redis-server in a folder of its own. It can be stopped, killed and started again with what it has stored. */
export class RedisServer {
  readonly folder: string;
  readonly socketPath: string;
  readonly #processes: ChildProcesses;
  #child: ChildProcess | undefined;
  #output = '';

  constructor(private readonly options: RedisServerOptions = {}) {
    if (options.folder !== undefined) mkdirSync(options.folder, { recursive: true });
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'permit-gate-redis-'));
    this.socketPath = join(this.folder, 'redis.sock');
    this.#processes = options.processes ?? new ChildProcesses();
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get alive(): boolean {
    return isAlive(this.#child);
  }

  /** Starts the server and waits until it answers. `more` is configuration for this start alone. */
  async start(more: readonly string[] = []): Promise<this> {
    const { config = [], file, logFile } = this.options;
    const args = [...(file === undefined ? [] : [file]), ...this.#listening(), ...this.#storage(), ...config, ...more];
    const [program = '', ...programArgs] = [...this.#inNamespace(), 'redis-server', ...args];
    if (this.options.clock === true) this.setClock(0);
    const env = this.options.clock === true ? this.#clockVariables() : undefined;
    const child = this.#processes.start(program, programArgs, { cwd: this.folder, logFile, ...(env && { env }) });
    this.#child = child;
    this.#output = '';
    const failures: NodeJS.ErrnoException[] = [];
    child.on('error', (error) => failures.push(error));
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output = `${this.#output}${chunk.toString()}`.slice(-4_000)));
    const untilMs = performance.now() + START_WITHIN_MS;
    while (performance.now() < untilMs && failures.length === 0) {
      if (await answersPing(this.#address())) return this;
      if (!isAlive(child)) break;
      await sleep(LOOK_EVERY_MS);
    }
    throw this.#startFailure(failures[0]);
  }

  /** SIGKILL, as in a crash. What it has stored stays. */
  async kill(): Promise<void> {
    await kill(this.#child);
  }

  /** SIGTERM, and SIGKILL when it does not end within that time. What it has stored stays. */
  async end(withinMs = STOP_WITHIN_MS): Promise<void> {
    await stop(this.#child, withinMs);
  }

  /** Ends the server and removes its folder. */
  async stop(): Promise<void> {
    await this.end();
    if (this.options.folder === undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  signal(signal: NodeJS.Signals): void {
    sendSignal(this.#child, signal);
  }

  /** How many seconds its wall clock is ahead of the host's from now on. Its monotonic clock goes on as before. */
  setClock(aheadSec: number): void {
    const file = this.#clockFile();
    // Redis reads the file on every look at its clock, so it must never be half written.
    writeFileSync(`${file}.new`, String(aheadSec));
    renameSync(`${file}.new`, file);
  }

  #clockFile(): string {
    return join(this.folder, 'clock');
  }

  #clockVariables(): Record<string, string> {
    return { LD_PRELOAD: compiledClock(this.folder), CLOCK_FILE: this.#clockFile() };
  }

  #address(): NetConnectOpts {
    if (this.options.unixSocket !== false) return { path: this.socketPath };
    return { port: this.options.port ?? 0, host: '127.0.0.1' };
  }

  #inNamespace(): string[] {
    const { namespace } = this.options;
    return namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
  }

  #listening(): string[] {
    const tcp = ['--port', String(this.options.port ?? 0), '--bind', this.options.bind ?? '127.0.0.1'];
    if (this.options.unixSocket === false) return tcp;
    return [...tcp, '--unixsocket', this.socketPath, '--unixsocketperm', '700'];
  }

  #storage(): string[] {
    const { file, fsync = 'off' } = this.options;
    const folder = ['--dir', this.folder];
    if (file !== undefined) return folder;
    const appendOnly = fsync === 'off' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', fsync];
    return [...folder, '--save', '', '--maxmemory-policy', 'noeviction', ...COMPACT, ...appendOnly];
  }

  #startFailure(failure: NodeJS.ErrnoException | undefined): CommandFailure {
    if (failure?.code === 'ENOENT') return notInstalled(failure);
    const { logFile } = this.options;
    const output = logFile === undefined ? this.#output : readFileSync(logFile, 'utf8').slice(-4_000);
    return new CommandFailure(EXIT.unreachable, `redis-server did not start: ${failure?.message ?? output}`);
  }
}

/** Compiles the library that moves a process' wall clock; returns its path. */
function compiledClock(folder: string): string {
  const library = join(folder, 'clock.so');
  const source = fileURLToPath(new URL('clock.c', import.meta.url));
  const { status, error, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source]);
  if (status === 0) return library;
  const detail = error?.message ?? stderr.toString();
  throw new CommandFailure(
    EXIT.unreachable,
    `The C compiler cc is needed to set the clock of a redis-server (${detail}). Debian, Ubuntu: sudo apt-get install gcc libc6-dev`,
  );
}

function notInstalled(cause: Error): CommandFailure {
  const lines = [
    'The program redis-server (7.0 or newer) is needed, and there is none on the PATH. Install it:',
    '  Debian, Ubuntu   sudo apt-get install redis-server',
    '  macOS            brew install redis',
  ];
  return new CommandFailure(EXIT.unreachable, lines.join('\n'), { cause });
}

function answersPing(address: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
    socket.on('data', (data) => {
      resolve(/^(\+PONG|-NOAUTH)/.test(data.toString()));
      socket.destroy();
    });
    socket.on('connect', () => socket.write('PING\r\n'));
  });
}
