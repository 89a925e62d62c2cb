import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PressedStop } from './control-fence.js';

const MODE = 0o600;

/** What became of a file: it is safe on disk, there is no directory for it, or why it could not be written. */
export type FileKept = 'file' | 'no_directory' | { readonly failed: string };

/**
 * Stops that Redis does not have yet, one file each, in CONTROL_STATE_DIR. A file of the same key prefix is a stop whatever it
 * contains: also one that was cut short, or that another process of the deployment wrote.
 */
export class StopFiles {
  readonly #begin: string;

  constructor(
    private readonly directory: string | undefined,
    prefix: string,
  ) {
    this.#begin = `stop.${createHash('sha256').update(prefix).digest('hex').slice(0, 12)}.`;
  }

  /** The stops of earlier processes, oldest first. */
  find(): PressedStop[] {
    const { directory } = this;
    if (directory === undefined) return [];
    const ids = readdirSync(directory).flatMap((name) => this.#idIn(name) ?? []);
    return [...new Set(ids)].map((id) => readStop(directory, this.#name(id), id)).toSorted((a, b) => a.at_ms - b.at_ms);
  }

  /** Writes the file of a stop; when this resolves with `file`, it survives a crash of the machine. */
  async keep(stop: PressedStop): Promise<FileKept> {
    const { directory } = this;
    if (directory === undefined) return 'no_directory';
    const file = join(directory, this.#name(stop.id));
    try {
      const draft = await open(`${file}.new`, 'w', MODE);
      try {
        await draft.writeFile(JSON.stringify(stop));
        await draft.sync();
      } finally {
        await draft.close();
      }
      await rename(`${file}.new`, file);
      const folder = await open(directory, 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
      return 'file';
    } catch (error) {
      return { failed: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Whether the file of a stop is still there: the process that stores the stop removes it. */
  has(id: string): boolean {
    const { directory } = this;
    return directory !== undefined && existsSync(join(directory, this.#name(id)));
  }

  async remove(id: string): Promise<void> {
    const { directory } = this;
    if (directory === undefined) return;
    for (const name of [this.#name(id), `${this.#name(id)}.new`]) await rm(join(directory, name), { force: true });
  }

  #name(id: string): string {
    return `${this.#begin}${id}.json`;
  }

  #idIn(name: string): string | undefined {
    return name.startsWith(this.#begin)
      ? /^([\w-]+)\.json(?:\.new)?$/.exec(name.slice(this.#begin.length))?.[1]
      : undefined;
  }
}

function readStop(directory: string, name: string, id: string): PressedStop {
  const unreadable = { id, by: 'unknown', reason: `a stop was pressed; ${name} is not readable`, at_ms: 0 };
  try {
    const stop = JSON.parse(readFileSync(join(directory, name), 'utf8')) as Partial<PressedStop> | null;
    if (typeof stop?.by !== 'string' || typeof stop.reason !== 'string' || !Number.isFinite(stop.at_ms))
      return unreadable;
    return { id, by: stop.by, reason: stop.reason, at_ms: Number(stop.at_ms) };
  } catch {
    return unreadable;
  }
}
