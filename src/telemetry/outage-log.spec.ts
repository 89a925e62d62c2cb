import { type Logger, pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type OutageCause, OutageLog } from './outage-log.js';

class Away extends Error {
  readonly outage: OutageCause = 'redis';
}
const texts = { away: 'Redis does not answer', remedy: 'Check REDIS_URL', back: 'Redis answers again' };

describe('the log of an outage', () => {
  let lines: string[];
  let logger: Logger;
  beforeEach(() => {
    vi.useFakeTimers();
    lines = [];
    const outages = new OutageLog({ redis: texts, 'redis-full': texts, exchange: texts });
    const write = (line: string): number => lines.push((JSON.parse(line) as { msg: string }).msg);
    logger = pino({ hooks: outages.hooks }, { write });
    outages.writeTo(logger);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Every part of the process fails, every `everyMs`. */
  async function failing(err: Error, forMs: number, everyMs = 100): Promise<void> {
    for (let ms = 0; ms < forMs; ms += everyMs) {
      logger.child({ role: 'apply' }).warn({ err }, 'reading failed');
      logger.warn({ err: new Error('not sent', { cause: err }) }, 'positions could not be read');
      await vi.advanceTimersByTimeAsync(everyMs);
    }
  }

  const BEGUN = 'Redis does not answer (reading failed). Check REDIS_URL';

  it.each([1_000, 30_000, 54_000])('of %d ms has one line when it begins and one when it is over', async (ms) => {
    await failing(new Away('timed out'), ms);
    expect(lines).toEqual([BEGUN]);
    await vi.advanceTimersByTimeAsync(7_000);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^Redis answers again: no failure for [56]\.\d s, after \d+ in \d+\.\d s$/),
    ]);
    expect(lines[1]).toContain(`after ${ms / 50} in ${(ms / 1_000 - 0.1).toFixed(1)} s`);
  });

  it('of five minutes also has a summary each minute, with what to do', async () => {
    await failing(new Away('timed out'), 302_000);
    expect(lines).toHaveLength(1 + 5);
    expect(lines[1]).toMatch(/^Redis does not answer: since 60\.\d s, \d+ failures\. Check REDIS_URL$/);
  });

  it('does not end between two failures that are far apart', async () => {
    for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      logger.warn({ err: new Away('refused') }, 'reading failed');
      await vi.advanceTimersByTimeAsync(pauseMs);
    }
    expect(lines.filter((line) => !line.includes('since'))).toEqual([BEGUN]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(lines.at(-1)).toMatch(/^Redis answers again/);
  });

  it('begins anew after it was over', async () => {
    for (let round = 0; round < 2; round += 1) {
      await failing(new Away('timed out'), 1_000);
      await vi.advanceTimersByTimeAsync(7_000);
    }
    expect(lines.map((line) => line.split(/[(:]/)[0])).toEqual([
      'Redis does not answer ',
      'Redis answers again',
      'Redis does not answer ',
      'Redis answers again',
    ]);
  });

  it('leaves other errors alone, and writes those that repeat without change once', async () => {
    for (let round = 0; round < 50; round += 1) {
      logger.warn({ err: new Error('WRONGTYPE'), symbol: 'BTCUSDT' }, 'a proposal could not be read');
      await vi.advanceTimersByTimeAsync(50);
    }
    logger.warn({ err: new Error('WRONGTYPE'), symbol: 'ETHUSDT' }, 'a proposal could not be read');
    logger.warn({ err: new Error('another'), symbol: 'BTCUSDT' }, 'a proposal could not be read');
    logger.info({ err: new Away('timed out') }, 'only said');
    logger.fatal({ err: new Away('timed out') }, 'ended');
    logger.error('no error');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(lines).toEqual([
      ...Array.from({ length: 3 }, () => 'a proposal could not be read'),
      'only said',
      'ended',
      'no error',
      expect.stringMatching(/^a proposal could not be read: over, no failure for 5\.\d s, after 50 in 2\.5 s$/),
    ]);
  });
});
