import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STOP_WITHIN_MS = 12_000;

/** All that a command leaves on the machine while it runs: one folder and its child processes. Both go when it ends, however it ends. */
export class Belongings {
  readonly folder: string;
  readonly #children: ChildProcess[] = [];
  readonly #lastResort = (): void => this.#dropAll();

  constructor(command: string) {
    this.folder = mkdtempSync(join(tmpdir(), `permit-gate-${command}-`));
    process.on('exit', this.#lastResort);
  }

  /** Children are stopped in the reverse order of their start. */
  add(child: ChildProcess): void {
    this.#children.push(child);
  }

  async release(): Promise<void> {
    for (const child of this.#children.splice(0).toReversed()) await stopChild(child);
    rmSync(this.folder, { recursive: true, force: true });
    process.off('exit', this.#lastResort);
  }

  #dropAll(): void {
    for (const child of this.#children) if (isAlive(child)) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

/** SIGTERM, and SIGKILL for one that does not end in time. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (!isAlive(child) || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([ended, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
  if (isAlive(child)) child.kill('SIGKILL');
  await ended;
}
