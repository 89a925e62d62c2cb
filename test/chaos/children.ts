import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Standard output and error are appended there; without it they come through pipes. */
  readonly logFile?: string;
}

let reaper: ChildProcess | undefined;

/** One watcher for all that this harness starts; it sees the pipe close, whatever the harness dies of. */
function tellReaper(line: string): void {
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
 * The processes of one run. Each leads a group of its own and dies with the harness, whatever that dies of; runs side by
 * side have their own, so that the end of one leaves the others alone.
 */
export class Children {
  static readonly #all = new Set<Children>();
  readonly #live = new Map<number, ChildProcess>();

  /** SIGKILL to everything that this harness started. */
  static async killEverything(): Promise<void> {
    await Promise.all([...Children.#all].map((each) => each.killAll()));
  }

  start(command: string, args: readonly string[], options: ChildOptions): ChildProcess {
    Children.#all.add(this);
    const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a');
    const output = log ?? 'pipe';
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', output, output],
    });
    if (log !== undefined) closeSync(log);
    const { pid } = child;
    if (pid !== undefined) {
      this.#live.set(pid, child);
      tellReaper(`+${pid}`);
      child.once('exit', () => {
        this.#live.delete(pid);
        tellReaper(`-${pid}`);
      });
    }
    return child;
  }

  /** SIGKILL to everything that still runs; resolves when it is gone. */
  async killAll(): Promise<void> {
    await Promise.all([...this.#live.values()].map((child) => kill(child)));
    Children.#all.delete(this);
  }
}

export function isAlive(child: ChildProcess | undefined): child is ChildProcess {
  return child !== undefined && child.exitCode === null && child.signalCode === null && child.pid !== undefined;
}

/** Sends a signal to the child's group; a child that is gone already is left alone. */
export function signal(child: ChildProcess | undefined, name: NodeJS.Signals): void {
  if (!isAlive(child) || child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export async function kill(child: ChildProcess | undefined, name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (!isAlive(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  signal(child, name);
  await gone;
}
