import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { keysFor } from '../redis/keys/keys.js';
import { NothingPublished } from '../runtime/proposal-intake.js';
import type { ProposalProcessor } from './proposal-processor.js';
import { ProposalWatch } from './proposal-watch.js';

const ENTRY = { id: '1-1', fields: { symbol: 'BTCUSDT', harvest_action: 'PARTIAL_50' } };

/** Everything but the answer of the processor is out of reach: an entry that is dead-lettered here would throw. */
function handled(answer: Promise<never>): Promise<string> {
  const processor = { take: async () => ({ kind: 'queued', answer }) } as unknown as ProposalProcessor;
  const watch = new ProposalWatch(
    undefined as never,
    processor,
    undefined as never,
    { symbols: [] },
    undefined as never,
    keysFor('p:'),
    pino({ level: 'silent' }),
  );
  return watch.handle(ENTRY);
}

describe('an entry of the proposal stream whose plan is not published', () => {
  it('because the process stops stays pending for the next start [R8]', async () =>
    expect(await handled(Promise.reject(new NothingPublished('the process is stopping')))).toBe('later'));

  it('for any other reason is tried again by its consumer [R5]', async () =>
    await expect(handled(Promise.reject(new Error('Redis is away')))).rejects.toThrow('Redis is away'));
});
