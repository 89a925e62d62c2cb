import { randomUUID } from 'node:crypto';
import { Decimal } from 'decimal.js';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { type Keys, keysFor } from '../../src/redis/keys/keys.js';
import { ControlFence } from '../../src/redis/stores/control-fence.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { LocalVerdicts } from '../../src/redis/stores/local-verdicts.js';
import { PermitStore } from '../../src/redis/stores/permit-store.js';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import { ProposalStore } from '../../src/redis/stores/proposal-store.js';
import type { PermitToIssue } from '../../src/redis/stores/verdicts.js';
import { letTrade } from '../harness/control.js';
import { SILENT } from '../harness/loggers.js';
import { NO_REPLICAS } from '../harness/no-replicas.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { NOT_TAKEN_UP } from '../harness/standing.js';

const SYMBOL = 'BTCUSDT';
const PLAN = 'plan';
const REQUEST = {
  action: 'PARTIAL_50',
  closePct: '',
  proposalId: '',
  newSl: '',
  lastUpdateEpochSec: 1,
  source: 'stream',
  identity: 'test',
} as const;
const ISSUERS = ['governor', 'p33'] as const;
const NONE = new Decimal(0);

type Change = readonly [what: string, of: readonly (typeof ISSUERS)[number][], () => Promise<unknown>];

describe('a permit on evidence that the plan carries', () => {
  let redis: Redis;
  let keys: Keys;
  let permits: PermitStore;
  let evidence: { readonly governor: string; readonly position: string };
  let entryId: string;
  let nowMs: number;

  beforeEach(async () => {
    redis = new Redis({ path: inject('redisSocket') });
    keys = keysFor(`e${randomUUID().slice(0, 8)}:`);
    const runner = scriptsOn(redis, keys);
    const clock = new RedisClock();
    const fence = new ControlFence();
    permits = new PermitStore(redis, runner, keys, clock, fence, new LocalVerdicts(SILENT), NO_REPLICAS);
    await letTrade(redis, keys);
    const [seconds = 0] = await redis.time();
    await redis.hset(keys.snapshot(SYMBOL), { position_amt: '0.010', ts_ms: String(seconds * 1_000), mark_price: '1' });
    await redis.hset(keys.ledger(SYMBOL), { last_known_amt: '0.010', version: '1' });
    await redis.hset(keys.usage(SYMBOL), { day: '20260101', notional: '5', qty: '1', version: '3' });
    const control = new ControlStore(redis, runner, runner, keys, fence, NO_REPLICAS);
    const context = await new ProposalStore(redis, runner, control, keys).takeIn(SYMBOL, REQUEST, { kind: 'new' }, 5);
    ({ evidence, nowMs } = context);
    const published = await new PlanJournal(runner, keys, clock).publish({
      planId: PLAN,
      symbol: SYMBOL,
      action: 'PARTIAL_50',
      attempt: 1,
      mode: 'testnet',
      fields: { plan_id: PLAN },
      proposal: '',
      freshUntilMs: nowMs + 60_000,
      windowMs: 60_000,
      dedupeTtlMs: 60_000,
      maxAttempts: 1,
      standing: NOT_TAKEN_UP,
    });
    if (published.kind !== 'published') throw new Error(`not published: ${published.kind}`);
    ({ entryId } = published);
  });
  afterEach(() => redis.disconnect());

  const permitOf = (
    issuer: (typeof ISSUERS)[number],
    over: { text?: string; judgedMs?: number } = {},
  ): PermitToIssue => {
    const carried = { text: issuer === 'p33' ? evidence.position : evidence.governor, judgedMs: nowMs, ...over };
    const bytes = '{}';
    if (issuer === 'p33') return { issuer, bytes, ttlMs: 60_000, carried };
    const reservation = {
      symbol: SYMBOL,
      reserve: true,
      notionalUsd: NONE,
      qty: NONE,
      isCounted: false,
      repeats: '',
      usageVersion: '3',
      day: '20260101',
      dayNotionalUsd: NONE,
      dayQty: NONE,
    };
    return { issuer, bytes, ttlMs: 60_000, carried, reservation };
  };
  const issue = (permit: PermitToIssue, entry = entryId): Promise<string> =>
    permits.issue(
      { planId: PLAN, symbol: SYMBOL, attempt: 1, mode: 'testnet', deadlineMs: nowMs + 60_000, entryId: entry },
      permit,
    );
  const stored = (issuer: (typeof ISSUERS)[number]): Promise<string | null> =>
    redis.get(issuer === 'p33' ? keys.positionPermit(PLAN) : keys.governorPermit(PLAN));

  it.each(ISSUERS)('of %s is written while the keys hold the same', async (issuer) => {
    expect(await issue(permitOf(issuer))).toBe('issued');
    expect(await stored(issuer)).toBe('{}');
  });

  const later = (): string => String(nowMs + 1);
  const CHANGES: readonly Change[] = [
    ['another amount in the snapshot', ISSUERS, () => redis.hset(keys.snapshot(SYMBOL), 'position_amt', '0.020')],
    ['a snapshot of another time', ISSUERS, () => redis.hset(keys.snapshot(SYMBOL), 'ts_ms', later())],
    ['no snapshot', ISSUERS, () => redis.del(keys.snapshot(SYMBOL))],
    ['a mark price', ['governor'], () => redis.hset(keys.snapshot(SYMBOL), 'mark_price', '2')],
    ['a resting order', ['p33'], () => redis.hset(keys.snapshot(SYMBOL), 'resting_reduce_qty', '1')],
    ['another ledger', ['p33'], () => redis.hset(keys.ledger(SYMBOL), 'last_known_amt', '0.020')],
    [
      'a ledger of another type',
      ['p33'],
      () => redis.multi().del(keys.ledger(SYMBOL)).set(keys.ledger(SYMBOL), '1').exec(),
    ],
    ['a fill', ['p33'], () => redis.hset(keys.ledger(SYMBOL), 'last_fill_ms', later())],
    ['a hold', ['p33'], () => redis.set(keys.hold(SYMBOL), '{}')],
    ['a hold of another type', ['p33'], () => redis.lpush(keys.hold(SYMBOL), '1')],
    ['an empty hold', ['p33'], () => redis.set(keys.hold(SYMBOL), '')],
    ['a suspension', ISSUERS, () => redis.set(keys.suspended(SYMBOL), '{}')],
    ['an order in flight', ['p33'], () => redis.set(keys.inflight(SYMBOL), 'other:1')],
    ['a fill that the ledger has not counted', ['p33'], () => redis.set(keys.unsettled(SYMBOL), 'other:1')],
    ['another epoch', ['p33'], () => redis.incr(keys.epoch(SYMBOL))],
    ['a ledger that is remembered', ['p33'], () => redis.set(keys.ledgerSeen(SYMBOL), later())],
    ['another usage', ['governor'], () => redis.hset(keys.usage(SYMBOL), 'notional', '6')],
    [
      'a usage of another type',
      ['governor'],
      () => redis.multi().del(keys.usage(SYMBOL)).set(keys.usage(SYMBOL), '1').exec(),
    ],
    ['an execution', ['governor'], () => redis.zadd(keys.executions(SYMBOL), nowMs, 'other:1')],
  ];
  const changed = CHANGES.flatMap(([what, issuers, change]) =>
    issuers.map((issuer) => [what, issuer, change] as const),
  );

  it.each(changed)('is not written after %s came in between: %s', async (_what, issuer, change) => {
    await change();
    expect(await issue(permitOf(issuer))).toBe('evidence_changed');
    expect(await stored(issuer)).toBeNull();
    const pending = await redis.exists(keys.permitEvents(), keys.reservation(PLAN, '1'));
    expect(pending).toBe(0);
  });

  it.each(ISSUERS)('of %s is not written for another entry, text or time', async (issuer) => {
    const text = issuer === 'p33' ? evidence.position : evidence.governor;
    expect(await issue(permitOf(issuer), '1-1')).toBe('evidence_changed');
    expect(await issue(permitOf(issuer, { text: text.replace('0.010', '0.011') }))).toBe('evidence_changed');
    expect(await issue(permitOf(issuer, { text: `${text} ` }))).toBe('evidence_changed');
    expect(await issue(permitOf(issuer, { judgedMs: nowMs - 60_000 }))).toBe('evidence_changed');
    expect(await issue(permitOf(issuer, { judgedMs: nowMs + 60_000 }))).toBe('evidence_changed');
    expect(await stored(issuer)).toBeNull();
  });

  it('says that the system is stopped, before it looks at the evidence', async () => {
    await redis.set(keys.killSwitch(), '{"engaged":true}');
    for (const issuer of ISSUERS) expect(await issue(permitOf(issuer))).toBe('kill_switch_active');
    await letTrade(redis, keys);
    await redis.set(keys.arm(), '{"armed":false}');
    for (const issuer of ISSUERS) expect(await issue(permitOf(issuer))).toBe('disarmed');
  });
});
