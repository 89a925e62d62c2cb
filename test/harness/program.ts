import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ChildProcesses, isAlive, signal as sendSignal } from './child-processes.js';

/** The built program. */
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const LOOK_EVERY_MS = 20;
const LAST_LINES = 8;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** The file that Node runs; the built program of this repository by default. */
  readonly main?: string;
  /** The program that runs `main` in place of Node. */
  readonly command?: string;
  readonly nodeOptions?: readonly string[];
  /** Standard output and error are appended there; without it they are kept in memory. */
  readonly logFile?: string;
  readonly processes?: ChildProcesses;
}

/** One command as a process of its own. */
export class Program {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #logFile: string | undefined;

  constructor(
    args: readonly string[],
    variables: Readonly<Record<string, string>>,
    folder: string,
    {
      main = MAIN,
      command = process.execPath,
      nodeOptions = [],
      logFile,
      processes = new ChildProcesses(),
    }: ProgramOptions = {},
  ) {
    if (!existsSync(main)) throw new Error(`${main} does not exist. Run "npm run build" first.`);
    this.#logFile = logFile;
    this.child = processes.start(command, [...nodeOptions, main, ...args], {
      cwd: folder,
      env: variables,
      logFile,
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    sendSignal(this.child, signal);
    return this.ended;
  }

  /** Waits until something holds. Throws with the end of the output when the program ends or takes too long. */
  async until(what: string, holds: () => Promise<boolean> | boolean, withinMs = 30_000): Promise<void> {
    const untilMs = performance.now() + withinMs;
    while (!(await holds())) {
      if (!isAlive(this.child)) throw new Error(`${what}: the program ended first.\n${this.lastLines()}`);
      if (performance.now() > untilMs) throw new Error(`${what}: not within ${withinMs} ms.\n${this.lastLines()}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** The end of its output, for a message when it fails. */
  lastLines(): string {
    const output = this.#logFile === undefined ? this.stdout + this.stderr : readFileSync(this.#logFile, 'utf8');
    return output.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  }
}
