import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RedisServerOptions {
  /** Extra configuration lines as `redis-server` takes them: `['--appendonly', 'yes']`. */
  readonly config?: readonly string[];
  /** A TCP port on loopback beside the unix socket; 0 for none. */
  readonly port?: number;
  /** A configuration file in place of the settings that tests otherwise use. */
  readonly file?: string;
}

/** No snapshots and no eviction: what tests use unless they name a configuration file. */
const TEST_SETTINGS = ['--save', '', '--maxmemory-policy', 'noeviction'];

/** A private redis-server on a unix socket in a folder of its own. */
export class RedisServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'permit-gate-redis-'));
  readonly socketPath = join(this.folder, 'redis.sock');
  #process: ChildProcess | undefined;

  constructor(private readonly options: RedisServerOptions = {}) {}

  async start(): Promise<this> {
    const { file } = this.options;
    const args = [
      ...(file === undefined ? [] : [file]),
      '--port',
      String(this.options.port ?? 0),
      '--bind',
      '127.0.0.1',
      '--unixsocket',
      this.socketPath,
      '--dir',
      this.folder,
      ...(file === undefined ? TEST_SETTINGS : []),
      ...(this.options.config ?? []),
    ];
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on(
      'error',
      (error) =>
        (output += `redis-server could not be started: ${error.message}. Install it: apt-get install redis-server`),
    );
    for (let tries = 0; tries < 200; tries += 1) {
      if (await this.#answers()) return this;
      if (child.exitCode !== null) break;
      await sleep(25);
    }
    throw new Error(`redis-server did not come up:\n${output}`);
  }

  /** SIGKILL, as a crash; the folder stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM, as a service manager does; the folder stays. */
  async shutDown(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    // One that waits for a replica or a slow disk before it ends is not waited for.
    const impatient = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill(signal);
    });
    clearTimeout(impatient);
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.socketPath);
      socket.on('error', () => resolve(false));
      socket.on('data', (data) => {
        socket.destroy();
        resolve(/^(\+PONG|-NOAUTH)/.test(data.toString()));
      });
      socket.on('connect', () => socket.write('PING\r\n'));
    });
  }
}
