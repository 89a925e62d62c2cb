import { afterAll, beforeAll, expect, it } from 'vitest';
import { StreamTrimmer } from '../../src/redis/streams/stream-trimmer.js';
import { TestEnvironment } from '../harness/test-environment.js';

let testEnv: TestEnvironment;
beforeAll(async () => {
  testEnv = await TestEnvironment.create();
});
afterAll(() => testEnv.close());

const PART = 5_000;

/** Appends entries part by part, and trims after each, as Apply does every ten seconds. */
async function filled(stream: string, entries: number): Promise<void> {
  const trimmer = new StreamTrimmer(testEnv.redis, stream);
  for (let done = PART; done <= entries; done += PART) {
    const pipeline = testEnv.redis.pipeline();
    for (let entry = 0; entry < PART; entry += 1) pipeline.xadd(stream, '*', 'n', '1');
    await pipeline.exec();
    const lastId = ((await testEnv.redis.xrevrange(stream, '+', '-', 'COUNT', 1))[0] ?? [''])[0];
    await trimmer.trim({ entriesAdded: done, lastId }, []);
  }
}

it('keeps what the archive has not read, yet not more than 100 000 entries of it', async () => {
  const { redis, prefix } = testEnv;
  const [within, beyond] = [`${prefix}within`, `${prefix}beyond`];
  for (const stream of [within, beyond]) await redis.xgroup('CREATE', stream, 'archive', '0', 'MKSTREAM');
  await filled(within, 60_000);
  expect(await redis.xlen(within)).toBe(60_000);
  await filled(beyond, 150_000);
  const kept = await redis.xlen(beyond);
  expect(kept).toBeGreaterThanOrEqual(100_000);
  expect(kept).toBeLessThanOrEqual(100_000 + PART + 200);
});

it('keeps everything that another group has not read', async () => {
  const { redis, prefix } = testEnv;
  const stream = `${prefix}other`;
  await redis.xgroup('CREATE', stream, 'p33', '0', 'MKSTREAM');
  await filled(stream, 150_000);
  expect(await redis.xlen(stream)).toBe(150_000);
});

it('keeps 10 000 entries where every group has read all of them', async () => {
  const { redis, prefix } = testEnv;
  const stream = `${prefix}read`;
  await redis.xgroup('CREATE', stream, 'archive', '999999999999999-0', 'MKSTREAM');
  await filled(stream, 40_000);
  expect(await redis.xlen(stream)).toBeLessThanOrEqual(10_000 + PART + 200);
  expect(await redis.xlen(stream)).toBeGreaterThanOrEqual(10_000);
});
