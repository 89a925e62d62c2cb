import { randomUUID } from 'node:crypto';
import { Decimal } from 'decimal.js';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { ControlFence } from '../../src/redis/stores/control-fence.js';
import { type Keys, keysFor } from '../../src/redis/keys/keys.js';
import { LocalVerdicts } from '../../src/redis/stores/local-verdicts.js';
import { PermitEvents } from '../../src/redis/streams/permit-events.js';
import { PermitStore } from '../../src/redis/stores/permit-store.js';
import type { PermitEvent, PermitToIssue, VerdictTarget } from '../../src/redis/stores/verdicts.js';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { fieldsOf } from '../../src/redis/streams/stream-entry.js';
import { NO_REPLICAS } from '../harness/no-replicas.js';
import { letTrade } from '../harness/control.js';
import { loggerInto } from '../harness/loggers.js';
import { scriptsOn } from '../harness/scripts-on.js';

const LATER_MS = 4_102_444_800_000;
const NONE = new Decimal(0);

describe('a verdict that this process issues', () => {
  let redis: Redis;
  let keys: Keys;
  let verdicts: LocalVerdicts;
  let permits: PermitStore;
  let reported: PermitEvent[];
  let problems: string[];

  beforeEach(async () => {
    redis = new Redis({ path: inject('redisSocket') });
    keys = keysFor(`v${randomUUID().slice(0, 8)}:`);
    reported = [];
    problems = [];
    verdicts = new LocalVerdicts(loggerInto(problems));
    verdicts.listen((event) => reported.push(event) > 0);
    const runner = scriptsOn(redis, keys);
    const clock = new RedisClock();
    permits = new PermitStore(redis, runner, keys, clock, new ControlFence(), verdicts, NO_REPLICAS);
    await letTrade(redis, keys);
  });
  afterEach(() => redis.disconnect());

  const target = (attempt?: number): VerdictTarget => ({
    planId: 'p',
    symbol: 'BTCUSDT',
    attempt,
    mode: 'testnet',
    deadlineMs: LATER_MS,
    entryId: '',
  });
  const position = (bytes: string) => ({ issuer: 'p33', bytes, ttlMs: 60_000 }) as const;
  const governor = (bytes: string): PermitToIssue => ({
    issuer: 'governor',
    bytes,
    ttlMs: 60_000,
    reservation: {
      symbol: 'BTCUSDT',
      reserve: false,
      notionalUsd: NONE,
      qty: NONE,
      isCounted: false,
      repeats: '',
      usageVersion: '0',
      day: '20260101',
      dayNotionalUsd: NONE,
      dayQty: NONE,
    },
  });

  async function inTheStream(): Promise<PermitEvent[]> {
    const entries = await redis.xrange(keys.permitEvents(), '-', '+');
    return entries.map(([, flat]) => {
      const { plan_id: planId = '', attempt = '', issuer, verdict, permit: bytes = '' } = fieldsOf(flat);
      return { planId, attempt, issuer, verdict, bytes } as PermitEvent;
    });
  }

  it('is delivered locally as by the stream: a permit and a denial of each issuer', async () => {
    await permits.issue(target(), position('{"allow":true}'));
    await permits.issue(target(), governor('{"granted":true}'));
    await permits.deny(target(), governor('{"granted":false}'));
    await redis.del(keys.positionIssued('p'));
    await permits.deny(target(), position('{"allow":false}'));
    expect(reported.map(({ issuer, verdict }) => `${issuer} ${verdict}`)).toEqual([
      'p33 allow',
      'governor allow',
      'governor deny',
      'p33 deny',
    ]);
    expect(reported).toEqual(await inTheStream());
  });

  it('is not delivered when the attempt has ended', async () => {
    await redis.hset(keys.journal('p'), { state: 'EXPIRED', attempt: '1', deadline_ms: '0' });
    expect(await permits.issue(target(1), position('{}'))).toBe('closed');
    expect(await permits.issue(target(1), governor('{}'))).toBe('closed');
    expect(await permits.deny(target(1), governor('{}'))).toBe('closed');
    expect([reported, await inTheStream()]).toEqual([[], []]);
  });

  it('stays issued when its receiver fails', async () => {
    verdicts.listen(() => {
      throw new Error('it waits no more');
    });
    expect(await permits.issue(target(), position('{}'))).toBe('issued');
    expect(problems).toHaveLength(1);
    expect(await inTheStream()).toHaveLength(1);
  });

  it('reaches readers of the permit events, at once and by the stream', async () => {
    const blocking = new Redis({ path: inject('redisSocket') });
    const events = new PermitEvents(blocking, keys, verdicts, scriptsOn(redis, keys));
    const seen: PermitEvent[] = [];
    await events.start(
      (event) => seen.push(event) > 0,
      (what) => problems.push(what),
    );
    const event = { planId: 'q', attempt: '1', issuer: 'p33', verdict: 'allow', bytes: '{}' } as const;
    verdicts.notify(event);
    expect(seen).toEqual([event]);
    await permits.issue(target(), position('{"allow":true}'));
    await expect.poll(() => seen.length).toBe(3);
    expect(seen[1]).toEqual(seen[2]);
    await events.stop();
    expect(problems).toEqual([]);
  });
});
