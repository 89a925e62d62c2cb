import { afterEach, beforeEach, expect, it } from 'vitest';
import { consumerName } from '../../src/redis/keys/groups.js';
import { deadLettersOf } from '../harness/dead-letter.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { Random } from '../chaos/random.js';

const GROUP = 'governor';
const ROUNDS = 200;
const ENTRY = { hello: 'world' };

let testEnv: TestEnvironment;
beforeEach(async () => {
  testEnv = await TestEnvironment.create();
});
afterEach(() => testEnv.close());

it('an entry that another consumer handled, or took over, is no dead letter of the one that had it before', async () => {
  const { redis, keys } = testEnv;
  const stream = keys.planStream();
  const [first, second] = ['first', 'second'].map((id) => deadLettersOf(redis, keys, id));
  await redis.xgroup('CREATE', stream, GROUP, '$', 'MKSTREAM');
  const random = new Random(20_261_201);
  const outcomes = { first: 0, second: 0, handled: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = (await redis.xadd(stream, '*', ...Object.entries(ENTRY).flat())) ?? '';
    await redis.xreadgroup('GROUP', GROUP, consumerName(GROUP, 'first'), 'STREAMS', stream, '>');
    const entry = { id, fields: ENTRY };
    const letters = { first: false, second: false };
    let isHandled = false;
    // The first gives up at any moment of what the second does.
    const acts = [
      async () => void (await redis.xclaim(stream, GROUP, consumerName(GROUP, 'second'), 0, id)),
      async () => {
        if (random.chance(0.5)) letters.second = (await second?.deadLetter(stream, GROUP, entry, 'second', 1)) ?? false;
        else isHandled = (await redis.xack(stream, GROUP, id)) === 1;
      },
    ];
    const place = random.between(0, 2);
    acts.splice(place, 0, async () => {
      letters.first = (await first?.deadLetter(stream, GROUP, entry, 'first', 1)) ?? false;
    });
    for (const act of acts) await act();
    const told = (await redis.xrange(keys.deadLetters(), '-', '+')).filter(([, fields]) => fields.includes(id));
    expect(told.length).toBe(Number(letters.first) + Number(letters.second));
    // Once the second has it, the first leaves it alone.
    expect(letters.first).toBe(place === 0);
    // Exactly one of them answers for the entry.
    expect([letters.first, letters.second, isHandled].filter(Boolean)).toHaveLength(1);
    expect((await redis.xpending(stream, GROUP))[0]).toBe(0);
    if (letters.first) outcomes.first += 1;
    else if (letters.second) outcomes.second += 1;
    else outcomes.handled += 1;
  }
  expect(Object.values(outcomes).every((count) => count > ROUNDS / 10)).toBe(true);
});
