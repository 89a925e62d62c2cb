import { Inject, Injectable } from '@nestjs/common';
import { GROUPS } from '../redis/keys/groups.js';
import type { Keys } from '../redis/keys/keys.js';
import { DeadLetters } from '../redis/streams/dead-letters.js';
import { InOrder } from '../redis/streams/in-order.js';
import { type FoundProposal, ProposalStore } from '../redis/stores/proposal-store.js';
import type { Handled } from '../redis/streams/stream-consumer.js';
import type { StreamEntry } from '../redis/streams/stream-entry.js';
import type { Fields } from '../flow/0-primitives.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { NothingPublished } from '../runtime/proposal-intake.js';
import { ProposalProcessor } from './proposal-processor.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import { StandingGauges } from './standing-gauges.js';
import { KEYS } from '../redis/redis.tokens.js';

/** The most urgent first: by kill score, then full closes. */
function byUrgency(a: FoundProposal, b: FoundProposal): number {
  const [scoreA, scoreB] = [a, b].map(killScoreIn);
  return (scoreB ?? 0) - (scoreA ?? 0) || Number(isFullClose(b)) - Number(isFullClose(a));
}

const isFullClose = ({ fields }: FoundProposal): boolean =>
  !(fields instanceof Error) && fields['harvest_action'] === 'FULL_CLOSE_PROPOSED';

/** 0 for what is no number; the gates refuse it. */
const killScoreIn = ({ fields }: FoundProposal): number =>
  fields instanceof Error ? 0 : Number(fields['kill_score']) || 0;

/** Reads proposals: the hash of each symbol by polling, and the proposal stream for those that must not wait for the next poll. */
@Injectable()
export class ProposalWatch {
  readonly #order = new InOrder();
  /** Symbols whose hash existed at the last read. */
  readonly #standing = new Set<string>();

  constructor(
    private readonly store: ProposalStore,
    private readonly processor: ProposalProcessor,
    private readonly gauges: StandingGauges,
    @Inject(APPLY_SETTINGS) private readonly settings: Pick<ApplySettings, 'symbols'>,
    private readonly deadLetters: DeadLetters,
    @Inject(KEYS) private readonly keys: Keys,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** An error of one symbol does not stop the others. The most urgent first. */
  async poll(): Promise<void> {
    const found = await this.store.standing(this.settings.symbols);
    for (const each of found.toSorted(byUrgency)) {
      const { symbol, fields, fault } = each;
      if (fields instanceof Error) {
        this.logger.warn({ err: fields, symbol }, 'a proposal could not be read');
        continue;
      }
      try {
        await this.#take(symbol, fields, fault);
      } catch (error) {
        this.gauges.found(symbol, fields, undefined);
        this.#failed(symbol, error);
      }
    }
  }

  /** Takes the entries of one symbol in order. An entry that waits for a slot does not block the next, which may withdraw it. */
  async handle(entry: StreamEntry): Promise<Handled> {
    const { symbol, ...fields } = entry.fields;
    if (symbol === undefined) {
      const reason = 'symbol is missing; it is required beside the fields of the hash';
      await this.deadLetters.deadLetter(this.keys.proposalStream(), GROUPS.apply, entry, reason, 1);
      return 'acknowledged';
    }
    const intake = await this.#order.run(symbol, () => this.processor.take(symbol, fields, 'stream'));
    try {
      await intake.answer;
    } catch (error) {
      // The process stops: the entry stays pending for the next start, or for another process.
      if (error instanceof NothingPublished) return 'later';
      throw error;
    }
    return 'done';
  }

  async #take(symbol: string, fields: Fields, fault: string | undefined): Promise<void> {
    if (fault === undefined && Object.keys(fields).length === 0) {
      this.gauges.gone(symbol);
      if (this.#standing.delete(symbol)) await this.processor.withdrawHash(symbol);
      return;
    }
    this.#standing.add(symbol);
    const intake = await this.processor.take(symbol, fields, 'hash', fault);
    this.gauges.found(symbol, fields, intake.kind === 'answered' ? intake.answer : undefined);
    // The next poll does not wait for requests that wait for a slot.
    if (intake.kind === 'queued') void intake.answer.catch((error: unknown) => this.#failed(symbol, error));
  }

  #failed(symbol: string, error: unknown): void {
    this.logger.warn({ err: error, symbol }, 'a proposal could not be processed; the next poll tries again');
  }
}
