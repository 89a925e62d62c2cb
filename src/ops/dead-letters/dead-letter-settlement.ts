import { Injectable } from '@nestjs/common';
import {
  type DeadLetter,
  type DeadLetterMark,
  type DeadLetterOutcome,
  DeadLetterStore,
} from '../../redis/streams/dead-letter-store.js';
import { problem, type ProblemException } from '../problem/problem.js';
import { StreamGroups } from '../system/stream-groups.js';
import { type Outlook, ReplayOutlook } from './replay-outlook.js';

/** The consumer that gets a replayed entry when its group has none yet. */
const NOBODY_YET = 'replay';

export interface Settled {
  readonly letter: DeadLetter;
  readonly mark: DeadLetterMark;
}

/** An operator's decision about a dead letter: replay or discard. Each dead letter is settled once. */
@Injectable()
export class DeadLetterSettler {
  constructor(
    private readonly letters: DeadLetterStore,
    private readonly groups: StreamGroups,
    private readonly outlook: ReplayOutlook,
  ) {}

  /** Throws 404 when there is no such dead letter. */
  async found(id: string): Promise<DeadLetter> {
    const letter = /^\d{1,20}-\d{1,20}$/.test(id) ? await this.letters.find(id) : undefined;
    if (letter !== undefined) return letter;
    throw problem(
      404,
      'dead-letter-unknown',
      'There is no such dead letter',
      `No dead letter ${JSON.stringify(id.slice(0, 64))} is stored; only the newest 10 000 are kept. GET /api/v1/dead-letters lists them.`,
    );
  }

  async discard(id: string, by: string, reason: string): Promise<Settled> {
    return this.#settle(await this.found(id), 'discarded', by, reason, NOBODY_YET);
  }

  /**
   * Gives the entry back, with the same id, to the group that dead-lettered it and to no other. A new entry with the same
   * fields would reach every group of the stream, and Apply accepts a plan only from the entry it published.
   */
  async replay(id: string, by: string, reason: string): Promise<Settled & { readonly outlook: Outlook }> {
    const letter = await this.found(id);
    if (letter.mark !== undefined) throw settledAlready(letter, letter.mark);
    const group = await this.groups.group(letter.stream, letter.group);
    if (group === undefined)
      throw problem(
        409,
        'dead-letter-foreign',
        'The dead letter belongs to another group',
        `${letter.group} on ${letter.stream} is not a group of this system; its entry can only be discarded.`,
      );
    const original = await this.letters.original(letter);
    if (original === undefined) throw entryGone(letter);
    const outlook = await this.outlook.of(letter, original.fields);
    const liveliest = group.consumers.toSorted((a, b) => a.idleMs - b.idleMs)[0];
    const consumer = liveliest?.name ?? `${letter.group}-${NOBODY_YET}`;
    return { ...(await this.#settle(letter, 'replayed', by, reason, consumer)), outlook };
  }

  async #settle(
    letter: DeadLetter,
    outcome: DeadLetterOutcome,
    by: string,
    reason: string,
    consumer: string,
  ): Promise<Settled> {
    const settled = await this.letters.settle({ letter, outcome, by, reason, consumer });
    switch (settled.kind) {
      case 'settled':
        return { letter: { ...letter, mark: settled.mark }, mark: settled.mark };
      case 'already':
        throw settledAlready(letter, settled.mark);
      case 'absent':
        throw problem(
          404,
          'dead-letter-unknown',
          'There is no such dead letter',
          `The dead letter ${letter.id} was trimmed away.`,
        );
      case 'entry_gone':
        throw entryGone(letter);
      case 'no_group':
        throw problem(
          409,
          'group-missing',
          'The group does not exist',
          `${letter.stream} has no group ${letter.group} now; a process with that role creates it again. Then replay the dead letter.`,
        );
    }
    return settled satisfies never;
  }
}

function settledAlready(letter: DeadLetter, { outcome, by, atMs, reason }: DeadLetterMark): ProblemException {
  return problem(
    409,
    'dead-letter-settled',
    'The dead letter is already settled',
    `${by} has ${outcome} the letter ${letter.id} at ${new Date(atMs).toISOString()}: ${reason}. If the entry has failed again since, that is a new dead letter.`,
    { settled: { outcome, by, reason, at_ms: atMs } },
  );
}

function entryGone(letter: DeadLetter): ProblemException {
  return problem(
    409,
    'entry-gone',
    'The entry is gone',
    `Entry ${letter.entryId} was trimmed from ${letter.stream}: it cannot be handled again, and a copy would be another entry. For a result, reconcile the symbol; reserved limits settle by themselves. Then discard the dead letter.`,
  );
}
