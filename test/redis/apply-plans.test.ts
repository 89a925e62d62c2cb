import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { metric, orderRequests, QUICK, resultOf, sleep, stateOf, submit, untilKnown } from './apply-support.js';

const DRY = { APPLY_MODE: 'dry_run' };

describe('a proposal that stands', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  it('becomes one plan and one result, however often it is seen; repetitions only count [A1]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const env = { ...QUICK, APPLY_POLL_SEC: '0.05', APPLY_REPEAT_POLICY: 'once_per_episode' };
    const [first, second] = await Promise.all([testEnv.gate({ env }), testEnv.gate({ roles: 'apply', env })]);
    await untilKnown(testEnv, 'BTCUSDT');
    await testEnv.propose('BTCUSDT', 'PARTIAL_75');
    await eventually(async () => (await testEnv.results())[0]);
    await sleep(400);
    const plans = await testEnv.plans();
    expect(plans).toHaveLength(1);
    expect((await testEnv.results()).map(({ fields }) => [fields['executed'], fields['attempt']])).toEqual([
      ['True', '1'],
    ]);
    expect(testEnv.orders()).toHaveLength(1);
    const hits = await Promise.all([first, second].map((gate) => metric(gate, 'quantum_apply_dedupe_hits_total')));
    for (const count of hits) expect(count).toBeGreaterThan(3);
    const published = 'quantum_apply_plan_total{symbol="BTCUSDT",decision="EXECUTE"}';
    expect((await metric(first, published)) + (await metric(second, published))).toBe(1);
    const ended = 'plan_results_total{error="none"}';
    expect((await metric(first, ended)) + (await metric(second, ended))).toBe(1);
  });

  it('executed in a dry run can execute for real; executed for real it does not run again [A4] [G7]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const fields = { ...proposalFields('PARTIAL_75'), proposal_id: 'one' };
    const dry = await testEnv.gate({ env: { ...QUICK, ...DRY } });
    await untilKnown(testEnv, 'BTCUSDT');
    const { planId } = await submit(dry, 'BTCUSDT', 'PARTIAL_75', fields);
    const dryResult = await resultOf(testEnv, planId);
    expect(dryResult).toMatchObject({
      decision: 'EXECUTE',
      executed: 'False',
      would_execute: 'True',
      error: '',
      state: 'SKIPPED',
    });
    expect(dryResult['wait_ms']).toMatch(/^\d+$/);
    expect((await submit(dry, 'BTCUSDT', 'PARTIAL_75', fields)).reasonCodes).toEqual(['duplicate_plan']);
    expect(orderRequests(testEnv)).toEqual([]);
    expect(await testEnv.redis.exists(testEnv.keys.inflight('BTCUSDT'), testEnv.keys.usage('BTCUSDT'))).toBe(0);
    await dry.stop();

    const real = await testEnv.gate({ env: QUICK });
    expect(await submit(real, 'BTCUSDT', 'PARTIAL_75', fields)).toMatchObject({
      planId,
      decision: 'EXECUTE',
      attempt: 2,
    });
    expect(await resultOf(testEnv, planId, 2)).toMatchObject({ executed: 'True', error: '' });
    expect(await metric(real, 'plan_retries_total{symbol="BTCUSDT"}')).toBe(1);
    expect((await submit(real, 'BTCUSDT', 'PARTIAL_75', fields)).reasonCodes).toEqual(['duplicate_plan']);
    expect(testEnv.orders()).toHaveLength(1);
  });

  it('is carried out once while it stands, and again when it changed, the position was re-opened or it has a new id [A6]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.100' } });
    const gate = await testEnv.gate({
      env: { ...QUICK, APPLY_REPEAT_POLICY: 'once_per_episode', P33_POLL_SEC: '0.05' },
    });
    await untilKnown(testEnv, 'BTCUSDT');
    let minute = 0;
    const again = (action: string, proposalId = ''): ReturnType<typeof submit> => {
      minute += 1;
      const computed = new Date(Date.now() - minute * 60_000).toISOString();
      return submit(gate, 'BTCUSDT', action, { computed_at_utc: computed, proposal_id: proposalId }, 'stream');
    };
    const carriedOut = async (action: string, proposalId = ''): Promise<void> => {
      // A snapshot that is younger than the stamp asks for one more.
      const answer = await eventually(async () => {
        const said = await again(action, proposalId);
        return said.decision === 'EXECUTE' ? said : undefined;
      });
      expect(await resultOf(testEnv, answer.planId)).toMatchObject({ executed: 'True', reason: '' });
      // The Position Brain has seen the fill: no cooldown for figures that are older than it.
      await eventually(async () => {
        const { position_amt: amount, ts_ms: readAt } = await testEnv.redis.hgetall(testEnv.keys.snapshot('BTCUSDT'));
        const { last_known_amt: ledger, last_fill_ms: filledAt } = await testEnv.redis.hgetall(
          testEnv.keys.ledger('BTCUSDT'),
        );
        const position = testEnv.exchange.records().positions[0]?.amount;
        return (amount === position && ledger === position && Number(readAt) > Number(filledAt)) || undefined;
      });
    };
    const suppressed = async (action: string, proposalId = ''): Promise<void> => {
      const answer = await again(action, proposalId);
      expect(answer).toMatchObject({ decision: 'SKIP', reasonCodes: ['repeat_suppressed'] });
      expect(await stateOf(testEnv, answer.planId)).toBe('SKIPPED');
    };

    await carriedOut('PARTIAL_50');
    await suppressed('PARTIAL_50');
    await suppressed('PARTIAL_50');
    await carriedOut('PARTIAL_50', 'a new id');
    await suppressed('PARTIAL_50', 'a new id');
    await carriedOut('PARTIAL_75', 'a new id');
    await suppressed('PARTIAL_50', 'a new id');
    expect(await again('HOLD')).toMatchObject({ reasonCodes: ['action_hold'] });
    await carriedOut('PARTIAL_75', 'a new id');
    await suppressed('PARTIAL_75', 'a new id');
    // Somebody opens more: explained by a reconciled ledger, and a new episode.
    testEnv.exchange.setPosition('BTCUSDT', '0.200');
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.snapshot('BTCUSDT'), 'position_amt')) === '0.2' || undefined,
    );
    await testEnv.redis.hset(testEnv.keys.ledger('BTCUSDT'), 'last_known_amt', '0.2');
    await testEnv.redis.del(testEnv.keys.hold('BTCUSDT'));
    await carriedOut('PARTIAL_75', 'a new id');
    await suppressed('PARTIAL_75', 'a new id');
  });
});
