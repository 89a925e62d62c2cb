import { afterEach, describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/paper-exchange/index.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  orderRequests,
  QUICK,
  resultOf,
  sleep,
  stateOf,
  submit,
  untilKnown,
  untilState,
} from './apply-support.js';
import { placeReduceOnly } from '../harness/place-order.js';
import { points } from '../harness/points.js';
import { EXCHANGE, type ExchangePort } from '../../src/exchange/exchange.port.js';
import { PROPOSAL_INTAKE, type ProposalIntake } from '../../src/runtime/proposal-intake.js';
import { untilLedger } from './issuer-support.js';

const SYMBOL = 'BTCUSDT';
/** Every limit and every time is the default, the proof time too. */
const DEFAULTS = { APPLY_ALLOWLIST: SYMBOL, EXCHANGE_UNKNOWN_PROOF_SEC: '30' };
/** The same with a shorter life of a request. */
const SHORT = { ...QUICK, ...DEFAULTS, EXCHANGE_RECV_WINDOW_MS: '300', EXCHANGE_ORDER_TIMEOUT_MS: '400' };
/** Whole, with the default times to the end and every row, in `npm run test:long`. */
const WHOLE = process.env['DEFAULT_TIMES'] === '1';
const LONG_MS = 120_000;
/** Longer than a repetition takes with the short times. */
/** For what must happen within a real window of time. */
const TIMED = { retry: 2, timeout: 30_000 };
const AGAIN_MS = WHOLE ? 7_000 : 5_000;
const BY = { by: 'test', reason: 'a test', at_ms: 1 };

let testEnv: TestEnvironment;
let gate: Gate;
afterEach(() => testEnv.close());

async function begin(env: Readonly<Record<string, string>>): Promise<void> {
  testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.040' } });
  gate = await testEnv.gate({ env });
  await untilKnown(testEnv, SYMBOL);
}

const fault = (method: string, path: string, action: FaultAction, times?: number): number =>
  testEnv.exchange.addFault({
    match: { method, path, symbol: SYMBOL },
    action,
    ...(times === undefined ? {} : { times }),
  });
/** The exchange answers 503, and fills the order all the same with `process`. */
const busy = (times: number, process = false): number =>
  fault('POST', '/order', { type: 'status', status: 503, body: '{"msg":"Service Unavailable."}', process }, times);

const requestTimes = (): number[] => orderRequests(testEnv).map(({ atMs }) => atMs);
const sinceFirst = (): number[] => requestTimes().map((atMs) => atMs - (requestTimes()[0] ?? 0));

/** Every plan, in the order of publication. */
const planIds = (): Promise<string[]> => testEnv.redis.zrange(testEnv.keys.planIndex(), '0', '-1');
const states = async (): Promise<(string | undefined)[]> =>
  Promise.all((await planIds()).map((planId) => stateOf(testEnv, planId)));
const results = async (): Promise<Record<string, string>[]> =>
  (await testEnv.results()).map(({ fields }) => fields).filter(({ attempt }) => attempt !== '0');

/** The plan that repeats the order of `planId`, once it is there. */
const repetitionOf = (planId: string): Promise<string> =>
  eventually(async () => (await testEnv.redis.hget(testEnv.keys.journal(planId), 'repeated_by')) ?? undefined, 10_000);

const control = (): ControlStore => gate.app.get(ControlStore, { strict: false });

/** Executions of the last hour, quantity of the day. */
async function used(): Promise<{ readonly executions: number; readonly qty: string | null }> {
  const { keys, redis } = testEnv;
  return { executions: await redis.zcard(keys.executions(SYMBOL)), qty: await redis.hget(keys.usage(SYMBOL), 'qty') };
}

describe('a full close that the exchange answered with 503', () => {
  it('is filled within 6 s of the first 503 with default settings, if the exchange recovers at once [E5]', async () => {
    await begin(DEFAULTS);
    busy(1);
    const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    await untilLedger(testEnv, SYMBOL, '0', 15_000);
    expect(requestTimes()).toHaveLength(2);
    expect(sinceFirst()[1]).toBeGreaterThan(3_000);
    expect(sinceFirst()[1]).toBeLessThan(6_000);
    expect(testEnv.orders()).toMatchObject([{ status: 'FILLED', executedQty: '0.04' }]);
    expect(await states()).toEqual(['UNKNOWN', 'FILLED']);
    expect(await used()).toEqual({ executions: 1, qty: '0.04' });

    // The first order stays unknown until its own proof. It is not sent again then.
    const guard = testEnv.keys.inflight(SYMBOL);
    expect(await testEnv.redis.get(guard)).toBe(`${planId}:1`);
    if (!WHOLE) return;
    expect(await resultOf(testEnv, planId, 1, 45_000)).toMatchObject({ executed: 'False', error: 'order_not_found' });
    expect(await testEnv.redis.exists(guard)).toBe(0);
    await sleep(3_000);
    expect(requestTimes()).toHaveLength(2);
    expect(await results()).toHaveLength(2);
    expect(await used()).toEqual({ executions: 1, qty: '0.04' });
  }, 70_000);

  it('each time goes again three times within 20 s of the first claim, then waits for the proof [E5]', async () => {
    await begin(WHOLE ? DEFAULTS : SHORT);
    busy(-1);
    await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    await eventually(async () => (await states()).join() === 'UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN' || undefined, 25_000);
    expect(requestTimes()).toHaveLength(4);
    expect(Math.max(...sinceFirst())).toBeLessThan(20_000);
    const [first, second, third, fourth] = await planIds();
    expect(await testEnv.redis.get(testEnv.keys.inflight(SYMBOL))).toBe(
      [fourth, third, second, first].map((planId) => `${planId}:1`).join(','),
    );
    // Every other plan is denied while they are unknown.
    const other = await submit(gate, SYMBOL, 'PARTIAL_25');
    expect(await resultOf(testEnv, other.planId)).toMatchObject({ error: 'p33_denied', reason: 'cooldown_in_flight' });
    await sleep(WHOLE ? 12_000 : 4_000);
    expect(requestTimes()).toHaveLength(4);
    expect(await used()).toEqual({ executions: 1, qty: '0.04' });
  }, 70_000);

  it('that filled it all the same gets one order: it is found and executed [E5]', async () => {
    await begin(SHORT);
    busy(1, true);
    const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', state: 'FILLED' });
    await untilLedger(testEnv, SYMBOL, '0');
    await sleep(3_000);
    expect(requestTimes()).toHaveLength(1);
  }, 30_000);

  it.each(
    points<[string, boolean]>([
      ['the user stream is silent too', true],
      ['the user stream reports it', false],
    ]),
  )(
    'that filled it, and shows neither order nor trade, does not get another: the position moved; %s [E5]',
    async (_what, silent) => {
      await begin(SHORT);
      if (silent) testEnv.exchange.addFault({ action: { type: 'silentStream' } });
      busy(1, true);
      fault('GET', '/order', { type: 'orderNotFoundFor', ms: LONG_MS });
      fault('GET', '/userTrades', { type: 'tradesNotFoundFor', ms: LONG_MS });
      const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
      await (silent ? sleep(AGAIN_MS - 1_000) : resultOf(testEnv, planId));
      await sleep(2_000);
      expect(requestTimes()).toHaveLength(1);
      expect(await states()).toEqual([silent ? 'UNKNOWN' : 'FILLED']);
    },
    30_000,
  );

  it('goes again without a user stream, which has no vote then; the trace says so [E5] [E7]', async () => {
    await begin(SHORT);
    busy(1);
    const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    await untilState(testEnv, planId, 'UNKNOWN');
    testEnv.exchange.dropUserStreams();
    await untilLedger(testEnv, SYMBOL, '0', 15_000);
    const trace = (await testEnv.redis.lrange(testEnv.keys.trace(planId), 0, -1)).map(
      (step) => JSON.parse(step) as Record<string, unknown>,
    );
    expect(trace.filter(({ step }) => step === 'looked')).toMatchObject([
      { detail: expect.stringContaining('sends it again') as string, evidence: { missing: ['user_stream'] } },
    ]);
  }, 30_000);

  it('and whose close is of a part waits for the proof [E5]', async () => {
    await begin(SHORT);
    busy(1);
    const { planId } = await submit(gate, SYMBOL, 'PARTIAL_50');
    await untilState(testEnv, planId, 'UNKNOWN');
    await sleep(AGAIN_MS);
    expect(await states()).toEqual(['UNKNOWN']);
    expect(requestTimes()).toHaveLength(1);
  }, 30_000);

  it.runIf(WHOLE)(
    'goes again after 408, -1007, a reset and an answer that is no JSON, too [E5] [O1]',
    async () => {
      await begin(SHORT);
      fault('POST', '/order', { type: 'status', status: 408, code: -1007, msg: 'Timeout waiting for response.' });
      fault('POST', '/order', { type: 'loseRequest' });
      fault('POST', '/order', { type: 'status', status: 200, body: '{}' });
      await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
      await untilLedger(testEnv, SYMBOL, '0', 18_000);
      expect(requestTimes()).toHaveLength(4);
      expect(testEnv.orders()).toHaveLength(1);
    },
    30_000,
  );
});

describe('a full close of the hash', () => {
  const rows: [string, () => Promise<unknown>, number?][] = [
    ['goes again while it stands', () => testEnv.propose(SYMBOL, 'FULL_CLOSE_PROPOSED'), 2],
    ['does not go again after its strategy withdrew it', () => testEnv.propose(SYMBOL, 'HOLD')],
    ['does not go again after its hash was deleted', () => testEnv.redis.del(testEnv.keys.proposal(SYMBOL))],
    ['does not go again after its strategy asks for a part instead', () => testEnv.propose(SYMBOL, 'PARTIAL_50')],
    ['does not go again after the kill switch was engaged', () => control().setKillSwitch({ engaged: true, ...BY })],
    ['does not go again after the system was disarmed', () => control().setArm({ armed: false, ...BY })],
    [
      'does not go again while a person holds the symbol',
      () => testEnv.redis.set(testEnv.keys.hold(SYMBOL), '{"cause":"operator"}'),
    ],
    ['does not go again after the position changed', async () => testEnv.exchange.setPosition(SYMBOL, '0.030')],
  ];
  it.each(WHOLE ? rows : rows.filter((_, at) => at % 6 === 0))(
    '%s [E5] part of [L1] [L2]',
    async (_what, happens, requests = 1) => {
      await begin(SHORT);
      busy(1);
      await testEnv.propose(SYMBOL, 'FULL_CLOSE_PROPOSED');
      await eventually(async () => (await states())[0] === 'UNKNOWN' || undefined);
      await happens();
      await sleep(AGAIN_MS);
      expect(requestTimes()).toHaveLength(requests);
      expect(testEnv.orders()).toHaveLength(requests - 1);
    },
    30_000,
  );
});

describe('an order that filled although a full close went again', () => {
  const rows: [string, boolean][] = [
    ['is found late', true],
    ['is settled by the user stream', false],
  ];
  it.each(WHOLE ? rows : rows.slice(0, 1))(
    '%s: each order has its result, and ledger and limits count the one fill [E5] [E6]',
    async (_what, late) => {
      await begin({
        ...SHORT,
        EXCHANGE_RECV_WINDOW_MS: '2500',
        EXCHANGE_ORDER_TIMEOUT_MS: '3000',
        EXCHANGE_UNKNOWN_PROOF_SEC: '6',
      });
      busy(1);
      const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
      await untilState(testEnv, planId, 'UNKNOWN');
      fault('POST', '/order', { type: 'delay', ms: 1_500, when: 'before' }, 1);
      const again = await repetitionOf(planId);
      await untilState(testEnv, again, 'CLAIMED');
      await sleep(300);
      if (late) {
        testEnv.exchange.addFault({ action: { type: 'silentStream' } });
        fault('GET', '/order', { type: 'orderNotFoundFor', ms: 5_000 });
        fault('GET', '/userTrades', { type: 'tradesNotFoundFor', ms: 5_000 });
      }
      // What no exchange should do: the first request is carried out after all, before the second.
      const order = { symbol: SYMBOL, side: 'SELL', quantity: '0.04', clientOrderId: `pg-${planId}-0-1` } as const;
      await placeReduceOnly(gate.app.get<ExchangePort>(EXCHANGE, { strict: false }), order as never);

      expect(await resultOf(testEnv, planId, 1, 15_000)).toMatchObject({ executed: 'True', state: 'FILLED' });
      expect(await resultOf(testEnv, again, 1, 30_000)).toMatchObject({ executed: 'False', error: 'order_not_found' });
      await untilLedger(testEnv, SYMBOL, '0');
      await sleep(WHOLE ? 4_000 : 1_000);
      expect(testEnv.orders()).toMatchObject([{ clientOrderId: `pg-${planId}-0-1`, executedQty: '0.04' }]);
      expect(requestTimes()).toHaveLength(3);
      expect((await results()).filter(({ executed }) => executed === 'True')).toHaveLength(1);
      await eventually(async () => (await used()).executions === 1 || undefined);
      expect(await used()).toEqual({ executions: 1, qty: '0.04' });
      expect(await testEnv.redis.exists(testEnv.keys.inflight(SYMBOL))).toBe(0);
    },
    60_000,
  );
});

describe('a full close that goes again without an issuer', () => {
  const permits = { governor: GRANT, p33: foreignPermit(SYMBOL, 0.04, 0.04) };

  async function unknown(env: Readonly<Record<string, string>>, source?: string): Promise<string> {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.040' } });
    gate = await testEnv.gate({ env, roles: 'apply' });
    busy(1);
    const { planId } = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED', {}, source);
    await handwrite(testEnv, planId, permits);
    await untilState(testEnv, planId, 'UNKNOWN');
    return planId;
  }

  it('sends nothing when its permit is denied: the first order stays unknown and blocks its symbol [E5]', async () => {
    const planId = await unknown(SHORT);
    const again = await repetitionOf(planId);
    await handwrite(testEnv, again, { p33: '{"allow":false,"reason":"qty_below_step"}' });
    expect(await resultOf(testEnv, again)).toMatchObject({ error: 'p33_denied' });
    expect(await testEnv.redis.get(testEnv.keys.inflight(SYMBOL))).toBe(`${planId}:1`);
    const other = await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
    await handwrite(testEnv, other.planId, permits);
    expect(await resultOf(testEnv, other.planId)).toMatchObject({ error: 'in_flight' });
    await sleep(1_000);
    expect(requestTimes()).toHaveLength(1);
    expect(await stateOf(testEnv, planId)).toBe('UNKNOWN');
  }, 30_000);

  // A busy machine may publish the repetition after its window, and then rightly does not.
  it.runIf(WHOLE)(
    'has a window that ends 20 s after the first claim, and no attempt after that [E5]',
    TIMED,
    async () => {
      const planId = await unknown(SHORT);
      const { keys, redis } = testEnv;
      const firstMs = Date.now() + 2_200 - 20_000;
      await redis.hset(keys.journal(planId), 'first_claimed_ms', String(firstMs));
      const again = await repetitionOf(planId);
      expect(Number(await redis.hget(keys.journal(again), 'deadline_ms'))).toBeLessThanOrEqual(firstMs + 20_000);
      expect(await resultOf(testEnv, again)).toMatchObject({ error: 'permit_timeout' });
      await sleep(4_000);
      expect(await redis.hget(keys.journal(again), 'attempt')).toBe('1');
      expect(requestTimes()).toHaveLength(1);
    },
  );

  it('is not published after an operator withdrew it, nor is another attempt [E5] part of [L1]', async () => {
    const planId = await unknown({ ...SHORT, EXCHANGE_UNKNOWN_PROOF_SEC: '2' }, 'api');
    const intake = gate.app.get<ProposalIntake>(PROPOSAL_INTAKE, { strict: false });
    expect(await intake.withdraw(SYMBOL, 'a test')).toEqual({ planId, outcome: 'claimed' });
    expect(await resultOf(testEnv, planId, 1, 10_000)).toMatchObject({ error: 'order_not_found' });
    await sleep(4_000);
    expect(await planIds()).toEqual([planId]);
    expect(await testEnv.redis.hget(testEnv.keys.journal(planId), 'attempt')).toBe('1');
  }, 30_000);
});

describe.runIf(WHOLE)('an Apply that ends while a full close is unknown', () => {
  it.each([
    ['is replaced at once: three times in all, none later than 20 s [E5]', 0, 4],
    ['is replaced after 20 s: the close waits for the proof [E5]', 20_000, 2],
  ])(
    '%s',
    async (_what, awayMs, requests) => {
      testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.040' } });
      await testEnv.gate({ env: SHORT, roles: 'position-brain,governor' });
      gate = await testEnv.gate({ env: SHORT, roles: 'apply' });
      await untilKnown(testEnv, SYMBOL);
      busy(-1);
      await submit(gate, SYMBOL, 'FULL_CLOSE_PROPOSED');
      await eventually(async () => requestTimes().length === 2 || undefined, 15_000);
      await gate.stop();
      await sleep(awayMs);
      gate = await testEnv.gate({ env: SHORT, roles: 'apply' });
      await sleep(awayMs === 0 ? 21_000 : 4_000);
      expect(requestTimes()).toHaveLength(requests);
      expect(Math.max(...sinceFirst())).toBeLessThan(20_000);
    },
    60_000,
  );
});
