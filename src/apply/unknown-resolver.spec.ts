import { describe, expect, it } from 'vitest';
import { Decimal } from '../flow/0-decimal.js';
import type { MarketSymbol } from '../flow/0-primitives.js';
import type { PlanRecord } from '../redis/stores/plan-records.js';
import type { Attempt } from './attempt.js';
import { PlanRecovery } from './plan-recovery.js';
import { attemptOf } from './plan-runner.js';
import { LostOrderEvidence } from '../exchange/order-evidence.js';
import { UnknownResolver } from './unknown-resolver.js';

const ACCEPT_UNTIL_MS = 1_000;
const PROOF_MS = 30_000;
const LONG_AFTER_MS = ACCEPT_UNTIL_MS + 2 * PROOF_MS;
const UNUSED = undefined as never;

const STEPS = {
  close: { step: 'CLOSE_FULL', type: 'market_reduce_only', side: 'close', pct: 100 },
  stop: { step: 'UPDATE_SL', type: 'stop_loss_order', price: 50 },
};

function recordOf(step: keyof typeof STEPS, more: Partial<PlanRecord> = {}): PlanRecord {
  const plan = {
    plan_id: 'p',
    symbol: 'BTCUSDT',
    action: step === 'close' ? 'FULL_CLOSE_PROPOSED' : 'UPDATE_SL',
    kill_score: '0.5',
    decision: 'EXECUTE',
    steps: JSON.stringify([STEPS[step]]),
    timestamp: '0',
    attempt: '1',
    mode: 'testnet',
    plan_hash: 'h',
  };
  const rest = { side: 'SELL', quantity: '1', publishedMs: 0, claimedMs: 0, acceptUntilMs: ACCEPT_UNTIL_MS };
  return {
    planId: 'p',
    symbol: 'BTCUSDT',
    state: 'UNKNOWN',
    clientOrderId: 'pg-p-0-1',
    action: plan.action,
    plan,
    ...rest,
    ...more,
  } as PlanRecord;
}

/** At an exchange that knows no such order, has trades of orders with these names (`undefined`: it does not find it), and whose answer takes from `askedMs` to `answeredMs` of Redis' clock. */
function context(askedMs: number, answeredMs: number, traded: readonly (string | undefined)[] = []) {
  let nowMs = askedMs;
  const others = traded.filter((name) => name !== undefined && name !== 'pg-p-0-1').length;
  const noted: string[] = [];
  const notFound = <T>(answer: T) => {
    nowMs = answeredMs;
    return Promise.resolve(answer);
  };
  return {
    noted,
    exchange: {
      findOrder: () => notFound({ kind: 'not_found' }),
      findStop: () => notFound(undefined),
      openStops: () => Promise.resolve([]),
      restingReductions: () => Promise.resolve({ resting: new Map(), unreadable: new Map() }),
      positions: () => Promise.resolve({ positions: new Map([['BTCUSDT', { amount: new Decimal(1 - others) }]]) }),
      trades: () =>
        Promise.resolve(
          traded.map((_, index) => ({
            orderId: String(index),
            side: 'SELL',
            quantity: new Decimal(1),
            timeMs: Date.now() - nowMs + 500,
          })),
        ),
      findClientOrderId: (_symbol: string, orderId: string) => Promise.resolve(traded[Number(orderId)]),
      clock: () => ({ offsetMs: 0 }),
    } as never,
    journal: {
      note: (_plan: unknown, kind: string) => Promise.resolve(noted.push(kind)),
      followClock: () => Promise.resolve(),
    } as never,
    recorder: {
      record: (_attempt: unknown, { error }: { error: string }) => Promise.resolve({ kind: noted.push(error) }),
    } as never,
    clock: { nowMs: () => nowMs } as never,
    logger: { warn: () => undefined, error: () => undefined } as never,
    /** Nothing is recorded of the order, and the permit said a position of 1. */
    recorded: {
      of: ({ action }: PlanRecord) =>
        Promise.resolve({
          order: { side: 'SELL', quantity: new Decimal(1), isStop: action === 'UPDATE_SL' },
          evidence: {
            recordedQty: new Decimal(0),
            ledgerNamesPlan: false,
            before: { amount: new Decimal(1), fromMs: -60_000, untilMs: 0 },
            after: undefined,
            trades: undefined,
            listed: undefined,
            stepSize: new Decimal('0.001'),
          },
          lastFill: undefined,
        }),
    } as never,
  };
}

function resolverIn(around: ReturnType<typeof context>, control = UNUSED): UnknownResolver {
  const { exchange, journal, recorder, recorded, clock, logger } = around;
  const evidence = new LostOrderEvidence(exchange, recorded, clock);
  const settings = { unknownProofMs: PROOF_MS };
  const again = {
    consider: ({ planId }: PlanRecord) => Promise.resolve(around.noted.push(`${planId} may go again?`)),
  } as never;
  return new UnknownResolver(
    exchange,
    journal,
    UNUSED,
    recorder,
    UNUSED,
    evidence,
    again,
    control,
    clock,
    settings,
    logger,
  );
}

describe('an order that is not found', () => {
  it.each([
    ['close', 'began before the proof time was over', 0, ['looking']],
    ['close', 'began when the order could still be accepted', ACCEPT_UNTIL_MS, ['looking']],
    ['close', 'began after that', ACCEPT_UNTIL_MS + 1, ['looking', 'p may go again?']],
    ['close', 'began at the end of the proof time', ACCEPT_UNTIL_MS + PROOF_MS - 1, ['looking', 'p may go again?']],
    ['stop', 'began before the proof time was over', 0, ['looking']],
    ['close', 'began after it', ACCEPT_UNTIL_MS + PROOF_MS, ['looking', 'order_not_found']],
    ['stop', 'began after it', ACCEPT_UNTIL_MS + PROOF_MS, ['looking', 'order_not_found']],
  ] as const)('(%s) by a look-up that %s, however late its answer [O3]', async (step, _when, askedMs, noted) => {
    const around = context(askedMs, LONG_AFTER_MS);
    const record = recordOf(step);
    await resolverIn(around).look(record, attemptOf(record.plan) as Attempt);
    expect(around.noted).toEqual(noted);
  });

  it.each([
    ['of another order', ['pg-q-0-1', 'by hand'], ['looking', 'order_not_found']],
    ['of an order that is not found either', ['pg-q-0-1', undefined], ['looking', 'looked']],
    ['of the very order', ['pg-p-0-1'], ['looking', 'looked']],
  ])('after a trade on its side %s [O2] [O3]', async (_whose, traded, noted) => {
    const around = context(ACCEPT_UNTIL_MS + PROOF_MS, ACCEPT_UNTIL_MS + PROOF_MS, traded);
    const record = recordOf('close');
    await resolverIn(around).look(record, attemptOf(record.plan) as Attempt);
    expect(around.noted).toEqual(noted);
  });

  it.each([
    [59_999, []],
    [60_000, ['the outcome of order pg-p-0-1 is unknown: it is not found, and 1 traded on its side']],
  ])(
    'and may have traded is held with the evidence named, %i ms after the proof time part of [E2]',
    async (lateMs, held) => {
      const nowMs = ACCEPT_UNTIL_MS + PROOF_MS + lateMs;
      const around = context(nowMs, nowMs, [undefined]);
      const holds: string[] = [];
      const control = {
        setHold: ({ reason }: { reason: string }) => Promise.resolve(holds.push(reason) > 0 ? 'held' : 'kept'),
      };
      const record = recordOf('close');
      await resolverIn(around, control as never).look(record, attemptOf(record.plan) as Attempt);
      expect(around.noted).toEqual(['looking', 'looked']);
      expect(holds).toEqual(held);
    },
  );

  it.each([
    [ACCEPT_UNTIL_MS, 'undecided'],
    [ACCEPT_UNTIL_MS + 1, 'absent'],
  ])(
    'is not absent by a position read that began at %i ms, when it could still be accepted: %s part of [E2]',
    async (beganMs, kind) => {
      const { exchange, recorded, clock } = context(beganMs, beganMs);
      const { word } = await new LostOrderEvidence(exchange, recorded, clock).judge(
        recordOf('close'),
        'BTCUSDT' as MarketSymbol,
      );
      expect(word.kind).toBe(kind);
    },
  );

  it('is not judged by the times of a claim that may still be signed anew', async () => {
    const around = context(LONG_AFTER_MS, LONG_AFTER_MS);
    const found = [recordOf('close', { state: 'CLAIMED' }), recordOf('close', { acceptUntilMs: LONG_AFTER_MS })];
    const records = { due: () => Promise.resolve(['p']), find: () => Promise.resolve(found.shift()) } as never;
    const sender = { isBusy: () => false } as never;
    const { journal, recorder, clock, logger } = around;
    const recovery = new PlanRecovery(records, journal, recorder, resolverIn(around), sender, clock, logger);
    await recovery.walk();
    await recovery.walk();
    expect(around.noted).toEqual(['unknown', 'looking']);
  });
});
