import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdminToken } from '../harness/admin-token.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { proposalFields } from '../harness/proposals.js';
import { QUICK, resultOf, submit, untilKnown, untilState } from './apply-support.js';

const SYMBOLS = 'BTCUSDT,ETHUSDT';
let testEnv: TestEnvironment;
/** The process that is asked does not run Apply. */
let asked: Gate;
let apply: Gate;
let token: string;
let env: Record<string, string>;

beforeAll(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1.000', ETHUSDT: '1.000' } });
  const made = createAdminToken(mkdtempSync(join(tmpdir(), 'permit-gate-retry-')), 'anna');
  token = made.token;
  env = {
    ...QUICK,
    SYMBOLS,
    APPLY_ALLOWLIST: SYMBOLS,
    APPLY_MAX_ATTEMPTS: '1',
    APPLY_PERMIT_WAIT_MS: '300',
    // The tests write journals: no poll of a hash may come in between.
    APPLY_POLL_SEC: '60',
    ADMIN_TOKENS_FILE: made.tokensFile,
  };
  asked = await testEnv.gate({ roles: 'position-brain', rights: ['operator'], http: true, env });
  apply = await testEnv.gate({ roles: 'apply', env });
  await untilKnown(testEnv, ...SYMBOLS.split(','));
});
afterAll(() => testEnv.close());

interface Answered {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are asserted on member by member
  readonly body: any;
}
async function call(method: string, path: string, body: object): Promise<Answered> {
  const response = await fetch(`${asked.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
const retry = (planId: string): Promise<Answered> =>
  call('POST', `/plans/${planId}/retry`, { reason: 'the Governor is back' });
async function refusal(planId: string): Promise<string> {
  const { status, body } = await retry(planId);
  return `${status} ${String(body.type).replace('urn:permit-gate:problem:', '')}`;
}
/** A plan whose only attempt ended without the Governor's permit. */
async function exhausted(symbol: string): Promise<string> {
  const fields = proposalFields('PARTIAL_50', { proposal_id: `r-${Date.now()}` });
  await testEnv.redis.hset(testEnv.keys.proposal(symbol), fields);
  const { planId } = await submit(apply, symbol, 'PARTIAL_50', fields, 'hash');
  expect(await resultOf(testEnv, planId)).toMatchObject({ error: 'permit_timeout', attempt: '1' });
  return planId;
}

it('says exactly why a plan is not tried again', async () => {
  expect(await refusal('ffffffffffffffff')).toBe('404 plan-unknown');
  const planId = await exhausted('ETHUSDT');
  const { redis, keys } = testEnv;

  const journal = keys.journal(planId);
  const was = await redis.hgetall(journal);
  const as = async (fields: Record<string, string>): Promise<string> => {
    await redis.hset(journal, fields);
    const found = await refusal(planId);
    await redis.hset(journal, was);
    return found;
  };
  expect(await as({ state: 'UNKNOWN' })).toBe('409 order-unknown');
  expect(await as({ state: 'CLAIMED' })).toBe('409 plan-open');
  expect(await as({ state: 'FILLED' })).toBe('409 plan-executed');
  expect(await as({ attempt: '0' })).toBe('409 plan-refused');
  expect(await as({ result: JSON.stringify(['error', 'p33_denied', 'reason', 'no_position']) })).toBe('409 plan-final');
  expect(await as({ repeated_by: 'bbbbbbbbbbbbbbbb' })).toBe('409 plan-goes-on');
  await redis.hdel(journal, 'repeated_by');
  await redis.zadd(keys.retries(), Date.now() + 600_000, planId);
  expect(await refusal(planId)).toBe('409 retry-scheduled');
  await redis.zrem(keys.retries(), planId);

  await call('DELETE', '/allowlist/ETHUSDT', { reason: 'x' });
  expect(await refusal(planId)).toBe('409 symbol-suspended');
  await call('PUT', '/allowlist/ETHUSDT', { reason: 'x' });
  await call('POST', '/disarm', { reason: 'x' });
  expect(await refusal(planId)).toBe('409 disarmed');
  await call('POST', '/arm', { reason: 'x' });
  await call('PUT', '/kill-switch', { engaged: true, reason: 'x' });
  expect(await refusal(planId)).toBe('409 kill-switch-engaged');
  await call('PUT', '/kill-switch', { engaged: false, reason: 'x' });

  const kept = JSON.parse(was['proposal'] ?? '') as { fields: Record<string, string> };
  const old = { last_update_epoch: String(Date.now() / 1000 - 61) };
  await redis.hset(keys.proposal('ETHUSDT'), old);
  await redis.hset(keys.standing('ETHUSDT'), { epoch: old.last_update_epoch });
  expect(await as({ proposal: JSON.stringify({ ...kept, fields: { ...kept.fields, ...old } }) })).toBe(
    '409 proposal-stale',
  );
  await redis.hset(keys.proposal('ETHUSDT'), { harvest_action: 'PARTIAL_75' });
  expect(await refusal(planId)).toBe('409 proposal-superseded');
  await redis.del(keys.proposal('ETHUSDT'));
  expect(await refusal(planId)).toBe('409 proposal-withdrawn');
  expect((await testEnv.plans()).filter(({ fields }) => fields['plan_id'] === planId)).toHaveLength(1);
});

it('has one more attempt, which the Apply of another process makes, with the newest stamp of its proposal', async () => {
  const planId = await exhausted('BTCUSDT');
  const { redis, keys } = testEnv;
  // The plan was published from an older stamp than the one that stands.
  const kept = JSON.parse((await redis.hget(keys.journal(planId), 'proposal')) ?? '') as { fields: object };
  const old = { ...kept, fields: { ...kept.fields, last_update_epoch: String(Date.now() / 1000 - 61) } };
  await redis.hset(keys.journal(planId), { proposal: JSON.stringify(old), fresh_until_ms: '1' });
  await testEnv.gate({ roles: 'governor', env });

  const { status, body } = await retry(planId);
  expect({ status, body }).toEqual({
    status: 200,
    body: { plan_id: planId, symbol: 'BTCUSDT', outcome: 'published', attempt: 2, state: expect.any(String) },
  });
  await untilState(testEnv, planId, 'FILLED');
  expect(testEnv.orders()).toMatchObject([{ symbol: 'BTCUSDT', executedQty: '0.5' }]);
  const response = await fetch(`${asked.url}/api/v1/audit?action=plan.retry&limit=1`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { entries } = (await response.json()) as { entries: object[] };
  expect(entries[0]).toMatchObject({
    actor: 'anna',
    target: planId,
    outcome: 'ok',
    before: { state: 'EXPIRED', attempt: 1, error: 'permit_timeout' },
    after: { attempt: 2, outcome: 'published' },
  });
  expect(await refusal(planId)).toBe('409 plan-executed');
});
