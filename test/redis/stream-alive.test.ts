import { afterEach, describe, expect, it } from 'vitest';
import { StreamAliveStore } from '../../src/redis/stores/stream-alive.js';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { QUICK, untilKnown } from './apply-support.js';

describe('when the user-data stream was alive, as Redis has it', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  const stored = (): Promise<{ sinceMs: number; lastMs: number } | undefined> =>
    new StreamAliveStore(testEnv.redis, testEnv.keys).read();

  it('is written by the Position Brain while the stream lives, and begins anew with each connection: part of [E2]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const fromMs = Date.now();
    await testEnv.gate({ roles: 'position-brain', env: QUICK });
    await untilKnown(testEnv, 'BTCUSDT');
    const first = await eventually(stored);
    expect(first.sinceMs).toBeGreaterThanOrEqual(fromMs - 100);
    const later = await eventually(async () => {
      const now = await stored();
      return now !== undefined && now.lastMs >= first.lastMs + 1_500 ? now : undefined;
    }, 10_000);
    expect(later.sinceMs).toBe(first.sinceMs);
    const droppedMs = Date.now();
    testEnv.exchange.dropUserStreams();
    const anew = await eventually(async () => {
      const now = await stored();
      return now !== undefined && now.sinceMs > first.sinceMs ? now : undefined;
    }, 10_000);
    expect(anew.sinceMs).toBeGreaterThanOrEqual(droppedMs - 100);
  });

  it.each<[string, (key: string) => Promise<unknown>]>([
    ['nothing', () => Promise.resolve()],
    ['no JSON', (key) => testEnv.redis.set(key, 'alive')],
    ['no object', (key) => testEnv.redis.set(key, '[1,2]')],
    ['a text for a time', (key) => testEnv.redis.set(key, '{"since_ms":"1","last_ms":2}')],
    ['no end', (key) => testEnv.redis.set(key, '{"since_ms":1}')],
    ['an end before its begin', (key) => testEnv.redis.set(key, '{"since_ms":3,"last_ms":2}')],
    ['another type', (key) => testEnv.redis.hset(key, 'since_ms', '1')],
  ])('is not known where the key holds %s', async (_what, write) => {
    testEnv = await TestEnvironment.create();
    await write(testEnv.keys.streamAlive());
    expect(await stored()).toBeUndefined();
  });

  it('is read as it was written', async () => {
    testEnv = await TestEnvironment.create();
    const store = new StreamAliveStore(testEnv.redis, testEnv.keys);
    await store.write({ sinceMs: 1_000.2, lastMs: 2_000.8 });
    expect(await stored()).toEqual({ sinceMs: 1_001, lastMs: 2_000 });
  });
});
