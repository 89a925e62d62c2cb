import { NOT_TAKEN_UP } from '../harness/standing.js';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  orderRequests,
  QUICK,
  resultOf,
  submit,
  untilState,
} from './apply-support.js';

const STEP = '[{"step":"CLOSE_PARTIAL_75","type":"market_reduce_only","side":"close","pct":75}]';
const FOREIGN = {
  plan_id: 'aaaaaaaaaaaaaaaa',
  symbol: 'BTCUSDT',
  action: 'PARTIAL_75',
  kill_score: '0.5',
  decision: 'EXECUTE',
  reason_codes: '',
  steps: STEP,
  close_qty: '0.0075',
  price: '65000',
  timestamp: '1700000000',
};
const OURS = { ...FOREIGN, attempt: '1', mode: 'testnet', plan_hash: 'f'.repeat(64) };

let testEnv: TestEnvironment;
let gate: Gate;
beforeEach(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
});
afterEach(() => testEnv.close());

const start = async (env: Record<string, string> = {}): Promise<Gate> =>
  testEnv.gate({ roles: 'apply', env: { ...QUICK, ...env } });
const pending = async (): Promise<unknown> => (await testEnv.redis.xpending(testEnv.keys.planStream(), 'apply'))[0];
const letters = async (): Promise<Record<string, string>[]> =>
  (await testEnv.entries(testEnv.keys.deadLetters())).map(({ fields }) => fields);

describe('a plan entry that Apply did not publish', () => {
  it('is dead-lettered with the reason and never becomes an order, although both permits exist; the group goes on [A10]', async () => {
    gate = await start();
    const missing = (field: string): Record<string, string> =>
      Object.fromEntries(Object.entries(OURS).filter(([name]) => name !== field));
    const garbage: [Record<string, string>, RegExp][] = [
      [{ hello: 'world' }, /^decision is ""; one of EXECUTE, SKIP, BLOCKED, ERROR is needed$/],
      [missing('plan_id'), /^plan_id is ""; a token of 1 to 64 letters and digits is needed$/],
      [{ ...OURS, plan_id: 'a:b' }, /^plan_id is "a:b"/],
      [missing('symbol'), /^symbol is ""/],
      [{ ...OURS, action: 'OPEN_LONG' }, /^action is "OPEN_LONG"; known actions are/],
      [
        { ...OURS, steps: 'garbage' },
        /^steps is "garbage"; exactly one reduce-only step that fits PARTIAL_75 is needed$/,
      ],
      [{ ...OURS, steps: '[]' }, /^steps is "\[\]"/],
      [{ ...OURS, steps: STEP.replace('close', 'open') }, /^steps is /],
      [{ ...OURS, steps: '[{"step":"OPEN_LONG","type":"market","side":"buy","pct":100}]' }, /^steps is /],
      [{ ...OURS, steps: STEP.replace('75}', '750}') }, /^steps is /],
      [{ ...OURS, steps: STEP.replace(']', `,${STEP.slice(1, -1)}]`) }, /^steps is /],
      [{ ...OURS, action: 'FULL_CLOSE_PROPOSED' }, /fits FULL_CLOSE_PROPOSED is needed$/],
      [{ ...OURS, kill_score: 'NaN' }, /^kill_score is "NaN"/],
      [{ ...OURS, attempt: '0' }, /^attempt is "0"; a whole number from 1 is needed$/],
      [{ ...OURS, mode: 'live' }, /^mode is "live"/],
      [{ ...OURS, decision: 'MAYBE' }, /^decision is "MAYBE"/],
      [
        { ...FOREIGN, schema: '1' },
        /^attempt, mode and plan_hash are missing: the plan was not published by this system$/,
      ],
      [{ ...FOREIGN, steps: 'garbage' }, /^steps is "garbage"/],
      [OURS, /^the journal knows no plan aaaaaaaaaaaaaaaa: it was not published by this system$/],
    ];
    await handwrite(testEnv, OURS.plan_id, { governor: GRANT, p33: foreignPermit('BTCUSDT', 0.007, 0.01) });
    for (const [fields] of garbage)
      await testEnv.redis.xadd(testEnv.keys.planStream(), '*', ...Object.entries(fields).flat());
    await eventually(
      async () => (await letters()).length === garbage.length || undefined,
      5_000,
      gate.messages.bind(gate),
    );
    const found = await letters();
    for (const [fields, reason] of garbage) {
      const letter = found.find((each) => each['fields'] === JSON.stringify(fields));
      expect(letter, JSON.stringify(fields)).toMatchObject({
        group: 'apply',
        stream: testEnv.keys.planStream(),
        deliveries: '1',
      });
      expect(letter?.['reason']).toMatch(reason);
    }
    expect(orderRequests(testEnv)).toEqual([]);
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('BTCUSDT', 0.007, 0.01) });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    expect(await pending()).toBe(0);
  });

  it('with another decision than EXECUTE is read and left alone', async () => {
    gate = await start();
    for (const decision of ['SKIP', 'BLOCKED', 'ERROR']) {
      await testEnv.redis.xadd(testEnv.keys.planStream(), '*', ...Object.entries({ ...OURS, decision }).flat());
    }
    await eventually(async () => {
      const [group] = (await testEnv.redis.xinfo('GROUPS', testEnv.keys.planStream())) as unknown[][];
      return group?.[group.indexOf('lag') + 1] === 0 || undefined;
    });
    await eventually(async () => (await pending()) === 0 || undefined);
    expect(await letters()).toEqual([]);
    expect(await testEnv.results()).toEqual([]);
  });
});

describe('a backlog of old plans', () => {
  it('ends plan by plan as plan_expired, none executed, drained quickly [A11]', async () => {
    const count = 500;
    await testEnv.redis.xgroup('CREATE', testEnv.keys.planStream(), 'apply', '0', 'MKSTREAM');
    const journal = new PlanJournal(scriptsOn(testEnv.redis, testEnv.keys), testEnv.keys, new RedisClock());
    await Promise.all(
      Array.from({ length: count }, async () => {
        const planId = randomUUID().replaceAll('-', '').slice(0, 16);
        const fields = { ...OURS, plan_id: planId };
        const request = {
          planId,
          symbol: 'BTCUSDT',
          action: 'PARTIAL_75',
          attempt: 1,
          mode: 'testnet',
          fields,
        } as const;
        await journal.publish({
          ...request,
          proposal: '',
          freshUntilMs: 0,
          windowMs: 1,
          dedupeTtlMs: 60_000,
          maxAttempts: 5,
          standing: NOT_TAKEN_UP,
        });
        await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('BTCUSDT', 0.007, 0.01) });
      }),
    );
    const fromMs = performance.now();
    gate = await start();
    await eventually(async () => (await testEnv.redis.xlen(testEnv.keys.resultStream())) >= count || undefined, 10_000);
    expect(performance.now() - fromMs).toBeLessThan(5_000);
    const results = (await testEnv.results()).map(({ fields }) => fields);
    expect(new Set(results.map((fields) => fields['plan_id'])).size).toBe(count);
    expect(results).toHaveLength(count);
    for (const result of results)
      expect(result).toMatchObject({ error: 'plan_expired', executed: 'False', state: 'EXPIRED' });
    expect(await testEnv.redis.zcard(testEnv.keys.openPlans())).toBe(0);
    await eventually(async () => (await pending()) === 0 || undefined);
    expect(orderRequests(testEnv)).toEqual([]);
  });
});

describe('an entry that always fails', () => {
  it('goes to the dead letters after five tries with the last error, and the group goes on [R5]', async () => {
    gate = await start();
    const { keys, redis } = testEnv;
    await redis.set(keys.journal('bbbbbbbbbbbbbbbb'), 'a journal that is no hash');
    await redis.xadd(keys.planStream(), '*', ...Object.entries({ ...OURS, plan_id: 'bbbbbbbbbbbbbbbb' }).flat());
    const letter = await eventually(async () => (await letters())[0], 8_000);
    expect(letter['deliveries']).toBe('5');
    expect(letter['reason']).toMatch(/^failed 5 times: .*WRONGTYPE/);
    expect(await pending()).toBe(0);
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await untilState(testEnv, planId, 'WAITING');
  });
});
