import { afterEach, describe, expect, it } from 'vitest';
import { Random } from '../chaos/random.js';
import { genuineMembers, seal } from '../harness/forgeries.js';
import { eventually } from '../harness/eventually.js';
import { KeyFolder } from '../harness/signing-keys.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import {
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
import { publishElsewhere } from './publish-elsewhere.js';
import { expectationOf } from './permit-expectation.js';

const SYMBOL = 'BTCUSDT';
const CLOSE_FULL = '[{"step":"CLOSE_FULL","type":"market_reduce_only","side":"close","pct":100}]';
const WINDOW_MS = 1_500;
const random = new Random(1);

let keys: KeyFolder;
let testEnv: TestEnvironment;
afterEach(async () => {
  await testEnv.close();
  keys.remove();
});

async function signedFleet(env: Record<string, string> = {}): Promise<Gate> {
  keys = new KeyFolder();
  testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
  await testEnv.gate({ roles: 'governor', env: { ...QUICK, ...env, ...keys.env('governor') } });
  await testEnv.gate({ roles: 'position-brain', env: { ...QUICK, ...env, ...keys.env('position-brain') } });
  const apply = await testEnv.gate({ roles: 'apply', env: { ...QUICK, ...env, ...keys.env('apply') } });
  await untilKnown(testEnv, SYMBOL);
  return apply;
}

/** Publishes with Apply's rights a plan whose entry was changed after its hash was made. */
const published = (gate: Gate, action: string, change: Record<string, string>): Promise<string> =>
  publishElsewhere(testEnv, gate, { symbol: SYMBOL, action, windowMs: WINDOW_MS, change });

describe('a plan whose fields are not those of its hash', () => {
  it.each<[string, string, Record<string, string>]>([
    ['a close under the hash of a stop', 'UPDATE_SL', { action: 'FULL_CLOSE_PROPOSED', steps: CLOSE_FULL }],
    [
      'a larger share',
      'PARTIAL_50',
      { action: 'PARTIAL_75', steps: CLOSE_FULL.replace('CLOSE_FULL', 'CLOSE_PARTIAL_75').replace('100', '75') },
    ],
    ['another symbol', 'PARTIAL_50', { symbol: 'ETHUSDT' }],
    ['another kill score', 'PARTIAL_50', { kill_score: '0.1' }],
    ['another account', 'PARTIAL_50', { account: 'f'.repeat(32) }],
  ])('gets no permit and no order: %s [C14]', async (_what, action, change) => {
    const gate = await signedFleet({ APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT' });
    const planId = await published(gate, action, change);
    const result = await resultOf(testEnv, planId);
    expect(result['executed']).toBe('False');
    expect(['permit_invalid', 'p33_denied']).toContain(result['error']);
    await eventually(async () =>
      (await testEnv.entries(testEnv.keys.deadLetters())).some(
        ({ fields }) => fields['group'] === 'governor' && (fields['reason'] ?? '').startsWith('plan_hash is '),
      ),
    );
    expect(await testEnv.redis.exists(testEnv.keys.governorPermit(planId))).toBe(0);
    expect(orderRequests(testEnv)).toEqual([]);
  });

  it('is refused by Apply even where both issuers permitted something else under that hash [C14]', async () => {
    keys = new KeyFolder();
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const gate = await testEnv.gate({ roles: 'apply', env: QUICK });
    const planId = await published(gate, 'UPDATE_SL', { action: 'FULL_CLOSE_PROPOSED', steps: CLOSE_FULL });
    expect(await resultOf(testEnv, planId)).toMatchObject({
      executed: 'False',
      error: 'permit_invalid',
      reason: expect.stringMatching(/^plan_hash is .* the plan was changed after it was published/) as string,
    });
    expect(orderRequests(testEnv)).toEqual([]);
  });
});

describe('signed permits that are put back after they were used', () => {
  /** All keys as they are now; the answer writes them again, as Redis' administrator could. */
  async function kept(): Promise<() => Promise<void>> {
    const { redis } = testEnv;
    const all = (): Promise<string[]> => redis.keys(`${testEnv.prefix}*`);
    const streams = new Set([testEnv.keys.planStream(), testEnv.keys.permitEvents()]);
    const names = (await all()).filter((name) => !streams.has(name));
    const copies = await Promise.all(
      names.map(async (name) => [name, await redis.dumpBuffer(name), await redis.pttl(name)] as const),
    );
    return async () => {
      const known = new Set([...names, ...streams]);
      const added = (await all()).filter((name) => !known.has(name));
      if (added.length > 0) await redis.del(...added);
      for (const [name, copy, ttlMs] of copies) await redis.restore(name, Math.max(0, ttlMs), copy, 'REPLACE');
      await redis.xgroup('SETID', testEnv.keys.planStream(), 'apply', '0');
    };
  }

  it('lead to no second order of the process that used them [C14]', async () => {
    keys = new KeyFolder();
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const env = { ...QUICK, ...keys.env('apply'), APPLY_PERMIT_WAIT_MS: '10000' };
    const gate = await testEnv.gate({ roles: 'apply', env });
    const { planId } = await submit(gate, SYMBOL, 'PARTIAL_25');
    await untilState(testEnv, planId, 'WAITING');
    const putBack = await kept();
    const expected = await expectationOf(testEnv, planId);
    const permits = {
      governor: seal({ ...genuineMembers('governor', expected) }, keys.key('governor'), random),
      p33: seal({ ...genuineMembers('p33', expected), exchange_position_amt: 1 }, keys.key('p33'), random),
    };
    await handwrite(testEnv, planId, permits);
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    expect(orderRequests(testEnv)).toHaveLength(1);
    await putBack();
    await handwrite(testEnv, planId, permits);
    await eventually(
      () =>
        gate.logs.some((line) => line['plan_id'] === planId && line['detail'] === 'it was used before by this process'),
      8_000,
      () => gate.messages(),
    );
    expect(await stateOf(testEnv, planId)).toBe('WAITING');
    await sleep(300);
    expect(orderRequests(testEnv)).toHaveLength(1);
  });

  it('do not count where they are older than the process [C14]', async () => {
    keys = new KeyFolder();
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const env = { ...QUICK, ...keys.env('apply'), APPLY_PERMIT_WAIT_MS: '800' };
    const gate = await testEnv.gate({ roles: 'apply', env });
    const { planId } = await submit(gate, SYMBOL, 'PARTIAL_25');
    const expected = await expectationOf(testEnv, planId);
    const created_at = expected.nowMs / 1000 - 50;
    await handwrite(testEnv, planId, {
      governor: seal({ ...genuineMembers('governor', expected), created_at }, keys.key('governor'), random),
      p33: seal({ ...genuineMembers('p33', expected), exchange_position_amt: 1 }, keys.key('p33'), random),
    });
    expect(await resultOf(testEnv, planId)).toMatchObject({
      executed: 'False',
      error: 'permit_timeout',
      reason: 'missing: Governor',
    });
    expect(gate.logs.map((line) => line['detail'])).toContain('it is older than this process');
    expect(orderRequests(testEnv)).toEqual([]);
  });
});
