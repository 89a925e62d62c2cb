import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Standard output and error are appended there; without it they come through pipes. */
  readonly logFile?: string;
}

/** Every process the harness starts leads a group of its own and dies with the harness, whatever that dies of. */
class Children {
  readonly #live = new Map<number, ChildProcess>();
  #reaper: ChildProcess | undefined;

  start(command: string, args: readonly string[], options: ChildOptions): ChildProcess {
    this.#guard();
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
      this.#tell(`+${pid}`);
      child.once('exit', () => {
        this.#live.delete(pid);
        this.#tell(`-${pid}`);
      });
    }
    return child;
  }

  /** SIGKILL to everything that still runs; resolves when it is gone. */
  async killAll(): Promise<void> {
    await Promise.all([...this.#live.values()].map((child) => kill(child)));
  }

  #guard(): void {
    if (this.#reaper !== undefined) return;
    const script = fileURLToPath(new URL('reaper.mjs', import.meta.url));
    this.#reaper = spawn(process.execPath, [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#reaper.unref();
    const pipe = this.#reaper.stdin as unknown as { unref?: () => void } | null;
    pipe?.unref?.();
  }

  #tell(line: string): void {
    this.#reaper?.stdin?.write(`${line}\n`);
  }
}

export const children = new Children();

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
