import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { points } from '../harness/points.js';
import { seeded } from './apply-support.js';
import {
  deadLetters,
  deliveredTo,
  type Json,
  ledgerAmt,
  newPlanId,
  publishResult,
  untilLedger,
  untilSettled,
} from './issuer-support.js';

const SYMBOL = 'ETHUSDT';
let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

const brain = (instance: string): Promise<Gate> =>
  testEnv.gate({ roles: 'position-brain', env: { INSTANCE_ID: instance, P33_POLL_SEC: '600' } });
const settled = (timeoutMs = 5_000): Promise<true> =>
  untilSettled(testEnv, testEnv.keys.resultStream(), 'p33', timeoutMs);
const rewind = (): Promise<unknown> => testEnv.redis.xgroup('SETID', testEnv.keys.resultStream(), 'p33', '0');
const version = async (symbol: string): Promise<number> =>
  Number((await testEnv.redis.hget(testEnv.keys.ledger(symbol), 'version')) ?? '0');

describe('an executed result', () => {
  const ours = { client_order_id: 'pg-a-0-1', order_id: 1, avg_price: 1000, filled_at_ms: Date.now() };

  it.each(
    points<[string, Json]>(
      [
        ['of ours', { ...ours, side: 'SELL', executed_qty: 0.4 }],
        ['in the guide’s format', { order_id: '4711', side: 'SELL', executed_qty: 0.4 }],
        ['that names no order', { side: 'SELL', executed_qty: '0.4' }],
      ],
      2,
    ),
  )('%s is applied once: read again, by others, twice in the stream, after a restart [S1]', async (_what, step) => {
    testEnv = await TestEnvironment.create();
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', '1');
    const first = await brain('one');
    const planId = newPlanId();
    const fields = { plan_id: planId };
    await publishResult(testEnv, SYMBOL, step, fields);
    await untilLedger(testEnv, SYMBOL, '0.6');
    await publishResult(testEnv, SYMBOL, step, fields);
    await settled();
    for (let times = 0; times < 3; times += 1) {
      await rewind();
      await settled();
    }
    const second = await brain('two');
    await rewind();
    await settled();
    await Promise.all([first.stop(), second.stop()]);
    await rewind();
    await brain('one');
    await settled();
    expect(await testEnv.redis.hgetall(testEnv.keys.ledger(SYMBOL))).toMatchObject({
      last_known_amt: '0.6',
      version: '1',
      last_result_plan_id: planId,
      last_executed_qty: '0.4',
      last_side: 'SELL',
      source: 'fill',
    });
    expect(await deadLetters(testEnv)).toEqual([]);
  });

  it('is in a ledger that the guide’s service wrote after it, and is not applied to it again [S1]', async () => {
    testEnv = await TestEnvironment.create();
    const first = await publishResult(testEnv, SYMBOL, { order_id: 'old', side: 'SELL', executed_qty: 0.4 });
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), {
      last_known_amt: '0.6',
      updated_at: String((Number(first.split('-')[0]) + 1) / 1000),
    });
    await testEnv.redis.xgroup('CREATE', testEnv.keys.resultStream(), 'p33', '$');
    await brain('one');
    await new Promise((resolve) => setTimeout(resolve, 5));
    await publishResult(testEnv, SYMBOL, { order_id: 'new', side: 'SELL', executed_qty: 0.1 });
    await untilLedger(testEnv, SYMBOL, '0.5');
    await rewind();
    await settled();
    expect(await ledgerAmt(testEnv, SYMBOL)).toBe('0.5');
  });

  it('reported in parts, in any order and more than once, counts the traded quantity [S18]', async () => {
    testEnv = await TestEnvironment.create();
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', '-1');
    await brain('one');
    for (const executed_qty of [0.1, 0.3, 0.3, 0.2, 0.45, 0.1, 0.45])
      await publishResult(testEnv, SYMBOL, { client_order_id: 'c', side: 'BUY', executed_qty });
    await settled();
    expect(await ledgerAmt(testEnv, SYMBOL)).toBe('-0.55');
    expect(await version(SYMBOL)).toBe(3);
  });
});

describe('a malformed result', () => {
  it('goes to dead letters with its reason, and the ledger goes on with the rest [S11]', async () => {
    testEnv = await TestEnvironment.create();
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', '1');
    await brain('one');
    const sell = { order_id: 'o', side: 'SELL', executed_qty: 0.1 };
    const bad = [
      await publishResult(testEnv, SYMBOL, sell, { steps_results: '[{"executed_qty":' }),
      await publishResult(testEnv, SYMBOL, { ...sell, executed_qty: -5 }),
      await publishResult(testEnv, SYMBOL, { ...sell, side: 'close' }),
      await publishResult(testEnv, SYMBOL, sell, { executed: 'perhaps' }),
      await publishResult(testEnv, SYMBOL, { ...sell, executed_qty: '1e999' }),
    ];
    await publishResult(testEnv, SYMBOL, sell);
    await untilLedger(testEnv, SYMBOL, '0.9');
    await settled();
    const letters = (await deadLetters(testEnv)).filter(({ group }) => group === 'p33');
    expect(letters.map(({ entry_id, reason }) => [entry_id, reason?.replace(/; .*/, '')])).toEqual([
      [bad[0], 'steps_results is "[{\\"executed_qty\\":"'],
      [bad[1], 'executed_qty of step 0 is "-5"'],
      [bad[2], 'side of step 0 is "close"'],
      [bad[3], 'executed is "perhaps"'],
      [bad[4], 'executed_qty of step 0 is "1e999"'],
    ]);
  });
});

describe('ten thousand results of many symbols', () => {
  const SYMBOLS = Array.from({ length: 12 }, (_, index) => `S${index}USDT`);
  const RESULTS = 10_000;

  interface Truth {
    amount: number;
    steps: number;
    lastPlan: string;
  }

  /** Adds one random result to the pipeline and to what must come of it. */
  function addResult(
    random: () => number,
    truth: Map<string, Truth>,
    at: number,
  ): readonly [symbol: string, fields: Record<string, string>] {
    const symbol = SYMBOLS[Math.floor(random() * SYMBOLS.length)] ?? '';
    const known = truth.get(symbol) ?? { amount: 0, steps: 0, lastPlan: '' };
    truth.set(symbol, known);
    const planId = `plan${at}`;
    const thousandths = 1 + Math.floor(random() * 900);
    const side = random() < 0.5 ? 'SELL' : 'BUY';
    const kind = random();
    const identity = kind < 0.5 ? { order_id: `o${at}` } : { order_id: at, client_order_id: `pg-${planId}-0-1` };
    const step = { step: 'CLOSE_FULL', ...identity, side, executed_qty: thousandths / 1000 };
    const executed = kind < 0.9;
    if (executed) {
      known.amount += side === 'BUY' ? thousandths : -thousandths;
      known.steps += 1;
      known.lastPlan = planId;
    }
    const malformed = kind > 0.98;
    return [
      symbol,
      {
        plan_id: planId,
        symbol,
        decision: 'EXECUTE',
        executed: executed ? 'True' : 'False',
        steps_results: malformed ? '{' : JSON.stringify(executed ? [step] : []),
        ...(kind < 0.5 ? {} : { attempt: '1', schema: '1' }),
      },
    ];
  }

  /** Publishers are slower than this loop: a backlog of more than some hundreds is not what is tried here. */
  const caughtUp = (stream: string): Promise<true> =>
    eventually(async () => {
      const [pending] = (await testEnv.redis.xpending(stream, 'p33')) as [number];
      return pending < 800 || undefined;
    }, 60_000);

  it('are each applied exactly once, in order, over restarts and a second process [S2]', async () => {
    const seed = Date.now() % 1_000_000;
    process.stdout.write(`ledger results: seed ${seed}\n`);
    const random = seeded(seed);
    testEnv = await TestEnvironment.create();
    for (const symbol of SYMBOLS) await testEnv.redis.hset(testEnv.keys.ledger(symbol), 'last_known_amt', '0');
    const truth = new Map<string, Truth>();
    const stream = testEnv.keys.resultStream();
    let rewindTo = '';
    let gate = await brain('one');
    for (let at = 0; at < RESULTS;) {
      const pipeline = testEnv.redis.pipeline();
      for (const until = Math.min(RESULTS, at + 500); at < until; at += 1) {
        const fields = Object.entries(addResult(random, truth, at)[1]).flat();
        pipeline.xadd(stream, '*', ...fields);
        if (random() < 0.03) pipeline.xadd(stream, '*', ...fields);
      }
      await pipeline.exec();
      await caughtUp(stream);
      if (at === 3_000) {
        await gate.stop();
        rewindTo = await deliveredTo(testEnv, stream, 'p33');
      }
      if (at === 4_000) gate = await brain('one');
      if (at === 4_500) {
        await gate.stop();
        await testEnv.redis.xgroup('SETID', stream, 'p33', rewindTo);
        gate = await brain('one');
      }
    }
    await settled(150_000);
    for (const [symbol, { amount, steps, lastPlan }] of truth) {
      const ledger = await testEnv.redis.hgetall(testEnv.keys.ledger(symbol));
      expect(
        [symbol, ledger['last_known_amt'], ledger['version'], ledger['last_result_plan_id']],
        `seed ${seed}`,
      ).toEqual([symbol, String(amount / 1000), String(steps), lastPlan]);
    }
  }, 200_000);
});
