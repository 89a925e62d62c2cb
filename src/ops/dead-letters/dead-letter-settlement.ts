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
  readonly deadLetter: DeadLetter;
  readonly mark: DeadLetterMark;
}

/** An operator's decision about a dead letter: replay or discard. Each dead letter is settled once. */
@Injectable()
export class DeadLetterSettler {
  constructor(
    private readonly deadLetters: DeadLetterStore,
    private readonly groups: StreamGroups,
    private readonly outlook: ReplayOutlook,
  ) {}

  /** Throws 404 when there is no such dead letter. */
  async found(id: string): Promise<DeadLetter> {
    const deadLetter = /^\d{1,20}-\d{1,20}$/.test(id) ? await this.deadLetters.find(id) : undefined;
    if (deadLetter !== undefined) return deadLetter;
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
    const deadLetter = await this.found(id);
    if (deadLetter.mark !== undefined) throw settledAlready(deadLetter, deadLetter.mark);
    const group = await this.groups.group(deadLetter.stream, deadLetter.group);
    if (group === undefined)
      throw problem(
        409,
        'dead-letter-foreign',
        'The dead letter belongs to another group',
        `${deadLetter.group} on ${deadLetter.stream} is not a group of this system; its entry can only be discarded.`,
      );
    const original = await this.deadLetters.original(deadLetter);
    if (original === undefined) throw entryGone(deadLetter);
    const outlook = await this.outlook.of(deadLetter, original.fields);
    const liveliest = group.consumers.toSorted((a, b) => a.idleMs - b.idleMs)[0];
    const consumer = liveliest?.name ?? `${deadLetter.group}-${NOBODY_YET}`;
    return { ...(await this.#settle(deadLetter, 'replayed', by, reason, consumer)), outlook };
  }

  async #settle(
    deadLetter: DeadLetter,
    outcome: DeadLetterOutcome,
    by: string,
    reason: string,
    consumer: string,
  ): Promise<Settled> {
    const settled = await this.deadLetters.settle({ deadLetter, outcome, by, reason, consumer });
    switch (settled.kind) {
      case 'settled':
        return { deadLetter: { ...deadLetter, mark: settled.mark }, mark: settled.mark };
      case 'already':
        throw settledAlready(deadLetter, settled.mark);
      case 'absent':
        throw problem(
          404,
          'dead-letter-unknown',
          'There is no such dead letter',
          `The dead letter ${deadLetter.id} was trimmed away.`,
        );
      case 'entry_gone':
        throw entryGone(deadLetter);
      case 'no_group':
        throw problem(
          409,
          'group-missing',
          'The group does not exist',
          `${deadLetter.stream} has no group ${deadLetter.group} now; a process with that role creates it again. Then replay the dead letter.`,
        );
    }
    return settled satisfies never;
  }
}

function settledAlready(deadLetter: DeadLetter, { outcome, by, atMs, reason }: DeadLetterMark): ProblemException {
  return problem(
    409,
    'dead-letter-settled',
    'The dead letter is already settled',
    `${by} has ${outcome} the dead letter ${deadLetter.id} at ${new Date(atMs).toISOString()}: ${reason}. If the entry has failed again since, that is a new dead letter.`,
    { settled: { outcome, by, reason, at_ms: atMs } },
  );
}

function entryGone(deadLetter: DeadLetter): ProblemException {
  return problem(
    409,
    'entry-gone',
    'The entry is gone',
    `Entry ${deadLetter.entryId} was trimmed from ${deadLetter.stream}: it cannot be handled again, and a copy would be another entry. For a result, reconcile the symbol; reserved limits settle by themselves. Then discard the dead letter.`,
  );
}
