import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildProcesses } from './child-processes.js';

/** The temporary resources of a command: one folder and its processes. Both are removed when it ends for any reason. */
export class TempResources {
  static readonly #all = new Set<TempResources>();
  readonly folder: string;
  readonly processes = new ChildProcesses();
  readonly #onExit = (): void => {
    this.processes.killNow();
    this.#removeFolder();
  };

  constructor(command: string) {
    this.folder = mkdtempSync(join(tmpdir(), `permit-gate-${command}-`));
    process.on('exit', this.#onExit);
    TempResources.#all.add(this);
  }

  static async releaseAll(): Promise<void> {
    for (const each of [...TempResources.#all].toReversed()) await each.release();
  }

  async release(): Promise<void> {
    await this.processes.stopAll();
    this.#removeFolder();
    process.off('exit', this.#onExit);
    TempResources.#all.delete(this);
  }

  #removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
