import { NO_REPLICAS } from '../harness/no-replicas.js';
import { NO_TARGET, NOT_TAKEN_UP } from '../harness/standing.js';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Mode } from '../../src/flow/0-primitives.js';
import { ControlFence } from '../../src/redis/stores/control-fence.js';
import type { ControlState } from '../../src/redis/stores/control-state.js';
import { type Keys, keysFor } from '../../src/redis/keys/keys.js';
import { LocalVerdicts } from '../../src/redis/stores/local-verdicts.js';
import { GROUPS } from '../../src/redis/keys/groups.js';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import type { Claimed, ClaimRequest } from '../../src/redis/stores/claim.js';
import { PermitStore } from '../../src/redis/stores/permit-store.js';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { SILENT } from '../harness/loggers.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { usablePermit } from '../harness/usable-permit.js';
import { foreignPermit, GRANT, seeded, sleep } from './apply-support.js';

const SYMBOL = 'BTCUSDT';
const POSITION = foreignPermit(SYMBOL, 0.007, 0.01);
const RELEASED = JSON.stringify({ engaged: false });
const ARMED = JSON.stringify({ armed: true });

let redis: Redis;
let keys: Keys;
let opened: Redis[];
beforeEach(() => {
  opened = [];
  redis = connection();
  keys = keysFor(`c${randomUUID().slice(0, 8)}:`);
});
afterEach(async () => {
  const left = await redis.keys(`${keys.openPlans().split('apply:')[0] ?? ''}*`);
  if (left.length > 0) await redis.del(...left);
  for (const client of opened) client.disconnect();
});

const NOBODY = new LocalVerdicts(SILENT);

function connection(): Redis {
  const client = new Redis({ path: inject('redisSocket') });
  opened.push(client);
  return client;
}

function storeOn(client: Redis): PermitStore {
  return new PermitStore(
    client,
    scriptsOn(client, keys),
    keys,
    new RedisClock(),
    new ControlFence(),
    NOBODY,
    NO_REPLICAS,
  );
}

const claimOf = (planId: string, change: Partial<ClaimRequest> = {}): ClaimRequest => ({
  planId,
  symbol: SYMBOL,
  attempt: 1,
  token: randomUUID(),
  governor: usablePermit('governor', GRANT, SYMBOL),
  p33: usablePermit('p33', POSITION, SYMBOL),
  clientOrderId: `pg-${planId}-0-1`,
  side: 'SELL',
  quantity: '0.007',
  signedMs: 0,
  acceptMs: 3_000,
  target: NO_TARGET,
  ...change,
});

/** A plan that waits, both permits under its keys, nothing blocks. */
async function waiting(windowMs = 5_000, position = POSITION, mode: Mode = 'testnet'): Promise<string> {
  const planId = randomUUID().replaceAll('-', '').slice(0, 16);
  const journal = new PlanJournal(scriptsOn(redis, keys), keys, new RedisClock());
  const published = await journal.publish({
    planId,
    symbol: SYMBOL,
    action: 'PARTIAL_75',
    attempt: 1,
    mode,
    fields: { plan_id: planId, attempt: '1' },
    proposal: '',
    freshUntilMs: 0,
    windowMs,
    dedupeTtlMs: 60_000,
    maxAttempts: 5,
    standing: NOT_TAKEN_UP,
  });
  if (published.kind !== 'published') throw new Error(published.kind);
  expect(await journal.take(planId, 1, published.entryId, 'me')).toMatchObject({ kind: 'waiting' });
  await redis.mset(
    keys.killSwitch(),
    RELEASED,
    keys.arm(),
    ARMED,
    keys.governorPermit(planId),
    GRANT,
    keys.positionPermit(planId),
    position,
  );
  return planId;
}

/** A store of a process that has seen the system stopped by change number 5. */
function storeThatSaw(state: Pick<ControlState, 'killSwitch' | 'arm'>): PermitStore {
  const fence = new ControlFence();
  fence.observe({ governorDisarm: undefined, ...state });
  return new PermitStore(redis, scriptsOn(redis, keys), keys, new RedisClock(), fence, NOBODY, NO_REPLICAS);
}

const claim = (client: Redis, request: ClaimRequest): Promise<Claimed> =>
  storeOn(client).claim(request, performance.now() + 1_000);

const claimDryRun = (request: ClaimRequest): Promise<Claimed> =>
  storeOn(redis).claimDryRun({ ...request, state: 'SKIPPED', fields: { plan_id: request.planId } }, 0);

describe('a claim', () => {
  it.each([1, 2, 3])(
    'of twenty processes at once is won by one, the others learn that it is taken (seed %i) [P7]',
    async (seed) => {
      const random = seeded(seed);
      const planId = await waiting();
      const racers = Array.from({ length: 20 }, () => connection());
      await Promise.all(racers.map((racer) => racer.ping()));
      const requests = racers.map(() => claimOf(planId));
      const outcomes = await Promise.all(
        racers.map(async (racer, index) => {
          if (random() < 0.5) await sleep(random() * 3);
          return claim(racer, requests[index] ?? claimOf(planId));
        }),
      );
      const kinds = outcomes.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'claimed')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'taken')).toHaveLength(19);
      const winner = requests[kinds.indexOf('claimed')];
      expect(await redis.hget(keys.journal(planId), 'claim_token')).toBe(winner?.token);
      expect(await redis.exists(keys.governorPermit(planId), keys.positionPermit(planId))).toBe(0);
      expect(await redis.get(keys.inflight(SYMBOL))).toBe(`${planId}:1`);
      expect(await redis.pttl(keys.inflight(SYMBOL))).toBe(-1);
      expect(await redis.get(keys.epoch(SYMBOL))).toBe('1');
    },
  );

  it('repeated with its token is still ours, with another token it is not [P13]', async () => {
    const planId = await waiting();
    const request = claimOf(planId);
    const first = await claim(redis, request);
    expect(await claim(redis, request)).toEqual(first);
    expect(await claim(redis, claimOf(planId))).toEqual({ kind: 'taken' });
    expect(await redis.get(keys.epoch(SYMBOL))).toBe('1');
  });

  it.each([
    ['kill_switch_active', { killSwitch: { seq: 5, engaged: true, by: '', reason: '', at_ms: 0 }, arm: undefined }],
    ['disarmed', { killSwitch: undefined, arm: { seq: 5, armed: false, by: '', reason: '', at_ms: 0 } }],
  ])('does not happen when Redis has lost the stop that this process has seen: %s [R6]', async (word, seen) => {
    const planId = await waiting();
    const until = (): number => performance.now() + 1_000;
    await redis.mset(
      keys.killSwitch(),
      JSON.stringify({ engaged: false, seq: 4 }),
      keys.arm(),
      JSON.stringify({ armed: true, seq: 4 }),
    );
    expect(await storeThatSaw(seen).claim(claimOf(planId), until())).toEqual({ kind: word });
    await redis.mset(
      keys.killSwitch(),
      JSON.stringify({ engaged: false, seq: 6 }),
      keys.arm(),
      JSON.stringify({ armed: true, seq: 6 }),
    );
    expect(await storeThatSaw(seen).claim(claimOf(planId), until())).toMatchObject({ kind: 'claimed' });
  });

  it.each<[string, (planId: string) => Promise<unknown>, string, Partial<ClaimRequest>?]>([
    [
      'the kill switch is engaged',
      () => redis.set(keys.killSwitch(), JSON.stringify({ engaged: true })),
      'kill_switch_active',
    ],
    ['the kill switch is missing', () => redis.del(keys.killSwitch()), 'kill_switch_active'],
    ['the system is disarmed', () => redis.set(keys.arm(), JSON.stringify({ armed: false })), 'disarmed'],
    ['the arm state is missing', () => redis.del(keys.arm()), 'disarmed'],
    ['the Governor has disarmed', () => redis.set(keys.governorDisarm(), '{}'), 'disarmed'],
    [
      'another server answers, and an order it forgot may be on its way',
      () => redis.hset(keys.server(), 'settle_until_ms', Date.now() + 60_000),
      'settling',
    ],
    ['the symbol is suspended', () => redis.set(keys.suspended(SYMBOL), '{}'), 'symbol_suspended'],
    ['its suspension is a key of another type', () => redis.hset(keys.suspended(SYMBOL), 'a', 'b'), 'symbol_suspended'],
    ['the symbol is on hold', () => redis.set(keys.hold(SYMBOL), '{}'), 'on_hold'],
    ['an order of the symbol is in flight', () => redis.set(keys.inflight(SYMBOL), 'other:1'), 'in_flight'],
    [
      'the position epoch has moved on',
      () => redis.set(keys.epoch(SYMBOL), '8'),
      'position_changed',
      { p33: usablePermit('p33', POSITION.replace('{', '{"position_epoch":"7",'), SYMBOL) },
    ],
    ['the Governor permit is gone', (planId) => redis.del(keys.governorPermit(planId)), 'permit_gone'],
    ['the Position Brain permit is gone', (planId) => redis.del(keys.positionPermit(planId)), 'permit_gone'],
    [
      'the Governor permit was replaced',
      (planId) => redis.set(keys.governorPermit(planId), '{"granted": true}'),
      'permit_changed',
    ],
    [
      'the Position Brain permit was replaced',
      (planId) => redis.set(keys.positionPermit(planId), POSITION.replace('0.007', '0.009')),
      'permit_changed',
    ],
    ['the attempt is another', () => Promise.resolve(), 'taken', { attempt: 2 }],
    ['the plan has ended', (planId) => redis.hset(keys.journal(planId), 'state', 'EXPIRED'), 'taken'],
    ['the plan is not known', (planId) => redis.del(keys.journal(planId)), 'taken'],
  ])('does not happen when %s, and changes nothing [P8] [P9] [P10] [P17]', async (_what, spoil, refusal, change) => {
    const planId = await waiting(5_000, change?.p33?.bytes);
    await spoil(planId);
    const before = await everything();
    expect(await claim(redis, claimOf(planId, change))).toEqual({ kind: refusal });
    expect(await everything()).toEqual(before);
  });

  it.each([
    ['governor', 'testnet'],
    ['p33', 'testnet'],
    ['governor', 'dry_run'],
    ['p33', 'dry_run'],
  ] as const)(
    "does not happen when %s's permit is past its own expiry, although its key lives (%s) [P8]",
    async (issuer, mode) => {
      const [sec = 0] = await redis.time();
      const given = JSON.parse(issuer === 'governor' ? GRANT : POSITION) as object;
      const past = JSON.stringify({ ...given, created_at: 0, expires_at_ms: sec * 1000 - 1 });
      const planId = await waiting(5_000, POSITION, mode);
      await redis.set(issuer === 'governor' ? keys.governorPermit(planId) : keys.positionPermit(planId), past);
      const before = await everything();
      const request = claimOf(planId, { [issuer]: usablePermit(issuer, past, SYMBOL) });
      const claimed = mode === 'testnet' ? claim(redis, request) : claimDryRun(request);
      expect(await claimed).toEqual({ kind: 'permit_gone' });
      expect(await everything()).toEqual(before);
    },
  );

  it('of a dry run uses up both permits, ends the attempt, acknowledges its entry, and sets no guard [P7]', async () => {
    const planId = await waiting(5_000, POSITION, 'dry_run');
    const pending = async (): Promise<unknown> => (await redis.xpending(keys.planStream(), GROUPS.apply))[0];
    await redis.xgroup('CREATE', keys.planStream(), GROUPS.apply, '0');
    await redis.xreadgroup('GROUP', GROUPS.apply, 'me', 'STREAMS', keys.planStream(), '>');
    expect(await pending()).toBe(1);
    const request = claimOf(planId);
    expect(await claimDryRun(request)).toMatchObject({ kind: 'claimed' });
    expect(await pending()).toBe(0);
    expect(await redis.exists(keys.governorPermit(planId), keys.positionPermit(planId))).toBe(0);
    expect(await redis.exists(keys.inflight(SYMBOL), keys.epoch(SYMBOL), keys.unsettled(SYMBOL))).toBe(0);
    expect(await redis.hget(keys.journal(planId), 'state')).toBe('SKIPPED');
    expect(await redis.zscore(keys.openPlans(), planId)).toBeNull();
    // Asked again with the same token it is the same claim; any other finds it taken.
    expect(await claimDryRun(request)).toMatchObject({ kind: 'claimed' });
    expect(await claimDryRun(claimOf(planId))).toEqual({ kind: 'taken' });
    expect(await redis.xlen(keys.resultStream())).toBe(1);
  });

  it('does not happen after the window, by one clock: that of Redis [P2] [P14]', async () => {
    const planId = await waiting(60);
    await sleep(80);
    expect(await claim(redis, claimOf(planId))).toEqual({ kind: 'expired' });
  });
});

/** Every key and value under the prefix, but for the record of the server, which says when it was last looked at. */
async function everything(): Promise<Record<string, string>> {
  const all = await redis.keys(`${keys.openPlans().split('apply:')[0] ?? ''}*`);
  const found = all.filter((key) => key !== keys.server()).toSorted();
  const dumps = await Promise.all(found.map((key) => redis.dumpBuffer(key)));
  return Object.fromEntries(found.map((key, index) => [key, dumps[index]?.toString('hex') ?? '']));
}
