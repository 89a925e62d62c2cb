import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** How long a process may take to end after SIGTERM; the gate promises ten seconds. */
const STOP_WITHIN_MS = 12_000;

export interface ChildOptions {
  readonly cwd: string;
  /** The child gets these variables, and of this machine's only PATH: so no key or setting leaks in. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output and error are appended there; without it they come through pipes. */
  readonly logFile?: string | undefined;
}

let reaper: ChildProcess | undefined;

/** One watcher for all processes that this one starts. It sees the pipe close, however this process ends. */
function notifyReaper(line: string): void {
  if (reaper === undefined) {
    const script = fileURLToPath(new URL('reaper.mjs', import.meta.url));
    reaper = spawn(process.execPath, [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    reaper.unref();
    const pipe = reaper.stdin as unknown as { unref?: () => void } | null;
    pipe?.unref?.();
  }
  reaper.stdin?.write(`${line}\n`);
}

/**
 * Processes that belong together. Each leads its own process group and ends with the process that started it, however
 * that ends.
 */
export class ChildProcesses {
  static readonly #all = new Set<ChildProcesses>();
  /** In the order of their start. */
  readonly #alive = new Map<number, ChildProcess>();

  /** SIGKILL to every process that was started by any instance. */
  static async killEverything(): Promise<void> {
    await Promise.all([...ChildProcesses.#all].map((each) => each.killAll()));
  }

  start(command: string, args: readonly string[], options: ChildOptions): ChildProcess {
    ChildProcesses.#all.add(this);
    const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a', 0o600);
    const output = log ?? 'pipe';
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { PATH: process.env['PATH'] ?? '', ...options.env },
      detached: true,
      stdio: ['ignore', output, output],
    });
    if (log !== undefined) closeSync(log);
    const { pid } = child;
    if (pid !== undefined) {
      this.#alive.set(pid, child);
      notifyReaper(`+${pid}`);
      child.once('exit', () => {
        this.#alive.delete(pid);
        notifyReaper(`-${pid}`);
      });
    }
    return child;
  }

  /** Stops every process, the last one started first. */
  async stopAll(): Promise<void> {
    for (const child of [...this.#alive.values()].toReversed()) await stop(child);
    ChildProcesses.#all.delete(this);
  }

  /** SIGKILL to every process; resolves when they have ended. */
  async killAll(): Promise<void> {
    await Promise.all([...this.#alive.values()].map((child) => kill(child)));
    ChildProcesses.#all.delete(this);
  }

  /** SIGKILL to every process, without waiting: for a process that is about to exit. */
  killNow(): void {
    for (const child of this.#alive.values()) signal(child, 'SIGKILL');
  }
}

export function isAlive(child: ChildProcess | undefined): child is ChildProcess {
  return child !== undefined && child.exitCode === null && child.signalCode === null && child.pid !== undefined;
}

/** Sends a signal to the child's group. Does nothing when the child has ended. */
export function signal(child: ChildProcess | undefined, name: NodeJS.Signals): void {
  if (!isAlive(child) || child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Sends a signal and waits until the child has ended. */
export async function kill(child: ChildProcess | undefined, name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (!isAlive(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  signal(child, name);
  await ended;
}

/** SIGTERM, and SIGKILL when the child has not ended in time. */
export async function stop(child: ChildProcess | undefined, withinMs = STOP_WITHIN_MS): Promise<void> {
  const ended = kill(child, 'SIGTERM');
  await Promise.race([ended, sleep(withinMs, undefined, { ref: false })]);
  signal(child, 'SIGKILL');
  await ended;
}
