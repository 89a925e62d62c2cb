import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  orderRequests,
  QUICK,
  resultOf,
  sleep,
  stepOf,
  submit,
} from './apply-support.js';

const GOOD = foreignPermit('BTCUSDT', 0.007, 0.01);
const p33 = (fields: Record<string, unknown>): string => JSON.stringify({ ...JSON.parse(GOOD), ...fields });
const raw = (field: string, text: string): string =>
  GOOD.replace(new RegExp(`"${field}":[^,}]+`), `"${field}":${text}`);

let testEnv: TestEnvironment;
let gate: Gate;
beforeAll(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
  gate = await testEnv.gate({ roles: 'apply', env: QUICK });
});
afterAll(() => testEnv.close());

/** Publishes a plan, puts both permits under its keys in one instant, and gives the result. */
async function decide(
  governor: string,
  position: string,
  also: Record<string, string> = {},
): Promise<Record<string, string>> {
  const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
  await handwrite(testEnv, planId, { governor, p33: position, also });
  return resultOf(testEnv, planId);
}

describe('a Governor permit that does not clearly allow', () => {
  it.each([
    ['says no', '{"granted":false}', 'governor_denied', ''],
    ['says no and why', '{"granted":false,"reason":"daily_limit_exceeded"}', 'governor_denied', 'daily_limit_exceeded'],
    [
      'says no in figures that nobody can write again',
      '{"granted":false,"reason":"daily_limit_exceeded","context":{"limit_usd":1e999}}',
      'governor_denied',
      'daily_limit_exceeded',
    ],
    ['says "false"', '{"granted":"false"}', 'permit_invalid', 'granted is "false"; true or false is needed'],
    ['says "true"', '{"granted":"true"}', 'permit_invalid', 'granted is "true"; true or false is needed'],
    ['says 1', '{"granted":1}', 'permit_invalid', 'granted is 1; true or false is needed'],
    ['says nothing', '{}', 'permit_invalid', 'granted is undefined; true or false is needed'],
    ['is a list', '[]', 'permit_invalid', 'not a JSON object: "[]"'],
    ['is null', 'null', 'permit_invalid', 'not a JSON object: "null"'],
    ['is a bare true', 'true', 'permit_invalid', 'not a JSON object: "true"'],
    ['is broken JSON', '{"granted":tru', 'permit_invalid', 'not a JSON object: "{\\"granted\\":tru"'],
    ['is Python', "{'granted': True}", 'permit_invalid', 'not a JSON object: "{\'granted\': True}"'],
    ['was consumed', '{"granted":true,"consumed":true}', 'permit_invalid', 'it was consumed already'],
    [
      'has a quantity of NaN',
      '{"granted":true,"computed_qty":NaN}',
      'permit_invalid',
      'not a JSON object: "{\\"granted\\":true,\\"computed_qty\\":NaN}"',
    ],
    [
      'has a quantity as text',
      '{"granted":true,"computed_qty":"1"}',
      'permit_invalid',
      'computed_qty is "1"; a number above zero is needed',
    ],
    [
      'has a quantity below zero',
      '{"granted":true,"computed_qty":-1}',
      'permit_invalid',
      'computed_qty is -1; a number above zero is needed',
    ],
  ])('%s: no order [P3]', async (_what, permit, error, reason) => {
    const result = await decide(permit, GOOD);
    expect(result).toMatchObject({ decision: 'BLOCKED', executed: 'False', would_execute: 'False', error, reason });
    expect(stepOf(result)['status']).toBe('not_sent');
  });
});

describe('a Position Brain permit that does not clearly allow', () => {
  it.each([
    ['says no and why', p33({ allow: false, reason: 'no_position' }), 'p33_denied', 'no_position'],
    ['says "true"', p33({ allow: 'true' }), 'permit_invalid', 'allow is "true"; true or false is needed'],
    ['says nothing', '{}', 'permit_invalid', 'allow is undefined; true or false is needed'],
    ['is null', 'null', 'permit_invalid', 'not a JSON object: "null"'],
    ['is broken JSON', GOOD.slice(0, 40), 'permit_invalid', `not a JSON object: ${JSON.stringify(GOOD.slice(0, 40))}`],
  ])('%s: no order [P3]', async (_what, permit, error, reason) => {
    expect(await decide(GRANT, permit)).toMatchObject({ decision: 'BLOCKED', executed: 'False', error, reason });
  });

  it.each([
    ['NaN', raw('safe_close_qty', 'NaN'), expect.stringMatching(/^not a JSON object: /) as string],
    ['Infinity', raw('safe_close_qty', 'Infinity'), expect.stringMatching(/^not a JSON object: /) as string],
    ['1e999', raw('safe_close_qty', '1e999'), 'safe_close_qty is null; a number above zero is needed'],
    ['1e300', raw('safe_close_qty', '1e300'), 'safe_close_qty is 1e+300; a number above zero is needed'],
    ['negative', p33({ safe_close_qty: -0.001 }), 'safe_close_qty is -0.001; a number above zero is needed'],
    ['zero', p33({ safe_close_qty: 0 }), 'safe_close_qty is 0; a number above zero is needed'],
    ['1e9', p33({ safe_close_qty: 1e9 }), 'safe_close_qty 1000000000 is more than the position of 0.01'],
    [
      'a hair more than the position',
      p33({ safe_close_qty: 0.010001 }),
      'safe_close_qty 0.010001 is more than the position of 0.01',
    ],
    [
      'more than a short position',
      p33({ safe_close_qty: 0.011, exchange_position_amt: -0.01 }),
      'safe_close_qty 0.011 is more than the position of -0.01',
    ],
    ['text', p33({ safe_close_qty: '0.007' }), 'safe_close_qty is "0.007"; a number above zero is needed'],
    ['true', p33({ safe_close_qty: true }), 'safe_close_qty is true; a number above zero is needed'],
    ['null', p33({ safe_close_qty: null }), 'safe_close_qty is null; a number above zero is needed'],
    ['absent', p33({ safe_close_qty: undefined }), 'safe_close_qty is undefined; a number above zero is needed'],
    [
      'of a position given as text',
      p33({ exchange_position_amt: '0.01' }),
      'exchange_position_amt is "0.01"; a finite number is needed',
    ],
    ['of a flat position', p33({ exchange_position_amt: 0 }), 'safe_close_qty 0.007 is more than the position of 0'],
    [
      'less than one step',
      p33({ safe_close_qty: 0.0009 }),
      'the quantity that both permits allow, 0.0009, is less than one step of 0.001',
    ],
  ])('has a safe_close_qty that is %s: no order [P6]', async (_what, permit, reason) => {
    const refused = { decision: 'BLOCKED', executed: 'False', error: 'permit_invalid', reason };
    expect(await decide(GRANT, permit)).toMatchObject(refused);
  });

  it('without a position gives no order when the stored one is unknown or smaller than the allowed quantity [P6]', async () => {
    const permit = p33({ exchange_position_amt: undefined });
    expect(await decide(GRANT, permit)).toMatchObject({
      error: 'permit_invalid',
      reason: 'the side of the position is not known',
    });
    await testEnv.redis.hset(testEnv.keys.snapshot('BTCUSDT'), {
      position_amt: '0.005',
      ts_epoch: String(Date.now() / 1000),
    });
    expect(await decide(GRANT, permit)).toMatchObject({
      error: 'permit_invalid',
      reason: 'safe_close_qty 0.007 is more than the position of 0.005',
    });
    await testEnv.redis.del(testEnv.keys.snapshot('BTCUSDT'));
  });
});

describe('a permit that belongs to another plan', () => {
  it.each([
    ['plan_id', 'ffffffffffffffff', /^plan_id is "ffffffffffffffff", not [0-9a-f]{16}$/],
    ['symbol', 'ETHUSDT', 'symbol is "ETHUSDT", not BTCUSDT'],
    ['plan_hash', 'f'.repeat(64), 'plan_hash belongs to another plan'],
    ['issuer', 'operator', /^issuer is "operator", not /],
  ])('has another %s: permit_invalid, from either issuer [P5]', async (field, value, reason) => {
    const governor = await decide(JSON.stringify({ granted: true, [field]: value }), GOOD);
    const position = await decide(GRANT, p33({ [field]: value }));
    for (const [result, issuer] of [
      [governor, 'governor'],
      [position, 'p33'],
    ] as const) {
      expect(result).toMatchObject({ decision: 'BLOCKED', executed: 'False', error: 'permit_invalid' });
      expect(result['reason']).toMatch(reason);
      expect(stepOf(result)['details']).toEqual({ issuer });
    }
  });

  it('given to another plan of the symbol is permit_invalid [P5]', async () => {
    const other = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    const result = await decide(GRANT, p33({ plan_id: other.planId, attempt: 1, mode: 'testnet' }));
    expect(result).toMatchObject({ error: 'permit_invalid' });
    expect(result['reason']).toMatch(`plan_id is "${other.planId}"`);
  });
});

describe('a permit that is not valid now', () => {
  const seconds = (): number => Date.now() / 1000;

  it('with expires_at_ms in the past is expired, although its key still exists [P8]', async () => {
    const expired = p33({ expires_at_ms: Date.now() - 1, created_at: seconds() - 60 });
    expect((await decide(GRANT, expired))['error']).toBe('permit_invalid');
  });

  it('whose expires_at_ms passes between check and claim gives no order [P8]', async () => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    const governor = JSON.stringify({ granted: true, expires_at_ms: Date.now() + 150, created_at: seconds() });
    await handwrite(testEnv, planId, { governor });
    await sleep(200);
    await handwrite(testEnv, planId, { p33: GOOD });
    expect(await resultOf(testEnv, planId)).toMatchObject({
      error: 'permit_invalid',
      reason: 'a permit expired or was withdrawn before the claim',
    });
  });

  it('expires between check and claim, or is withdrawn: no order [P8]', async () => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await testEnv.redis.set(testEnv.keys.governorPermit(planId), GRANT, 'PX', 100);
    await sleep(150);
    await handwrite(testEnv, planId, { p33: GOOD });
    expect(await resultOf(testEnv, planId)).toMatchObject({
      error: 'permit_invalid',
      reason: 'a permit expired or was withdrawn before the claim',
    });
  });
});

it('left no order at the exchange, not even a refused one [P3] [P5] [P6] [P8]', () => {
  expect(orderRequests(testEnv)).toEqual([]);
  expect(testEnv.exchange.records().positions).toMatchObject([{ symbol: 'BTCUSDT', amount: '0.01' }]);
});
