import { Inject, Injectable } from '@nestjs/common';
import type { Fields } from '../../flow/0-primitives.js';
import type { Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { entryTimeMs, LARGEST_ENTRY_BYTES, type MeasuredEntries, readMeasured } from './stream-entry.js';

const PAGE = 500;

/** Reads the results of every Apply, of this system or a foreign one. */
@Injectable()
export class ResultStream {
  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** Since a time of Redis' clock, oldest first. No result of ours is too large to be read; a foreign one that is, is skipped. */
  async *since(fromMs: number): AsyncGenerator<{ readonly fields: Fields; readonly atMs: number }> {
    let from = String(Math.max(0, Math.floor(fromMs)));
    for (;;) {
      const { entries, ids } = await this.#page(from);
      for (const { id, fields } of entries) yield { fields, atMs: entryTimeMs(id) };
      if (ids.length < PAGE) return;
      from = `(${ids.at(-1)}`;
    }
  }

  async #page(from: string): Promise<MeasuredEntries> {
    const { keys } = this;
    const args = { from, count: PAGE, mostBytes: LARGEST_ENTRY_BYTES };
    return readMeasured((await this.runner.run('read_results', { resultStream: keys.resultStream() }, args)).values[0]);
  }
}
