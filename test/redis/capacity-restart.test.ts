import { expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { untilKnown } from './apply-support.js';
import { Crowd, FILLERS, untilWaiting, WAITERS } from './capacity-support.js';

const [BY_STREAM, BY_HASH, FULL] = WAITERS;

it.each([
  { who: 'the same INSTANCE_ID', next: 'one', withinMs: 8_000 },
  // An entry that another process read is taken over once it was idle for 15 s.
  { who: 'another INSTANCE_ID', next: 'two', withinMs: 25_000 },
])(
  'what waits when its process stops is carried out once by the next one, with $who',
  { timeout: 45_000 },
  async ({ next, withinMs }) => {
    const crowd = await Crowd.open();
    const { testEnv } = crowd;
    const first = await crowd.gate('apply', { env: { INSTANCE_ID: 'one' } });
    const issuers = await crowd.gate('position-brain,governor', { env: { INSTANCE_ID: 'issuers' } });
    await untilKnown(testEnv, ...FILLERS, ...WAITERS);
    // Without them the plans of the fillers take every slot for their whole window.
    await issuers.stop();
    await crowd.fill(first);
    await crowd.byStream(BY_STREAM, 'PARTIAL_50');
    await crowd.byStream(FULL, 'FULL_CLOSE_PROPOSED');
    await testEnv.propose(BY_HASH, 'PARTIAL_50');
    await untilWaiting(first, 3);
    await first.stop();
    expect(WAITERS.map((symbol) => crowd.ordersOf(symbol))).toEqual([0, 0, 0]);
    await crowd.gate('position-brain,governor', { env: { INSTANCE_ID: 'issuers' } });
    const again = await crowd.gate('apply', { env: { INSTANCE_ID: next } });
    for (const symbol of WAITERS)
      await eventually(
        async () => (await crowd.resultsOf(symbol)).some(({ executed }) => executed === 'True') || undefined,
        withinMs,
        () => [symbol, again.messages().slice(-12)],
      );
    await eventually(
      async () => (await testEnv.redis.xpending(testEnv.keys.proposalStream(), 'apply'))[0] === 0 || undefined,
    );
    await untilWaiting(again, 0);
    expect(WAITERS.map((symbol) => crowd.ordersOf(symbol))).toEqual([1, 1, 1]);
    for (const symbol of WAITERS)
      expect((await crowd.resultsOf(symbol)).filter(({ executed }) => executed === 'True')).toHaveLength(1);
  },
);
