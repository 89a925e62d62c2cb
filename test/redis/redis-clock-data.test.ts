import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import type { MarketSymbol } from '../../src/flow/0-primitives.js';
import type { OrderPush } from '../../src/exchange/user-stream.port.js';
import { PushWriter } from '../../src/position-brain/push-writer.js';
import { ResultApplier } from '../../src/position-brain/result-applier.js';
import { ServerIdentity } from '../../src/redis/connection/server-identity.js';
import { COMMANDS } from '../../src/redis/redis.tokens.js';
import { GovernorStore } from '../../src/redis/stores/governor-store.js';
import type { PublishRequest, ResultRequest } from '../../src/redis/stores/journal-requests.js';
import { LedgerStore } from '../../src/redis/stores/ledger-store.js';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import { PlanRecords } from '../../src/redis/stores/plan-records.js';
import { PositionStore } from '../../src/redis/stores/position-store.js';
import { ProposalStore } from '../../src/redis/stores/proposal-store.js';
import { RecordedEvidence } from '../../src/redis/stores/recorded-evidence.js';
import { call } from '../exchange/paper-client.js';
import { eventually } from '../harness/eventually.js';
import { RedisServer } from '../harness/redis-server.js';
import { NOT_TAKEN_UP } from '../harness/standing.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK } from './apply-support.js';
import {
  askGovernor,
  governorWord,
  ledgerAmt,
  publishPlan,
  redisNowMs,
  untilLedger,
  writeSnapshot,
} from './issuer-support.js';

const BTC = 'BTCUSDT' as MarketSymbol;
/** A step is known to within the time of a command. */
const WITHIN_MS = 1_500;
/** Longer than a busy machine takes to set the clock and ask. */
const RETRY_AFTER_MS = 4_000;
/** Where Redis' clock stands after each step, in s ahead of the host's. npm run test:long has all of them. */
const OFTEN = [[-3_600], [-30], [-4], [3_600, 3_570], [3_600, 0]];
const SELDOM = [[3_600], [30], [30, 60], [-3_600, 0], [-30, -3_600], [-3_600, 30, -30]];
const STEPS = (process.env['EVERY_STEP'] === undefined ? OFTEN : [...OFTEN, ...SELDOM]).map((steps) => ({ steps }));

let server: RedisServer;
let testEnv: TestEnvironment;
beforeAll(async () => {
  server = await new RedisServer({ clock: true }).start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  server.setClock(0);
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1' }, marks: { BTCUSDT: '1000' } }, '', {
    redis: new Redis({ path: server.socketPath }),
  });
});
afterEach(() => testEnv.close());

const gate = (roles: string, env: Record<string, string> = {}, start = true): Promise<Gate> =>
  testEnv.gate({ roles, start, env: { ...QUICK, REDIS_URL: `unix://${server.socketPath}`, ...env } });

/** The parts of a process that runs no loops, so that nothing moves but what the test moves. */
async function parts() {
  const { app } = await gate('apply,position-brain,governor', {}, false);
  const of = <T>(type: abstract new (...args: never[]) => T): T => app.get<T>(type, { strict: false });
  await app.get<Redis>(COMMANDS, { strict: false }).connect();
  await of(ServerIdentity).confirm();
  return of;
}

type Parts = Awaited<ReturnType<typeof parts>>;

async function setClock(of: Parts, steps: readonly number[]): Promise<void> {
  for (const aheadSec of steps) {
    server.setClock(aheadSec);
    await of(ServerIdentity).confirm();
  }
}

/** Of an hour ago it may be gone: it expires then. */
const ageOf = ({ nowMs, snapshot }: { nowMs: number; snapshot: { tsMs: number } | undefined }): number =>
  nowMs - (snapshot?.tsMs ?? -Infinity);

const request = (planId: string): PublishRequest => ({
  planId,
  symbol: BTC,
  action: 'FULL_CLOSE_PROPOSED',
  attempt: 1,
  mode: 'testnet',
  fields: { plan_id: planId, attempt: '1', source: 'test' },
  proposal: '{}',
  freshUntilMs: Date.now() + 86_400_000,
  windowMs: 60_000,
  dedupeTtlMs: 60_000,
  maxAttempts: 5,
  standing: { ...NOT_TAKEN_UP, identity: planId },
});

/** Ends an attempt for a reason that passes; the next is due soon. */
const expired = (planId: string): ResultRequest => ({
  planId,
  symbol: BTC,
  attempt: 1,
  token: 'a',
  fromStates: ['PUBLISHED'],
  onlyAfterDeadline: false,
  claimToken: '',
  state: 'EXPIRED',
  fields: { plan_id: planId },
  filled: false,
  guardMs: 0,
  retryAfterMs: RETRY_AFTER_MS,
  maxAttempts: 5,
  identity: '',
  takenUp: '',
  continueAfterMs: undefined,
  resumable: false,
});

describe.each(STEPS)("after Redis' clock was set to $steps s, each before the next second", ({ steps }) => {
  it('a snapshot is no younger than it is, for both issuers, although no read of the exchange replaced it: part of [R13]', async () => {
    const of = await parts();
    const tsMs = (await redisNowMs(testEnv)) - 20_000;
    const zero = new Decimal(0);
    const snapshot = {
      symbol: BTC,
      tsMs,
      amount: new Decimal(1),
      entryPrice: zero,
      markPrice: new Decimal(1_000),
      unrealizedPnl: zero,
      leverage: '1',
      source: 'rest',
      restingReduceQty: zero,
    };
    const store = of(PositionStore);
    await store.recordSnapshot(snapshot);
    await store.recordSnapshot({ ...snapshot, symbol: 'ETHUSDT', tsMs: tsMs + 20_000 });
    await setClock(of, steps);
    expect(ageOf(await of(LedgerStore).evidence(BTC, 'p'))).toBeGreaterThan(20_000 - WITHIN_MS);
    expect(ageOf(await of(GovernorStore).evidence(BTC, 'p', 1))).toBeGreaterThan(20_000 - WITHIN_MS);
    const nowMs = await redisNowMs(testEnv);
    for (const symbol of [BTC, 'ETHUSDT'])
      expect(await store.recordSnapshot({ ...snapshot, symbol, tsMs: nowMs })).toBe('recorded');
    expect(await store.recordSnapshot({ ...snapshot, tsMs: nowMs - 5_000 })).toBe('older');
  });

  describe('a fill from before it, of a ledger that holds since a minute before it', () => {
    let of: Parts;
    let beforeMs: number;
    beforeEach(async () => {
      of = await parts();
      beforeMs = await redisNowMs(testEnv);
      const asOf = { last_known_amt: '1', written_amt: '1', version: '1', as_of_ms: String(beforeMs - 60_000) };
      await testEnv.redis.hset(testEnv.keys.ledger(BTC), { ...asOf, updated_at: String(beforeMs / 1_000 - 60) });
      await testEnv.redis.set(testEnv.keys.ledgerSeen(BTC), '1');
      await of(LedgerStore).evidence(BTC, 'p');
    });

    /** A result as Apply writes it, `agoMs` before the first step. */
    const result = (agoMs: number) => ({
      id: `${beforeMs - agoMs}-0`,
      fields: {
        plan_id: '0123456789abcdef',
        symbol: BTC,
        executed: 'True',
        attempt: '1',
        schema: '1',
        timestamp: String((beforeMs - agoMs) / 1_000),
        steps_results: JSON.stringify([
          {
            step: 'CLOSE_PARTIAL_50',
            side: 'SELL',
            executed_qty: 0.1,
            order_id: '7',
            client_order_id: 'pg-0123456789abcdef-0-1',
            filled_at_ms: beforeMs - agoMs,
          },
        ]),
      },
    });
    const push = (agoMs: number): OrderPush => ({
      kind: 'order',
      symbol: BTC,
      clientOrderId: 'pg-0123456789abcdef-0-1',
      orderId: '7',
      side: 'SELL',
      status: 'FILLED',
      executedQty: new Decimal('0.1'),
      avgPrice: new Decimal(1_000),
      reduceOnly: true,
      rests: false,
      quantity: new Decimal('1'),
      timeMs: beforeMs - agoMs,
    });

    it('is counted if only its result reports it: part of [R13]', async () => {
      await setClock(of, steps);
      await of(ResultApplier).handle(result(30_000));
      expect(await ledgerAmt(testEnv, BTC)).toBe('0.9');
    });

    it('is counted if only the stream reports it: part of [R13]', async () => {
      await setClock(of, steps);
      await of(PushWriter).order(push(30_000));
      expect(await ledgerAmt(testEnv, BTC)).toBe('0.9');
    });

    it('is not counted again by result or stream if that ledger holds it already: part of [R13]', async () => {
      await setClock(of, steps);
      await of(ResultApplier).handle(result(90_000));
      await of(PushWriter).order({ ...push(90_000), clientOrderId: 'pg-0123456789abcdef-0-2', orderId: '8' });
      expect(await ledgerAmt(testEnv, BTC)).toBe('1');
    });
  });

  it('a claimed plan is as old as it is, and a snapshot from before its order could last be accepted proves nothing: part of [R13]', async () => {
    const of = await parts();
    const nowMs = await redisNowMs(testEnv);
    const begunMs = performance.now();
    await of(PlanJournal).publish(request('p1'));
    const publishedMs = performance.now();
    const claimed = { state: 'CLAIMED', claimed_ms: String(nowMs), accept_until_ms: String(nowMs + 1_000) };
    await testEnv.redis.hset(testEnv.keys.journal('p1'), { ...claimed, client_order_id: 'pg-p1-0-1', side: 'SELL' });
    await writeSnapshot(testEnv, BTC, '1', { clock_steps_ms: '0' });
    await setClock(of, steps);
    const record = await of(PlanRecords).find('p1');
    if (record === undefined) throw new Error('the plan is gone');
    const leastMs = performance.now() - publishedMs;
    const ageMs = (await redisNowMs(testEnv)) - record.publishedMs;
    expect(ageMs).toBeGreaterThan(leastMs - WITHIN_MS);
    expect(ageMs).toBeLessThan(performance.now() - begunMs + WITHIN_MS);
    expect(record.deadlineMs - record.publishedMs).toBe(60_000);
    expect(record.acceptUntilMs).toBe(of(ServerIdentity).known?.settleUntilMs);
    expect((await of(RecordedEvidence).of(record)).evidence.after).toBeUndefined();
  });

  it('the next attempt of a plan is due when it was, and its result names the steps: part of [R13]', async () => {
    const of = await parts();
    const [journal, records] = [of(PlanJournal), of(PlanRecords)];
    await journal.publish(request('p1'));
    await journal.record(expired('p1'));
    await setClock(of, steps);
    await journal.followClock();
    expect((await journal.publish({ ...request('p1'), attempt: 2 })).kind).toBe('backing_off');
    await eventually(
      async () => (await records.dueRetries(await redisNowMs(testEnv))).includes('p1') || undefined,
      2 * RETRY_AFTER_MS,
    );
    expect((await journal.publish({ ...request('p1'), attempt: 2 })).kind).toBe('published');
    await journal.record({ ...expired('p1'), attempt: 2, token: 'b' });
    const [, last] = await testEnv.results();
    const { clockStepsMs = 0 } = of(ServerIdentity).known ?? {};
    expect(last?.fields['clock_steps_ms'] ?? '0').toBe(String(clockStepsMs));
  });
});

describe("the window of a foreign plan, taken from the id of its entry, after Redis' clock was set", () => {
  it.each([-3_600, -30, 30, 3_600])(
    'by %d s: is over if the plan is from before, and open for a new one: part of [R13]',
    async (stepSec) => {
      await testEnv.redis.xgroup('CREATE', testEnv.keys.planStream(), 'governor', '$', 'MKSTREAM');
      const before = await publishPlan(testEnv, BTC);
      server.setClock(stepSec);
      await writeSnapshot(testEnv, BTC, '1');
      await gate('governor', { P33_STALE_THRESHOLD_SEC: '60', APPLY_PERMIT_WAIT_MS: '10000' });
      expect(await governorWord(testEnv, before)).toMatchObject({ granted: false, reason: 'plan_expired' });
      expect(await askGovernor(testEnv, BTC)).toMatchObject({ granted: true });
      expect(await askGovernor(testEnv, BTC)).toMatchObject({ granted: true });
    },
  );
});

describe("the limits of a day, after Redis' clock was set back over midnight", () => {
  it('count what was used since the day began: part of [R13]', async () => {
    const midnightMs = Math.ceil(Date.now() / 86_400_000) * 86_400_000;
    server.setClock(Math.ceil((midnightMs - Date.now()) / 1_000) + 600);
    await writeSnapshot(testEnv, BTC, '1');
    await gate('governor', { P33_STALE_THRESHOLD_SEC: '60', GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1500' });
    expect(await askGovernor(testEnv, BTC)).toMatchObject({ granted: true });
    server.setClock(Math.ceil((midnightMs - Date.now()) / 1_000) - 3_000);
    await writeSnapshot(testEnv, BTC, '1');
    expect(await askGovernor(testEnv, BTC)).toMatchObject({ granted: false, reason: 'daily_limit_exceeded' });
  });
});

describe("a strategy on the host of Redis, whose stamps step back with Redis' clock", () => {
  it('withdraws by the stream what it asked for before: part of [R13]', async () => {
    const of = await parts();
    const ask = async (action: 'FULL_CLOSE_PROPOSED' | 'HOLD') => {
      const lastUpdateEpochSec = (await redisNowMs(testEnv)) / 1_000;
      const asked = { source: 'stream', action, closePct: '', newSl: '', proposalId: '', identity: action };
      return of(ProposalStore).takeIn(BTC, { ...asked, lastUpdateEpochSec }, { kind: 'new' }, 5);
    };
    expect(await ask('FULL_CLOSE_PROPOSED')).toMatchObject({ isNewer: true });
    await setClock(of, [-3_600]);
    expect(await ask('HOLD')).toMatchObject({ isNewer: true });
    expect(await testEnv.redis.hget(testEnv.keys.standing(BTC), 'action')).toBe('HOLD');
  });
});

describe("the user-data stream, after Redis' clock was set back", () => {
  it('is known to be alive from then on, and is replaced when it is silent about a fill, which the trades explain: part of [R13]', async () => {
    const brain = await gate('position-brain', { P33_POLL_SEC: '0.5', P33_EXPLAINED_PREFIXES: 'grid-' });
    const alive = async (): Promise<{ since_ms?: number; last_ms?: number }> =>
      JSON.parse((await testEnv.redis.get(testEnv.keys.streamAlive())) ?? '{}') as Awaited<ReturnType<typeof alive>>;
    // A change from before the first cycle on this connection may have no push.
    await eventually(async () => {
      const { since_ms: sinceMs = Infinity } = await alive();
      return Number(await testEnv.redis.hget(testEnv.keys.snapshot(BTC), 'ts_ms')) > sinceMs + 700 || undefined;
    });
    testEnv.exchange.silenceUserStreams(true);
    server.setClock(-3_600);
    // Before the next read of the positions.
    const order = { symbol: BTC, side: 'SELL', type: 'MARKET', quantity: '0.5', newClientOrderId: 'grid-1' };
    expect((await call(testEnv.exchange, 'POST', '/fapi/v1/order', order)).status).toBe(200);
    await untilLedger(testEnv, BTC, '0.5', 10_000);
    await eventually(
      async () => (await brain.metrics()).includes('user_stream_disconnects_total{cause="distrusted"} 1') || undefined,
      8_000,
    );
    await eventually(async () => {
      const { since_ms: sinceMs = NaN, last_ms: lastMs = NaN } = await alive();
      return (sinceMs <= lastMs && lastMs <= (await redisNowMs(testEnv))) || undefined;
    });
  });
});
