import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listKeys, revokeKey, rotateKey } from '../../src/cli/key-files.js';
import type { SigningKey } from '../../src/flow/3-permit-signature.js';
import type { Issuer } from '../../src/flow/3-permit.js';
import type { PermitExpectation } from '../../src/flow/3-permit-reading.js';
import { planHashOf } from '../../src/flow/2-plan-hash.js';
import { Random } from '../chaos/random.js';
import { forge, FORGERY_KINDS, genuineMembers, seal } from '../harness/forgeries.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { KeyFolder, keyIn, strangersKey } from '../harness/signing-keys.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  issueWithEvent,
  metric,
  orderRequests,
  QUICK,
  resultOf,
  sleep,
  stepOf,
  submit,
  untilKnown,
  untilState,
} from './apply-support.js';
import { expectationOf } from './permit-expectation.js';

const WINDOW_MS = 600;
const random = new Random(1);

/** Of 32 forgeries each; twenty of them in `npm run test:long`. */
const BATCHES = Number(process.env['FORGED_BATCHES'] ?? 6);

describe('with signing on, all three roles in one process', () => {
  const keys = new KeyFolder();
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010', ETHUSDT: '-1' } });
    gate = await testEnv.gate({ env: { ...QUICK, ...keys.env(), APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT' } });
    await untilKnown(testEnv, 'BTCUSDT', 'ETHUSDT');
  });
  afterAll(async () => {
    await testEnv.close();
    keys.remove();
  });

  it('a plan is carried out on two signed permits, and the trace keeps them [P1]', async () => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({ executed: 'True', error: '', state: 'FILLED' });
    expect(stepOf(result)).toMatchObject({ side: 'SELL', quantity: 0.007, executed_qty: 0.007 });
    const trace = (await testEnv.redis.lrange(testEnv.keys.trace(planId), 0, -1)).map(
      (step) => JSON.parse(step) as Record<string, string>,
    );
    const claimed = trace.find(({ step }) => step === 'claimed');
    for (const issuer of ['governor', 'p33'] as const) {
      expect(JSON.parse(claimed?.[issuer] ?? '{}')).toMatchObject({
        issuer,
        kid: keys.key(issuer).kid,
        nonce: expect.stringMatching(/^[\w-]{22}$/) as string,
        sig: expect.stringMatching(/^[\w-]{86}$/) as string,
      });
    }
    expect(claimed?.['governor']).not.toContain(JSON.parse(claimed?.['p33'] ?? '{}').nonce);
  });

  it('a denial is signed too, and its context reports no missing signature [P4]', async () => {
    await testEnv.redis.set(testEnv.keys.hold('ETHUSDT'), '{"cause":"operator"}');
    const { planId } = await submit(gate, 'ETHUSDT', 'PARTIAL_50');
    const result = await resultOf(testEnv, planId);
    await testEnv.redis.del(testEnv.keys.hold('ETHUSDT'));
    expect(result).toMatchObject({ error: 'p33_denied', reason: 'reconcile_hold_active' });
    expect(stepOf(result)['details']).not.toHaveProperty('signature');
  });

  it('a forged event before them does not invalidate the genuine permits', async () => {
    const forged = { issuer: 'p33', verdict: 'allow', attempt: '1', permit: foreignPermit('ETHUSDT', 1, -1) };
    const { planId } = await submit(gate, 'ETHUSDT', 'PARTIAL_50');
    await testEnv.redis.xadd(testEnv.keys.permitEvents(), '*', 'plan_id', planId, ...Object.entries(forged).flat());
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', error: '' });
  });
});

it('three separate roles, each with only its own secrets, execute a plan', async () => {
  const keys = new KeyFolder();
  const testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
  try {
    await testEnv.gate({ roles: 'governor', env: { ...QUICK, ...keys.env('governor') } });
    await testEnv.gate({ roles: 'position-brain', env: { ...QUICK, ...keys.env('position-brain') } });
    const apply = await testEnv.gate({ roles: 'apply', env: { ...QUICK, ...keys.env('apply') } });
    await untilKnown(testEnv, 'BTCUSDT');
    const { planId } = await submit(apply, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', error: '' });
  } finally {
    await testEnv.close();
    keys.remove();
  }
});

it('unsigned permits do not count, and the result says why', async () => {
  const keys = new KeyFolder();
  const testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
  try {
    await testEnv.gate({ roles: 'governor,position-brain', env: QUICK });
    const apply = await testEnv.gate({
      roles: 'apply',
      env: { ...QUICK, ...keys.env('apply'), APPLY_PERMIT_WAIT_MS: String(WINDOW_MS) },
    });
    await untilKnown(testEnv, 'BTCUSDT');
    const { planId } = await submit(apply, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({
      executed: 'False',
      decision: 'BLOCKED',
      error: 'permit_invalid',
      reason: 'it is not signed',
    });
    expect(orderRequests(testEnv)).toEqual([]);
  } finally {
    await testEnv.close();
    keys.remove();
  }
});

describe('with signing on, Apply alone', () => {
  const keys = new KeyFolder();
  const revoked = { governor: keys.key('governor'), p33: keys.key('p33') };
  for (const issuer of ['governor', 'p33'] as const) {
    rotateKey({ issuer, keyFile: keys.keyFile(issuer), trustedFile: keys.trusted });
    revokeKey(revoked[issuer].kid, keys.trusted);
  }
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const env = { ...QUICK, ...keys.env('apply'), APPLY_PERMIT_WAIT_MS: String(WINDOW_MS), P33_COOLDOWN_SEC: '0' };
    gate = await testEnv.gate({ roles: 'apply', env });
  });
  afterEach(() => testEnv.redis.del(testEnv.keys.inflight('BTCUSDT')));
  afterAll(async () => {
    await testEnv.close();
    keys.remove();
  });

  type Change = Readonly<Record<string, unknown>>;
  /** A permit as its issuer signs it, with some members as they should not be. */
  const signed = (issuer: Issuer, expected: PermitExpectation, change: Change = {}, key?: SigningKey): string =>
    seal({ ...genuineMembers(issuer, expected), ...change }, key ?? keys.key(issuer), random);

  /** Publishes a plan, puts both permits under its keys in one instant, and gives the result. */
  async function decide(
    permits: (expected: PermitExpectation) => { readonly governor: string; readonly p33: string },
  ): Promise<Record<string, string>> {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await handwrite(testEnv, planId, permits(await expectationOf(testEnv, planId)));
    return resultOf(testEnv, planId);
  }

  /** The same for one issuer's permit; the other's is genuine. */
  const decideOn = (issuer: Issuer, permit: (expected: PermitExpectation) => string): Promise<Record<string, string>> =>
    decide((expected) => ({
      governor: issuer === 'governor' ? permit(expected) : signed('governor', expected),
      p33: issuer === 'p33' ? permit(expected) : signed('p33', expected),
    }));

  const REFUSED = { decision: 'BLOCKED', executed: 'False', would_execute: 'False', error: 'permit_invalid' };

  it.each<[string, Issuer, (expected: PermitExpectation) => string, string]>([
    ['a Governor permit written by hand', 'governor', () => GRANT, 'it is not signed'],
    ['a Position Brain permit written by hand', 'p33', () => foreignPermit('BTCUSDT', 0.007, 0.01), 'it is not signed'],
    ['broken JSON', 'governor', () => '{"granted":tru', 'not a JSON object: "{\\"granted\\":tru"'],
    ['an empty object', 'p33', () => '{}', 'it is not signed'],
    [
      'a permit of an unknown key',
      'p33',
      (e) => signed('p33', e, {}, { ...strangersKey(), kid: 'k' }),
      'kid "k" is not a trusted key of p33',
    ],
    [
      'a permit of a revoked key',
      'governor',
      (e) => signed('governor', e, {}, revoked.governor),
      `kid "${revoked.governor.kid}" is not a trusted key of governor`,
    ],
    [
      "a permit of the other issuer's key",
      'p33',
      (e) => signed('p33', e, {}, keys.key('governor')),
      `kid "${keys.key('governor').kid}" is not a trusted key of p33`,
    ],
    [
      'a permit changed after signing',
      'p33',
      (e) => signed('p33', e).replace('0.007', '0.009'),
      'the signature is not valid',
    ],
  ])('%s does not count: no order, and the result says why [P3]', async (_what, issuer, permit, reason) => {
    const result = await decideOn(issuer, permit);
    expect(result).toMatchObject({ ...REFUSED, reason });
    expect(stepOf(result)['details']).toEqual({ issuer });
  });

  it.each<[string, Issuer, Change, string, string]>([
    [
      'granted as text',
      'governor',
      { granted: 'false' },
      'permit_invalid',
      'granted is "false"; true or false is needed',
    ],
    ['granted as 1', 'governor', { granted: 1 }, 'permit_invalid', 'granted is 1; true or false is needed'],
    ['a no', 'governor', { granted: false, reason: 'daily_limit_exceeded' }, 'governor_denied', 'daily_limit_exceeded'],
    ['consumed', 'governor', { consumed: true }, 'permit_invalid', 'it was consumed already'],
    ['a no', 'p33', { allow: false, reason: 'no_position' }, 'p33_denied', 'no_position'],
    [
      'a quantity below zero',
      'p33',
      { safe_close_qty: -1 },
      'permit_invalid',
      'safe_close_qty is -1; a number above zero is needed',
    ],
    [
      'a quantity of zero',
      'p33',
      { safe_close_qty: 0 },
      'permit_invalid',
      'safe_close_qty is 0; a number above zero is needed',
    ],
    [
      'a quantity as text',
      'p33',
      { safe_close_qty: '0.007' },
      'permit_invalid',
      'safe_close_qty is "0.007"; a number above zero is needed',
    ],
    [
      'a quantity of 1e9',
      'p33',
      { safe_close_qty: 1e9 },
      'permit_invalid',
      'safe_close_qty 1000000000 is more than the position of 0.01',
    ],
  ])('a signed permit with %s, from %s, gives no order [P3] [P6]', async (_what, issuer, change, error, reason) => {
    const result = await decideOn(issuer, (expected) => signed(issuer, expected, change));
    expect(result).toMatchObject({ decision: 'BLOCKED', executed: 'False', error, reason });
  });

  it.each<[string, (expected: PermitExpectation) => Change, RegExp]>([
    ['plan', () => ({ plan_id: 'ffff' }), /^plan_id is "ffff"/],
    ['symbol', () => ({ symbol: 'ETHUSDT' }), /^symbol is "ETHUSDT", not BTCUSDT$/],
    [
      'content',
      () => ({ plan_hash: planHashOf({}, { attempt: 1, mode: 'testnet', accountFingerprint: 'other' }) }),
      /^plan_hash belongs to another plan$/,
    ],
    ['account', () => ({ account: 'f'.repeat(32) }), /^account is another one$/],
    ['action', () => ({ action: 'UPDATE_SL' }), /^action is "UPDATE_SL", not PARTIAL_75$/],
    ['side', () => ({ side: 'BUY' }), /^side of the permit is "BUY", and the order is a SELL$/],
    ['issuer', (expected) => ({ issuer: expected.planId }), /^issuer is /],
  ])('a signed permit for another %s does not count here, from either issuer [P5]', async (_what, change, reason) => {
    for (const issuer of ['governor', 'p33'] as const) {
      const result = await decideOn(issuer, (expected) => signed(issuer, expected, change(expected)));
      expect(result).toMatchObject({ ...REFUSED, reason: expect.stringMatching(reason) as string });
    }
  });

  it('a permit that was used for one plan does not serve another [P5]', async () => {
    const first = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    const expected = await expectationOf(testEnv, first.planId);
    const permits = { governor: signed('governor', expected), p33: signed('p33', expected, { safe_close_qty: 0.001 }) };
    await handwrite(testEnv, first.planId, permits);
    expect(await resultOf(testEnv, first.planId)).toMatchObject({ executed: 'True', error: '' });
    await testEnv.redis.del(testEnv.keys.inflight('BTCUSDT'));
    const sent = orderRequests(testEnv).length;
    const second = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    await handwrite(testEnv, second.planId, permits);
    // Once more under the plan that is over, too.
    await handwrite(testEnv, first.planId, permits);
    expect(await resultOf(testEnv, second.planId)).toMatchObject({
      ...REFUSED,
      reason: `plan_id is "${first.planId}", not ${second.planId}`,
    });
    expect(orderRequests(testEnv)).toHaveLength(sent);
  });

  it.each<[string, (expected: PermitExpectation) => Change, RegExp]>([
    ['has expired', ({ nowMs }) => ({ expires_at_ms: nowMs - 1 }), /^expired: /],
    ['is from the future', ({ nowMs }) => ({ created_at: nowMs / 1000 + 60 }), /which is not before now$/],
  ])('a signed permit that %s does not count [P8]', async (_what, change, reason) => {
    const result = await decideOn('p33', (expected) => signed('p33', expected, change(expected)));
    expect(result).toMatchObject({ ...REFUSED, reason: expect.stringMatching(reason) as string });
  });

  it('a signed permit that expires between check and claim gives no order [P8]', async () => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    const expected = await expectationOf(testEnv, planId);
    await handwrite(testEnv, planId, {
      governor: signed('governor', expected, { expires_at_ms: expected.nowMs + 100 }),
    });
    await sleep(150);
    await handwrite(testEnv, planId, { p33: signed('p33', expected) });
    expect(await resultOf(testEnv, planId)).toMatchObject({
      ...REFUSED,
      reason: 'a permit expired or was withdrawn before the claim',
    });
  });

  it.each(['key', 'event'] as const)(
    'a forgery that was there first, by %s, does not keep the issuer’s own permit from counting',
    async (how) => {
      const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
      await untilState(testEnv, planId, 'WAITING');
      const expected = await expectationOf(testEnv, planId);
      const forged = signed('governor', expected, {}, strangersKey());
      if (how === 'key') await handwrite(testEnv, planId, { governor: forged });
      else await issueWithEvent(testEnv, planId, 'governor', forged);
      await eventually(() =>
        gate.logs.some((line) => line['plan_id'] === planId && String(line['msg']).startsWith('Permit ignored: ')),
      );
      expect(await metric(gate, 'permits_unproven_total{issuer="governor"}')).toBeGreaterThan(0);
      await issueWithEvent(testEnv, planId, 'governor', signed('governor', expected));
      await issueWithEvent(testEnv, planId, 'p33', signed('p33', expected, { safe_close_qty: 0.001 }));
      expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', error: '' });
    },
  );

  it('a forgery put in place of a verified permit stops the claim [P8]', async () => {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    const expected = await expectationOf(testEnv, planId);
    await issueWithEvent(testEnv, planId, 'governor', signed('governor', expected));
    await sleep(50);
    await handwrite(testEnv, planId, { governor: signed('governor', expected, { computed_qty: 1 }, strangersKey()) });
    await issueWithEvent(testEnv, planId, 'p33', signed('p33', expected));
    expect(await resultOf(testEnv, planId)).toMatchObject({
      ...REFUSED,
      reason: 'a permit was replaced after it was verified',
    });
  });

  it('an unsigned denial still blocks, and the result says that it was not proven', async () => {
    const result = await decide((expected) => ({
      governor: signed('governor', expected),
      p33: '{"allow":false,"reason":"no_position","context":{"exchange_amt":0}}',
    }));
    expect(result).toMatchObject({ error: 'p33_denied', reason: 'no_position' });
    expect(stepOf(result)['details']).toEqual({ exchange_amt: 0, signature: 'it is not signed' });
  });

  it('forgeries of every kind lead to no claim and no order [P3] [P5] [P6] [P8]', { timeout: 120_000 }, async () => {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
    process.stdout.write(`forged permits on Redis: FUZZ_SEED=${seed}\n`);
    const seeded = new Random(seed);
    const sent = orderRequests(testEnv).length;
    const epoch = await testEnv.redis.get(testEnv.keys.epoch('BTCUSDT'));
    const stranger = strangersKey();
    const own = { governor: keys.key('governor'), p33: keys.key('p33') };
    const tried: Record<string, number> = {};
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const kinds = [...FORGERY_KINDS, ...FORGERY_KINDS];
      const results = await Promise.all(
        kinds.map(async (kind) => {
          const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
          const expected = await expectationOf(testEnv, planId);
          const { issuer, bytes } = forge({ expected, keys: own, revoked, stranger }, seeded, kind);
          const genuine = { governor: signed('governor', expected), p33: signed('p33', expected) };
          const other = issuer === 'governor' ? 'p33' : 'governor';
          if (seeded.chance(0.5)) await handwrite(testEnv, planId, { ...genuine, [issuer]: bytes });
          else {
            await issueWithEvent(testEnv, planId, other, genuine[other]);
            await issueWithEvent(testEnv, planId, issuer, bytes);
          }
          return { kind, issuer, bytes, result: await resultOf(testEnv, planId, 1, 30_000) };
        }),
      );
      for (const { kind, issuer, bytes, result } of results) {
        const what = `FUZZ_SEED=${seed} ${kind} ${issuer} ${bytes.slice(0, 500)}`;
        expect(result['executed'], what).toBe('False');
        // A plan that a busy machine took up after its window proves nothing, and is not counted.
        const errors = ['permit_invalid', 'permit_timeout', 'governor_denied', 'p33_denied', 'plan_expired'];
        expect(errors, what).toContain(result['error']);
        if (result['error'] !== 'plan_expired') tried[kind] = (tried[kind] ?? 0) + 1;
      }
    }
    for (const kind of FORGERY_KINDS) expect(tried[kind], JSON.stringify(tried)).toBeGreaterThan(BATCHES / 2);
    expect(orderRequests(testEnv)).toHaveLength(sent);
    expect(await testEnv.redis.get(testEnv.keys.epoch('BTCUSDT'))).toBe(epoch);
  });
});

describe('keys that change while Apply runs', () => {
  let keys: KeyFolder;
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    keys = new KeyFolder();
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.100' } });
    gate = await testEnv.gate({
      roles: 'apply',
      env: { ...QUICK, ...keys.env('apply'), APPLY_PERMIT_WAIT_MS: String(WINDOW_MS) },
    });
  });
  afterEach(() => testEnv.redis.del(testEnv.keys.inflight('BTCUSDT')));
  afterAll(async () => {
    await testEnv.close();
    keys.remove();
  });

  async function planned(): Promise<PermitExpectation> {
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    await untilState(testEnv, planId, 'WAITING');
    return expectationOf(testEnv, planId);
  }

  const give = (expected: PermitExpectation, issuer: Issuer, key: SigningKey): Promise<void> =>
    issueWithEvent(
      testEnv,
      expected.planId,
      issuer,
      seal(
        issuer === 'p33'
          ? { ...genuineMembers('p33', expected), safe_close_qty: 0.001 }
          : genuineMembers(issuer, expected),
        key,
        random,
      ),
    );

  async function carriedOut(governor: SigningKey, p33: SigningKey): Promise<Record<string, string>> {
    const expected = await planned();
    await give(expected, 'governor', governor);
    await give(expected, 'p33', p33);
    const result = await resultOf(testEnv, expected.planId);
    await testEnv.redis.del(testEnv.keys.inflight('BTCUSDT'));
    return result;
  }

  it('old and new key are both trusted during a rotation; the old one is not after its revocation', async () => {
    const [old, p33] = [keys.key('governor'), keys.key('p33')];
    expect(await carriedOut(old, p33)).toMatchObject({ executed: 'True' });
    const { kid, oldKid } = rotateKey({
      issuer: 'governor',
      keyFile: keys.keyFile('governor'),
      trustedFile: keys.trusted,
    });
    const fresh = keyIn(keys.keyFile('governor'));
    expect([fresh.kid, oldKid]).toEqual([kid, old.kid]);
    expect(await carriedOut(old, p33)).toMatchObject({ executed: 'True' });
    expect(await carriedOut(fresh, p33)).toMatchObject({ executed: 'True' });
    expect(revokeKey(oldKid, keys.trusted)).toEqual({ issuer: 'governor', left: 1 });
    expect(await carriedOut(old, p33)).toMatchObject({
      executed: 'False',
      error: 'permit_invalid',
      reason: `kid "${oldKid}" is not a trusted key of governor`,
    });
    expect(await carriedOut(fresh, p33)).toMatchObject({ executed: 'True' });
    expect(listKeys(keys.trusted, [keys.keyFile('governor')])).toMatchObject([
      { issuer: 'governor', kid, status: 'in use' },
      { issuer: 'p33', kid: p33.kid, status: 'trusted' },
    ]);
  });

  it('a key revoked after its permit was verified stops the claim', async () => {
    const second = keys.add('governor', keys.path('second.key'));
    const sent = orderRequests(testEnv).length;
    const expected = await planned();
    await give(expected, 'governor', second);
    await sleep(100);
    revokeKey(second.kid, keys.trusted);
    await give(expected, 'p33', keys.key('p33'));
    expect(await resultOf(testEnv, expected.planId)).toMatchObject({
      decision: 'BLOCKED',
      executed: 'False',
      error: 'permit_invalid',
      reason: 'the key of a permit was revoked after the permit was verified',
    });
    expect(orderRequests(testEnv)).toHaveLength(sent);
  });

  it('a key revoked after a claim that the exchange refused prevents sending again', async () => {
    const third = keys.add('governor', keys.path('third.key'));
    const sent = orderRequests(testEnv).length;
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order' },
      action: { type: 'status', status: 400, code: -1021, msg: 'Timestamp outside of the recvWindow.' },
    });
    testEnv.exchange.addFault({ match: { method: 'POST', path: '/order' }, action: { type: 'delay', ms: 100 } });
    const expected = await planned();
    await give(expected, 'governor', third);
    await give(expected, 'p33', keys.key('p33'));
    await untilState(testEnv, expected.planId, 'CLAIMED');
    revokeKey(third.kid, keys.trusted);
    expect(await resultOf(testEnv, expected.planId)).toMatchObject({
      decision: 'BLOCKED',
      executed: 'False',
      error: 'permit_invalid',
      reason: 'the key of a permit was revoked after the permit was verified',
    });
    expect(orderRequests(testEnv)).toHaveLength(sent + 1);
    expect(testEnv.orders().filter(({ clientOrderId }) => clientOrderId.includes(expected.planId))).toEqual([]);
  });

  it('with a missing or broken trusted keys file no key is trusted until it is restored', async () => {
    const text = readFileSync(keys.trusted, 'utf8');
    const [governor, p33] = [keys.key('governor'), keys.key('p33')];
    for (const broken of [undefined, '{"governor":[', '{"governor":[],"p33":[]}']) {
      if (broken === undefined) rmSync(keys.trusted);
      else writeFileSync(keys.trusted, broken);
      const result = await carriedOut(governor, p33);
      expect(result).toMatchObject({
        executed: 'False',
        error: 'permit_invalid',
        reason: `kid "${governor.kid}" is not a trusted key of governor`,
      });
    }
    expect(gate.messages()).toContain('No permit is trusted: the trusted keys cannot be read');
    writeFileSync(keys.trusted, text);
    expect(await carriedOut(governor, p33)).toMatchObject({ executed: 'True' });
  });
});

it('a permit written by hand does not count in a dry run either', async () => {
  const keys = new KeyFolder();
  const testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
  try {
    const env = { ...QUICK, ...keys.env('apply'), APPLY_PERMIT_WAIT_MS: String(WINDOW_MS), APPLY_MODE: 'dry_run' };
    const gate = await testEnv.gate({ roles: 'apply', env });
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('BTCUSDT', 0.007, 0.01) });
    expect(await resultOf(testEnv, planId)).toMatchObject({
      would_execute: 'False',
      error: 'permit_invalid',
      reason: 'it is not signed',
    });
  } finally {
    await testEnv.close();
    keys.remove();
  }
});
