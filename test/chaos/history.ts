import type { Redis } from 'ioredis';
import type { Keys } from '../../src/redis/keys/keys.js';

export type Entry = { readonly id: string; readonly fields: Readonly<Record<string, string>> };

const READ = ['planStream', 'resultStream', 'permitEvents', 'deadLetters'] as const;
export type ReadStream = (typeof READ)[number];

const BLOCK_MS = 500;
const AGAIN_MS = 50;

/**
 * Reads the streams as they grow and keeps what was said, also when a restart of Redis makes it unsaid. An entry that is
 * lost within the millisecond in which it was written may be missing here too.
 */
export class History {
  readonly entries: Readonly<Record<ReadStream, Entry[]>> = {
    planStream: [],
    resultStream: [],
    permitEvents: [],
    deadLetters: [],
  };
  readonly #last = new Map<ReadStream, string>(READ.map((name) => [name, '0']));
  #stopping = false;
  readonly #reading: Promise<void>;
  readonly #awaited = new Set<(name: ReadStream, entry: Entry) => void>();

  constructor(
    private readonly client: Redis,
    private readonly keys: Keys,
  ) {
    this.#reading = this.#read();
  }

  /** Waits for the next entry of a stream that fits, at most `withinMs`; `undefined` when there was none. */
  next(name: ReadStream, fits: (entry: Entry) => boolean, withinMs: number): Promise<Entry | undefined> {
    return new Promise((resolve) => {
      const end = (entry: Entry | undefined): void => {
        clearTimeout(late);
        this.#awaited.delete(look);
        resolve(entry);
      };
      const look = (read: ReadStream, entry: Entry): void => {
        if (read === name && fits(entry)) end(entry);
      };
      const late = setTimeout(() => end(undefined), withinMs);
      this.#awaited.add(look);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#reading;
  }

  async #read(): Promise<void> {
    const byKey = new Map(READ.map((name) => [this.keys[name](), name]));
    while (!this.#stopping) {
      try {
        const from = READ.map((name) => this.#last.get(name) ?? '0');
        const reply = await this.client.xread('COUNT', 1_000, 'BLOCK', BLOCK_MS, 'STREAMS', ...byKey.keys(), ...from);
        for (const [key, entries] of reply ?? []) {
          const name = byKey.get(key);
          if (name === undefined) continue;
          for (const [id, flat] of entries) {
            const entry = { id, fields: fieldsOf(flat) };
            this.entries[name].push(entry);
            this.#last.set(name, id);
            for (const look of this.#awaited) look(name, entry);
          }
        }
      } catch {
        // Redis is restarting; what comes next is read when it is back.
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}

export function fieldsOf(flat: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index] ?? '', flat[2 * index + 1] ?? '']),
  );
}
