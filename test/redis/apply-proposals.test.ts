import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { proposalFields } from '../harness/proposals.js';
import { foreignPermit, GRANT, handwrite, QUICK, resultOf, sleep, submit } from './apply-support.js';

describe('an invalid proposal', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  beforeAll(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010', ETHUSDT: '1' } });
    const env = { ...QUICK, APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT', SYMBOLS: 'BTCUSDT,ETHUSDT,SOLUSDT' };
    gate = await testEnv.gate({ roles: 'apply', env });
  });
  afterAll(() => testEnv.close());

  const BAD: [string, Record<string, string | undefined>, string, string, RegExp][] = [
    [
      'no harvest_action',
      { harvest_action: undefined },
      'ERROR',
      'proposal_invalid',
      /^proposal_invalid: harvest_action is missing/,
    ],
    ['no kill_score', { kill_score: undefined }, 'ERROR', 'proposal_invalid', /kill_score is missing/],
    ['no computed_at_utc', { computed_at_utc: undefined }, 'ERROR', 'proposal_invalid', /computed_at_utc is missing/],
    [
      'no last_update_epoch',
      { last_update_epoch: undefined },
      'ERROR',
      'proposal_invalid',
      /last_update_epoch is missing/,
    ],
    [
      'a kill score of NaN',
      { kill_score: 'NaN' },
      'ERROR',
      'proposal_invalid',
      /kill_score is "NaN"; a finite number is needed/,
    ],
    ['a kill score of Infinity', { kill_score: 'Infinity' }, 'ERROR', 'proposal_invalid', /kill_score is "Infinity"/],
    ['a kill score of 1e999', { kill_score: '1e999' }, 'ERROR', 'proposal_invalid', /kill_score is "1e999"/],
    ['a kill score of 1e200', { kill_score: '1e200' }, 'ERROR', 'proposal_invalid', /kill_score is "1e200"/],
    [
      'a negative kill score',
      { kill_score: '-0.1' },
      'ERROR',
      'proposal_invalid',
      /kill_score is "-0.1"; zero or more is needed/,
    ],
    ['a component of NaN', { k_ts_drop: 'nan' }, 'ERROR', 'proposal_invalid', /k_ts_drop is "nan"/],
    [
      '10 kB of reasons',
      { reason_codes: 'x'.repeat(10_240) },
      'ERROR',
      'proposal_invalid',
      /reason_codes is 10240 characters long/,
    ],
    [
      '10 kB of action',
      { harvest_action: 'x'.repeat(10_240) },
      'ERROR',
      'proposal_invalid',
      /harvest_action is 10240 characters long/,
    ],
    [
      'an unknown action',
      { harvest_action: 'OPEN_LONG' },
      'SKIP',
      'unknown_action',
      /harvest_action is "OPEN_LONG"; known actions are/,
    ],
    [
      'a time that is none',
      { computed_at_utc: 'yesterday' },
      'ERROR',
      'proposal_invalid',
      /computed_at_utc is "yesterday"/,
    ],
    [
      'a time in the future',
      { last_update_epoch: String(Date.now() / 1000 + 3600) },
      'ERROR',
      'proposal_invalid',
      /last_update_epoch/,
    ],
    ['UPDATE_SL without a price', { harvest_action: 'UPDATE_SL' }, 'ERROR', 'missing_new_sl', /missing_new_sl/],
    [
      'UPDATE_SL with a price that is none',
      { harvest_action: 'UPDATE_SL', new_sl_proposed: 'abc' },
      'ERROR',
      'proposal_invalid',
      /new_sl_proposed is "abc"/,
    ],
  ];

  it.each(BAD)(
    '%s, in the hash or in the stream: reported once, nothing used up, corrected it runs [A5]',
    async (_what, change, decision, reason, expected) => {
      const base = { ...proposalFields('PARTIAL_75'), new_sl_proposed: '' };
      for (const source of ['hash', 'stream'] as const) {
        const good = { ...base, proposal_id: `${source}-${Math.random()}` };
        const bad = Object.fromEntries(
          Object.entries({ ...good, ...change }).filter((pair): pair is [string, string] => pair[1] !== undefined),
        );
        const before = (await testEnv.results()).length;
        if (source === 'hash') await testEnv.redis.hset(testEnv.keys.proposal('BTCUSDT'), bad);
        else
          await testEnv.redis.xadd(
            testEnv.keys.proposalStream(),
            '*',
            'symbol',
            'BTCUSDT',
            ...Object.entries(bad).flat(),
          );
        const result = await eventually(async () => (await testEnv.results())[before]?.fields);
        await sleep(source === 'hash' ? 120 : 0);
        await testEnv.redis.del(testEnv.keys.proposal('BTCUSDT'));
        expect(await testEnv.results()).toHaveLength(before + 1);
        expect(result).toMatchObject({ decision, executed: 'False', would_execute: 'False' });
        expect(result['reason']).toMatch(expected);
        const plan = (await testEnv.plans()).find(({ fields }) => fields['plan_id'] === result['plan_id']);
        expect(plan?.fields).toMatchObject({ decision, reason_codes: reason, source, steps: '[]' });
        expect(await testEnv.redis.exists(testEnv.keys.dedupe(result['plan_id'] ?? ''))).toBe(0);

        const { planId, decision: corrected } = await submit(gate, 'BTCUSDT', 'PARTIAL_75', good);
        expect(corrected).toBe('EXECUTE');
        await handwrite(testEnv, planId, { governor: '{"granted":false}' });
        await resultOf(testEnv, planId);
      }
    },
  );

  it('does not keep the other symbols from being read [A5]', async () => {
    await testEnv.redis.hset(testEnv.keys.proposal('BTCUSDT'), { ...proposalFields('PARTIAL_75'), kill_score: 'NaN' });
    await testEnv.redis.set(testEnv.keys.proposal('SOLUSDT'), 'not a hash');
    await testEnv.propose('ETHUSDT', 'PARTIAL_50');
    const plan = await eventually(async () =>
      (await testEnv.plans()).find(({ fields }) => fields['symbol'] === 'ETHUSDT' && fields['decision'] === 'EXECUTE'),
    );
    await handwrite(testEnv, plan.fields['plan_id'] ?? '', { governor: GRANT, p33: foreignPermit('ETHUSDT', 0.5, 1) });
    expect(await resultOf(testEnv, plan.fields['plan_id'] ?? '')).toMatchObject({ executed: 'True' });
    await testEnv.redis.del(
      testEnv.keys.proposal('BTCUSDT'),
      testEnv.keys.proposal('SOLUSDT'),
      testEnv.keys.proposal('ETHUSDT'),
    );
  });

  it('with a malformed symbol is refused, and without a symbol dead-lettered [A5]', async () => {
    for (const symbol of ['ВТСUSDT', 'BTC USDT', 'B'.repeat(10_240), '']) {
      const answer = await submit(gate, symbol, 'PARTIAL_75');
      expect(answer).toMatchObject({ decision: 'ERROR', reasonCodes: ['proposal_invalid'] });
      expect(answer.detail).toMatch(/^symbol is/);
    }
    await testEnv.redis.xadd(
      testEnv.keys.proposalStream(),
      '*',
      ...Object.entries(proposalFields('PARTIAL_75')).flat(),
    );
    const letter = await eventually(async () => (await testEnv.entries(testEnv.keys.deadLetters()))[0]?.fields);
    expect(letter).toMatchObject({ stream: testEnv.keys.proposalStream(), group: 'apply' });
    expect(letter['reason']).toMatch(/^symbol is missing/);
  });

  it.each([
    [
      'closes at a kill score of 0.95: closes are never blocked for being urgent',
      'FULL_CLOSE_PROPOSED',
      '0.95',
      'EXECUTE',
      'kill_score_warning_close_ok',
      '[A7]',
    ],
    ['closes a part at a kill score of 1.7', 'PARTIAL_50', '1.7', 'EXECUTE', 'kill_score_warning_close_ok', '[A7]'],
    ['keeps risk on at a kill score of 0.95', 'UPDATE_SL', '0.95', 'BLOCKED', 'kill_score_critical', '[A8]'],
    ['keeps risk on at a kill score of 0.80 sharp', 'UPDATE_SL', '0.80', 'BLOCKED', 'kill_score_critical', '[A8]'],
    ['keeps risk on at a kill score of 0.6', 'UPDATE_SL', '0.6', 'BLOCKED', 'kill_score_warning_risk_increase', '[A8]'],
  ])('%s (%s, %s): %s %s %s', async (_what, action, score, decision, reason) => {
    const answer = await submit(gate, 'BTCUSDT', action, { kill_score: score, new_sl_proposed: '60000' });
    expect(answer).toMatchObject({ decision, reasonCodes: [reason] });
    const plan = (await testEnv.plans()).find(({ fields }) => fields['plan_id'] === answer.planId);
    expect(plan?.fields).toMatchObject({ decision, reason_codes: reason });
  });

  it('for a watched symbol outside the allowlist ends SKIP without waiting [A12]', async () => {
    const answer = await submit(gate, 'SOLUSDT', 'FULL_CLOSE_PROPOSED');
    expect(answer).toMatchObject({ decision: 'SKIP', reasonCodes: ['not_in_allowlist'] });
    const result = await resultOf(testEnv, answer.planId, 0, 300);
    expect(result).toMatchObject({ decision: 'SKIP', executed: 'False', error: '', state: 'SKIPPED' });
    expect(await testEnv.redis.zscore(testEnv.keys.openPlans(), answer.planId)).toBeNull();
  });

  it('that cannot be published uses up nothing, and the next poll publishes it [A9]', async () => {
    const stream = testEnv.keys.planStream();
    await testEnv.redis.rename(stream, `${stream}:kept`);
    await testEnv.redis.set(stream, 'no stream');
    await testEnv.propose('ETHUSDT', 'PARTIAL_50');
    await eventually(
      () => gate.messages().includes('a proposal could not be processed; the next poll tries again') || undefined,
    );
    const dedupe = await testEnv.redis.keys(testEnv.keys.dedupe('*'));
    const journals = await testEnv.redis.keys(testEnv.keys.journal('*'));
    await sleep(100);
    // Plans of before may end meanwhile, which releases their dedupe keys.
    const added = async (key: string, known: readonly string[]): Promise<string[]> =>
      (await testEnv.redis.keys(key)).filter((each) => !known.includes(each));
    expect(await added(testEnv.keys.dedupe('*'), dedupe)).toEqual([]);
    expect(await added(testEnv.keys.journal('*'), journals)).toEqual([]);
    await testEnv.redis.rename(`${stream}:kept`, stream);
    const plan = await eventually(async () =>
      (await testEnv.plans()).findLast(({ fields }) => fields['symbol'] === 'ETHUSDT' && fields['attempt'] === '1'),
    );
    const planId = plan.fields['plan_id'] ?? '';
    expect(Number(plan.id.split('-')[0])).toBeGreaterThan(Date.now() - 2_000);
    await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('ETHUSDT', 0.2, 0.5) });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
  });
});
