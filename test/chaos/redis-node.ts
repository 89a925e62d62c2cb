import { existsSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcesses } from '../harness/child-processes.js';
import { type Fsync, RedisServer } from '../harness/redis-server.js';

const SAMPLE_EVERY_MS = 100;
/** With `everysec` a machine that loses power loses about this much. */
const FORGOTTEN_MS = 1_000;
/** A server that stops regularly waits for its replica; it is killed only when it never ends. */
const END_WITHIN_MS = 60_000;

/** A redis-server with an append-only file that can lose power. */
export class RedisNode {
  readonly #server: RedisServer;
  #sizes: { readonly atMs: number; readonly file: string; readonly bytes: number }[] = [];
  #sampler: NodeJS.Timeout | undefined;

  constructor(
    processes: ChildProcesses,
    name: string,
    runFolder: string,
    readonly port: number,
    fsync: Exclude<Fsync, 'off'>,
  ) {
    this.#server = new RedisServer({
      processes,
      port,
      unixSocket: false,
      fsync,
      folder: join(runFolder, name),
      logFile: join(runFolder, `${name}.log`),
      config: ['--aof-load-truncated', 'yes', '--repl-diskless-sync-delay', '0'],
    });
  }

  async start(more: readonly string[] = []): Promise<void> {
    await this.#server.start(more);
    this.#sampler ??= setInterval(() => this.#sample(), SAMPLE_EVERY_MS);
    this.#sampler.unref();
  }

  async stop(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.unwatch();
    await (how === 'SIGKILL' ? this.#server.kill() : this.#server.end(END_WITHIN_MS));
  }

  unwatch(): void {
    clearInterval(this.#sampler);
    this.#sampler = undefined;
  }

  /** SIGKILL; the writes that a power loss would lose are removed too. */
  async losePower(): Promise<void> {
    const forgotten = Date.now() - FORGOTTEN_MS;
    await this.stop('SIGKILL');
    const kept = this.#sizes.findLast(({ atMs }) => atMs <= forgotten);
    const size = kept === undefined ? undefined : statSync(kept.file, { throwIfNoEntry: false })?.size;
    if (kept !== undefined && size !== undefined && size > kept.bytes) truncateSync(kept.file, kept.bytes);
  }

  /** Removes all it has stored; it must be stopped. */
  forget(): void {
    rmSync(this.#appendOnlyFolder, { recursive: true, force: true });
  }

  freeze(): void {
    this.#server.signal('SIGSTOP');
  }

  thaw(): void {
    this.#server.signal('SIGCONT');
  }

  get #appendOnlyFolder(): string {
    return join(this.#server.folder, 'appendonlydir');
  }

  #sample(): void {
    const folder = this.#appendOnlyFolder;
    if (!existsSync(folder)) return;
    const incremental = readdirSync(folder).find((name) => name.endsWith('.incr.aof'));
    if (incremental === undefined) return;
    const file = join(folder, incremental);
    // A rewrite may remove the file between the two looks.
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size !== undefined) this.#sizes = [...this.#sizes.slice(-100), { atMs: Date.now(), file, bytes: size }];
  }
}
