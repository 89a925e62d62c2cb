import { NOT_TAKEN_UP } from '../harness/standing.js';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { hashed } from '../harness/hashed-plan.js';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { QUICK, untilKnown } from './apply-support.js';
import { deadLetters, governorWord, newPlanId, untilSettled } from './issuer-support.js';

const STEPS = '[{"step":"CLOSE_PARTIAL_50","type":"market_reduce_only","side":"close","pct":50}]';
type Fields = Record<string, string>;

let testEnv: TestEnvironment;
let journal: PlanJournal;
beforeEach(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.100' } });
  journal = new PlanJournal(scriptsOn(testEnv.redis, testEnv.keys), testEnv.keys, new RedisClock());
  await testEnv.gate({ roles: 'position-brain,governor', env: { ...QUICK, SYMBOLS: 'BTCUSDT' } });
  await untilKnown(testEnv, 'BTCUSDT');
});
afterEach(() => testEnv.close());

/** Publishes an attempt as Apply does. */
async function publish(
  planId = newPlanId(),
  attempt = 1,
  more: Fields = {},
): Promise<{ planId: string; entryId: string; fields: Fields }> {
  const fields = hashed({
    plan_id: planId,
    symbol: 'BTCUSDT',
    action: 'PARTIAL_50',
    kill_score: '0.5',
    decision: 'EXECUTE',
    reason_codes: '',
    steps: STEPS,
    close_qty: '0.05',
    price: '65000',
    timestamp: '1700000000',
    attempt: String(attempt),
    mode: 'testnet',
    ...more,
  });
  const published = await journal.publish({
    planId,
    symbol: 'BTCUSDT',
    action: 'PARTIAL_50',
    attempt,
    mode: 'testnet',
    fields,
    proposal: '',
    freshUntilMs: Date.now() + 60_000,
    windowMs: 10_000,
    dedupeTtlMs: 60_000,
    maxAttempts: 5,
    standing: NOT_TAKEN_UP,
  });
  if (published.kind !== 'published') throw new Error(`not published: ${published.kind}`);
  return { planId, entryId: published.entryId, fields };
}

const add = async (fields: Fields): Promise<string> =>
  (await testEnv.redis.xadd(testEnv.keys.planStream(), '*', ...Object.entries(fields).flat())) ?? '';
const events = async (): Promise<string[]> =>
  (await testEnv.entries(testEnv.keys.permitEvents()))
    .map(({ fields }) => `${fields['issuer']} ${fields['verdict']}`)
    .toSorted();
const settled = async (): Promise<void> => {
  for (const group of ['p33', 'governor']) await untilSettled(testEnv, testEnv.keys.planStream(), group);
};

describe('an entry that is not the one its attempt was published as', () => {
  it.each<[string, (fields: Fields) => Fields]>([
    ['a copy', (fields) => fields],
    [
      'a copy that asks for more',
      (fields) => ({
        ...fields,
        action: 'FULL_CLOSE_PROPOSED',
        steps: STEPS.replace('PARTIAL_50', 'FULL').replace('50', '100'),
      }),
    ],
    ['a copy without its attempt', ({ attempt: _attempt, ...fields }) => fields],
    ['a copy of an attempt to come', (fields) => ({ ...fields, attempt: '2' })],
  ])('is dead-lettered by both issuers and gets no verdict: %s [A10]', async (_what, change) => {
    const { planId, entryId, fields } = await publish();
    await governorWord(testEnv, planId);
    await settled();
    const before = await events();
    expect(before).toEqual(['governor allow', 'p33 allow']);
    const copyId = await add(change(fields));
    await settled();
    expect(await events()).toEqual(before);
    const letters = await deadLetters(testEnv);
    expect(letters.map(({ group }) => group).toSorted()).toEqual(['governor', 'p33']);
    for (const letter of letters)
      expect(letter).toMatchObject({
        entry_id: copyId,
        reason: `plan ${planId} was published as entry ${entryId}: this one was not written by this system`,
      });
  });

  it('never denies the plan it names, however malformed it is [A10]', async () => {
    const { planId, fields } = await publish();
    await add({ ...fields, steps: 'garbage' });
    await governorWord(testEnv, planId);
    await settled();
    expect(await events()).toEqual(['governor allow', 'p33 allow']);
    expect((await deadLetters(testEnv)).map(({ group }) => group).toSorted()).toEqual(['governor', 'p33']);
  });
});

describe('evidence that a plan carries and that is not what is stored', () => {
  const nothing = [null, null, null, null, null, null].map(() => false);
  const snapshot = ['7', '9999999999999', false, '0', 'test', false];
  const ledger = ['7', '1', '1', false, '7', false, false, false];
  const position = (...flags: string[]): string => JSON.stringify([snapshot, ledger, '', '', '0', '1', ...flags]);
  const governor = (...flags: string[]): string =>
    JSON.stringify([['7', '1', '9999999999999', false, false], '0', '0', ['20260101', '0', '0', '0'], ...flags]);

  it.each<[string, string, string]>([
    ['of a larger position', governor('0', '0', '0'), position('0', '0', '')],
    ['of a kill switch', governor('1', '0', '0'), position('1', '0', '')],
    ['of a disarmed system', governor('0', '1', '0'), position('0', '1', '')],
    ['of a suspension', governor('0', '0', '1'), position('0', '0', '{}')],
    ['without a snapshot', JSON.stringify([nothing, '0', '0', nothing, '0', '0', '0']), position('0', '0', '')],
    ['with a usage that is no number', governor('0', '0', '0').replace('"0","0","0"]', '"x","0","0"]'), '[]'],
    ['that is no list', '{}', '"x"'],
    ['that is no JSON', 'x', ''],
    ['with rows of numbers', '[[1,2,3,4,5],0,0,[1,2,3,4],0,0,0]', '[[1,2,3,4,5,6],[1,2,3,4,5,6,7,8],0,0,0,0,0,0,0]'],
    ['that is too long', `["${'x'.repeat(5_000)}"]`, `["${'x'.repeat(5_000)}"]`],
  ])('neither gives nor denies a permit: %s', async (_what, governorEvidence, positionEvidence) => {
    const carried = { governor_evidence: governorEvidence, position_evidence: positionEvidence };
    const { planId } = await publish(newPlanId(), 1, carried);
    expect(await governorWord(testEnv, planId)).toMatchObject({ granted: true, computed_qty: 0.05 });
    await settled();
    expect(JSON.parse((await testEnv.redis.get(testEnv.keys.positionPermit(planId))) ?? '{}')).toMatchObject({
      allow: true,
      exchange_position_amt: 0.1,
      ledger_amt: 0.1,
    });
    expect(await events()).toEqual(['governor allow', 'p33 allow']);
    expect(await deadLetters(testEnv)).toEqual([]);
  });
});

it('the entry of an earlier attempt, delivered again, is skipped and never dead-lettered [P15]', async () => {
  const { planId, fields } = await publish();
  await governorWord(testEnv, planId);
  await settled();
  const { keys, redis } = testEnv;
  await redis.hset(keys.journal(planId), { state: 'EXPIRED', retry_at_ms: '1' });
  await redis.del(keys.dedupe(planId));
  await publish(planId, 2);
  await settled();
  const before = await events();
  await add(fields);
  await settled();
  expect(await events()).toEqual(before);
  expect(await deadLetters(testEnv)).toEqual([]);
});

it('an open plan is answered from the journal when the groups were deleted before they read it [R4]', async () => {
  const { keys, redis } = testEnv;
  const plans: string[] = [];
  const deleted = setInterval(() => void redis.del(keys.planStream()), 3);
  for (let n = 0; n < 10; n += 1) plans.push((await publish(randomUUID().replaceAll('-', '').slice(0, 16))).planId);
  clearInterval(deleted);
  await redis.del(keys.planStream());
  for (const planId of plans) {
    await governorWord(testEnv, planId);
    await eventually(async () => (await redis.exists(keys.positionPermit(planId))) === 1 || undefined);
  }
  expect(await deadLetters(testEnv)).toEqual([]);
});
