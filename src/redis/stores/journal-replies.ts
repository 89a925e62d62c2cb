import type { ScriptReply } from '../scripts/script-runner.js';
import type { Taken } from './journal-requests.js';

/** What `take_plan` answered. */
export function takenOf({ word, values }: ScriptReply<'take_plan'>): Taken {
  switch (word) {
    case 'waiting': {
      const nowMs = Number(values[0]);
      return {
        kind: word,
        nowMs,
        publishedMs: Number(values[1]),
        deadlineMs: Number(values[2]),
        governorBytes: String(values[3]),
        positionBytes: String(values[4]),
        blockBytes: String(values[5]),
        standing: {
          takenUp: String(values[6]),
          episode: Number(values[7]),
          identity: String(values[8]),
          repeats: String(values[9]),
        },
      };
    }
    case 'closed':
      return { kind: word, state: String(values[0]) };
    case 'other_entry':
      return { kind: word, entryId: String(values[0]) };
    case 'expired':
    case 'superseded':
    case 'no_journal':
      return { kind: word };
  }
  return word satisfies never;
}
