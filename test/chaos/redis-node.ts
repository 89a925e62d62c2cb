import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Children, isAlive, kill, signal } from './children.js';

const UP_WITHIN_MS = 15_000;
const SAMPLE_EVERY_MS = 100;
/** With `everysec` a machine that loses power forgets about this much. */
const FORGOTTEN_MS = 1_000;

/** A redis-server with an append-only file, in a folder of its own. */
export class RedisNode {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #sizes: { readonly atMs: number; readonly file: string; readonly bytes: number }[] = [];
  #sampler: NodeJS.Timeout | undefined;

  constructor(
    private readonly children: Children,
    private readonly name: string,
    private readonly runFolder: string,
    readonly port: number,
    private readonly fsync: 'always' | 'everysec',
  ) {
    this.#folder = join(runFolder, name);
    mkdirSync(this.#folder, { recursive: true });
  }

  async start(more: readonly string[] = []): Promise<void> {
    const config = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.#folder, '--save', ''];
    const file = ['--appendonly', 'yes', '--appendfsync', this.fsync, '--aof-load-truncated', 'yes'];
    const rest = ['--maxmemory-policy', 'noeviction', '--repl-diskless-sync-delay', '0', ...more];
    this.#child = this.children.start('redis-server', [...config, ...file, ...rest], {
      cwd: this.#folder,
      env: { PATH: process.env['PATH'] ?? '' },
      logFile: join(this.runFolder, `${this.name}.log`),
    });
    await untilAnswers(this.port, () => isAlive(this.#child));
    this.#sampler ??= setInterval(() => this.#sample(), SAMPLE_EVERY_MS);
    this.#sampler.unref();
  }

  async stop(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.unwatch();
    await kill(this.#child, how);
  }

  unwatch(): void {
    clearInterval(this.#sampler);
    this.#sampler = undefined;
  }

  /** SIGKILL, and what a machine without power had not on its disk yet is gone too. */
  async losePower(): Promise<void> {
    const forgotten = Date.now() - FORGOTTEN_MS;
    await this.stop('SIGKILL');
    const kept = this.#sizes.findLast(({ atMs }) => atMs <= forgotten);
    const size = kept === undefined ? undefined : statSync(kept.file, { throwIfNoEntry: false })?.size;
    if (kept !== undefined && size !== undefined && size > kept.bytes) truncateSync(kept.file, kept.bytes);
  }

  /** Takes away all it has stored; it must be stopped. */
  forget(): void {
    rmSync(join(this.#folder, 'appendonlydir'), { recursive: true, force: true });
  }

  freeze(): void {
    signal(this.#child, 'SIGSTOP');
  }

  thaw(): void {
    signal(this.#child, 'SIGCONT');
  }

  #sample(): void {
    const folder = join(this.#folder, 'appendonlydir');
    if (!existsSync(folder)) return;
    const incremental = readdirSync(folder).find((name) => name.endsWith('.incr.aof'));
    if (incremental === undefined) return;
    const file = join(folder, incremental);
    // A rewrite may take the file away between the two looks.
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size !== undefined) this.#sizes = [...this.#sizes.slice(-100), { atMs: Date.now(), file, bytes: size }];
  }
}

async function untilAnswers(port: number, alive: () => boolean): Promise<void> {
  const until = Date.now() + UP_WITHIN_MS;
  while (Date.now() < until && alive()) {
    if (await answers(port)) return;
    await sleep(20);
  }
  throw new Error(`redis-server on port ${port} did not come up; its log is in the run's folder`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
    socket.on('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.on('connect', () => socket.write('PING\r\n'));
  });
}
