import { plainJson } from './bounded-json.js';
import type { Keys } from '../keys/keys.js';
import type { ScriptRunner } from '../scripts/script-runner.js';
import type { StreamEntry } from './stream-entry.js';

/** Keeps what could not be read or handled, with the reason, and lets its group go on: one step. */
export class DeadLetters {
  constructor(
    private readonly runner: ScriptRunner,
    private readonly keys: Keys,
  ) {}

  async deadLetter(
    stream: string,
    group: string,
    entry: StreamEntry,
    reason: string,
    deliveries: number,
  ): Promise<void> {
    await this.runner.run(
      'dead_letter',
      { deadLetters: this.keys.deadLetters(), stream },
      { group, entryId: entry.id, reason: reason.slice(0, 512), deliveries, fields: plainJson(entry.fields) },
    );
  }
}
