import { afterEach, describe, expect, it } from 'vitest';
import { eventually, proposalFields, World } from '../support/gate.js';
import { metric, orderRequests, QUICK, resultOf, sleep, stateOf, submit, untilKnown } from './apply-support.js';

const DRY = { APPLY_MODE: 'dry_run' };

describe('a proposal that stands', () => {
  let world: World;
  afterEach(() => world.close());

  it('becomes one plan and one result, whoever sees it how often; the rest is a counter [A1]', async () => {
    world = await World.create({ positions: { BTCUSDT: '0.010' } });
    const env = { ...QUICK, APPLY_POLL_SEC: '0.05', APPLY_REPEAT_POLICY: 'once_per_episode' };
    const [first, second] = await Promise.all([world.gate({ env }), world.gate({ roles: 'apply', env })]);
    await untilKnown(world, 'BTCUSDT');
    await world.propose('BTCUSDT', 'PARTIAL_75');
    await eventually(async () => (await world.results())[0]);
    await sleep(400);
    const plans = await world.plans();
    expect(plans).toHaveLength(1);
    expect((await world.results()).map(({ fields }) => [fields['executed'], fields['attempt']])).toEqual([
      ['True', '1'],
    ]);
    expect(world.orders()).toHaveLength(1);
    const hits = await Promise.all([first, second].map((gate) => metric(gate, 'quantum_apply_dedupe_hits_total')));
    for (const count of hits) expect(count).toBeGreaterThan(3);
    const published = 'quantum_apply_plan_total{symbol="BTCUSDT",decision="EXECUTE"}';
    expect((await metric(first, published)) + (await metric(second, published))).toBe(1);
  });

  it('that ran dry can run for real; what ran for real runs no more [A4] [G7]', async () => {
    world = await World.create({ positions: { BTCUSDT: '0.010' } });
    const fields = { ...proposalFields('PARTIAL_75'), proposal_id: 'one' };
    const dry = await world.gate({ env: { ...QUICK, ...DRY } });
    await untilKnown(world, 'BTCUSDT');
    const { planId } = await submit(dry, 'BTCUSDT', 'PARTIAL_75', fields);
    const dryResult = await resultOf(world, planId);
    expect(dryResult).toMatchObject({
      decision: 'EXECUTE',
      executed: 'False',
      would_execute: 'True',
      error: '',
      state: 'SKIPPED',
    });
    expect(dryResult['wait_ms']).toMatch(/^\d+$/);
    expect((await submit(dry, 'BTCUSDT', 'PARTIAL_75', fields)).reasonCodes).toEqual(['duplicate_plan']);
    expect(orderRequests(world)).toEqual([]);
    expect(await world.redis.exists(world.keys.inflight('BTCUSDT'), world.keys.usage('BTCUSDT'))).toBe(0);
    await dry.stop();

    const real = await world.gate({ env: QUICK });
    expect(await submit(real, 'BTCUSDT', 'PARTIAL_75', fields)).toMatchObject({
      planId,
      decision: 'EXECUTE',
      attempt: 2,
    });
    expect(await resultOf(world, planId, 2)).toMatchObject({ executed: 'True', error: '' });
    expect((await submit(real, 'BTCUSDT', 'PARTIAL_75', fields)).reasonCodes).toEqual(['duplicate_plan']);
    expect(world.orders()).toHaveLength(1);
  });

  it('is carried out once while it stands, and again when it changed, the position was re-opened or it has a new id [A6]', async () => {
    world = await World.create({ positions: { BTCUSDT: '0.100' } });
    const gate = await world.gate({ env: { ...QUICK, APPLY_REPEAT_POLICY: 'once_per_episode', P33_POLL_SEC: '0.05' } });
    await untilKnown(world, 'BTCUSDT');
    let minute = 0;
    const again = (action: string, proposalId = ''): ReturnType<typeof submit> => {
      minute += 1;
      const computed = new Date(Date.now() - minute * 60_000).toISOString();
      return submit(gate, 'BTCUSDT', action, { computed_at_utc: computed, proposal_id: proposalId });
    };
    const carriedOut = async (action: string, proposalId = ''): Promise<void> => {
      const answer = await again(action, proposalId);
      expect(answer).toMatchObject({ decision: 'EXECUTE' });
      expect(await resultOf(world, answer.planId)).toMatchObject({ executed: 'True', reason: '' });
      // The Position Brain has seen the fill: no cooldown for figures that are older than it.
      await eventually(async () => {
        const { position_amt: amount, ts_ms: readAt } = await world.redis.hgetall(world.keys.snapshot('BTCUSDT'));
        const { last_known_amt: ledger, last_fill_ms: filledAt } = await world.redis.hgetall(
          world.keys.ledger('BTCUSDT'),
        );
        const position = world.exchange.records().positions[0]?.amount;
        return (amount === position && ledger === position && Number(readAt) > Number(filledAt)) || undefined;
      });
    };
    const suppressed = async (action: string, proposalId = ''): Promise<void> => {
      const answer = await again(action, proposalId);
      expect(answer).toMatchObject({ decision: 'SKIP', reasonCodes: ['repeat_suppressed'] });
      expect(await stateOf(world, answer.planId)).toBe('SKIPPED');
    };

    await carriedOut('PARTIAL_50');
    await suppressed('PARTIAL_50');
    await suppressed('PARTIAL_50');
    await carriedOut('PARTIAL_50', 'a new id');
    await suppressed('PARTIAL_50', 'a new id');
    await carriedOut('PARTIAL_75', 'a new id');
    expect(await again('HOLD')).toMatchObject({ reasonCodes: ['action_hold'] });
    await carriedOut('PARTIAL_75', 'a new id');
    await suppressed('PARTIAL_75', 'a new id');
    // Somebody opens more: explained by a reconciled ledger, and a new episode.
    world.exchange.setPosition('BTCUSDT', '0.200');
    await eventually(
      async () => (await world.redis.hget(world.keys.snapshot('BTCUSDT'), 'position_amt')) === '0.2' || undefined,
    );
    await world.redis.hset(world.keys.ledger('BTCUSDT'), 'last_known_amt', '0.2');
    await world.redis.del(world.keys.hold('BTCUSDT'));
    await carriedOut('PARTIAL_75', 'a new id');
    await suppressed('PARTIAL_75', 'a new id');
  });
});
