import type { ProposalStore } from '../redis/proposal-store.js';
import type { Handled } from '../redis/stream-consumer.js';
import type { StreamEntry } from '../redis/stream-entry.js';
import type { Logger } from '../telemetry/logger.js';
import type { ProposalProcessor } from './proposal-processor.js';
import type { SetAside } from './plan-runner.js';

/** Where proposals come from: the standing hash of each symbol, read in turn, and the stream for those that do not wait. */
export class ProposalWatch {
  constructor(
    private readonly store: ProposalStore,
    private readonly processor: ProposalProcessor,
    private readonly symbols: readonly string[],
    private readonly setAside: SetAside,
    private readonly logger: Logger,
  ) {}

  /** One symbol's trouble never keeps the others from being read. */
  async poll(): Promise<void> {
    for (const { symbol, fields } of await this.store.standing(this.symbols)) {
      if (fields instanceof Error) {
        this.logger.warn({ err: fields, symbol }, 'a proposal could not be read');
      } else if (Object.keys(fields).length > 0) {
        try {
          await this.processor.submit(symbol, fields, 'hash');
        } catch (error) {
          this.logger.warn({ err: error, symbol }, 'a proposal could not be processed; the next poll tries again');
        }
      }
    }
  }

  async handle(entry: StreamEntry): Promise<Handled> {
    const { symbol, ...fields } = entry.fields;
    if (symbol === undefined) {
      await this.setAside(entry, 'symbol is missing; it is required beside the fields of the hash');
      return 'acknowledged';
    }
    await this.processor.submit(symbol, fields, 'stream');
    return 'done';
  }
}
