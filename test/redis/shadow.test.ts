import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { redisConfiguration } from '../../src/cli/configuration.js';
import { RedisSession } from '../../src/cli/redis-session.js';
import { type Compared, Shadow } from '../../src/cli/shadow/shadow.js';
import { verdictText } from '../../src/cli/shadow/verdict.js';
import { call } from '../exchange/paper-client.js';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { QUICK, untilKnown } from './apply-support.js';
import { CLOSE_75, type Json, publishPlan, publishResult, untilLedger } from './issuer-support.js';

const SYMBOL = 'BTCUSDT';

/** The old services are played with plain Redis commands under their prefix; the issuers in the shadow are ours. */
describe('issuers in the shadow of services in charge, part of [I1]', () => {
  let charge: TestEnvironment;
  let shadowed: TestEnvironment;
  let session: RedisSession;
  let running: Promise<void>;
  const stop = { controller: new AbortController() };
  const seen: Compared[] = [];

  beforeEach(async () => {
    seen.length = 0;
    stop.controller = new AbortController();
    charge = await TestEnvironment.create();
    shadowed = await TestEnvironment.create({ positions: { [SYMBOL]: '0.010' } });
    await shadowed.gate({ roles: 'position-brain,governor', env: QUICK });
    await untilKnown(shadowed, SYMBOL);
    const socket: string = inject('redisSocket');
    session = new RedisSession(
      redisConfiguration({ REDIS_URL: `unix://${socket}`, REDIS_KEY_PREFIX: shadowed.prefix }),
    );
    await session.connect();
    const shadow = await Shadow.start(session, charge.prefix);
    running = (async () => {
      for await (const compared of shadow.comparisons(stop.controller.signal)) seen.push(compared);
    })();
  });
  afterEach(async () => {
    stop.controller.abort();
    await running;
    session.close();
    await Promise.all([charge.close(), shadowed.close()]);
  });

  const write = (key: string, value: string): Promise<unknown> => charge.redis.setex(key, 60, value);
  const plan = (): Promise<string> => publishPlan(charge, SYMBOL, { action: 'PARTIAL_75', steps: CLOSE_75 });
  const outcomes = (planId: string): Promise<Record<string, string>> =>
    eventually(async () => {
      const own = seen.filter((compared) => compared.planId === planId);
      if (own.length < 2) return undefined;
      return Object.fromEntries(
        own.map(({ issuer, outcome, shadow }) => [issuer, `${outcome}: ${verdictText(shadow).split(' {')[0]}`]),
      );
    }, 8_000);

  it('judge every plan, follow every fill, and write nothing that those in charge read', async () => {
    // Carried out by the services in charge, whose Governor computes nothing: both agree.
    const first = await plan();
    await write(charge.keys.governorPermit(first), '{"granted":true,"computed_qty":0.0}');
    await write(charge.keys.positionPermit(first), '{"allow":true,"safe_close_qty":0.007}');
    expect(await outcomes(first)).toEqual({ governor: 'agree: allow 0.0075', p33: 'agree: allow 0.007' });
    const order = { symbol: SYMBOL, side: 'SELL', type: 'MARKET', quantity: '0.007', newClientOrderId: 'old-1' };
    expect((await call(shadowed.exchange, 'POST', '/fapi/v1/order', { ...order, reduceOnly: 'true' })).status).toBe(
      200,
    );
    const [{ orderId } = { orderId: 0 }] = shadowed.orders();
    await publishResult(charge, SYMBOL, { order_id: orderId, side: 'SELL', executed_qty: '0' }, { plan_id: first });
    await untilLedger(shadowed, SYMBOL, '0.003');

    // Sent before anybody saw a permit: the result proves both.
    const second = await plan();
    await publishResult(charge, SYMBOL, { order_id: 1, side: 'SELL', executed_qty: '0' }, { plan_id: second });
    expect(Object.keys(await outcomes(second))).toEqual(['governor', 'p33']);
    expect(seen.filter(({ planId }) => planId === second).map((compared) => compared.charge)).toEqual([
      { kind: 'allow', qty: '' },
      { kind: 'allow', qty: '' },
    ]);

    // The shadow judged before it saw the outcome.
    const permit = JSON.parse((await shadowed.redis.get(shadowed.keys.governorPermit(second))) ?? '{}') as Json;
    const shown = await eventually(async () => (await shadowed.results())[1]);
    expect(Number(shown.id.split('-')[0])).toBeGreaterThanOrEqual(Number(permit['created_at']) * 1000);

    // What was written under the prefix in charge is what this test wrote.
    const { keys, redis, prefix } = charge;
    expect((await redis.keys(`${prefix}*`)).toSorted()).toEqual(
      [keys.planStream(), keys.resultStream(), keys.governorPermit(first), keys.positionPermit(first)].toSorted(),
    );
    expect([await charge.plans(), await charge.results()].map((entries) => entries.length)).toEqual([2, 2]);
    expect(await redis.xinfo('GROUPS', keys.planStream())).toEqual([]);
    expect(shadowed.orders()).toHaveLength(1);
  });

  it('differ where they judge otherwise, and are not compared with a verdict that nobody gave', async () => {
    const planId = await plan();
    await write(charge.keys.governorBlock(planId), '{"reason":"burst_limit_exceeded","timestamp":1}');
    await write(charge.keys.positionPermit(planId), '{"allow":true,"safe_close_qty":0.008}');
    expect(await outcomes(planId)).toEqual({ governor: 'different: allow 0.0075', p33: 'other_quantity: allow 0.007' });

    const skipped = await publishPlan(charge, SYMBOL, { decision: 'SKIP' });
    const unjudged = await plan();
    expect(await outcomes(unjudged)).toEqual({
      governor: 'not_compared: allow 0.0075',
      p33: 'not_compared: allow 0.007',
    });
    expect(seen.map((compared) => compared.planId)).not.toContain(skipped);
    expect((await shadowed.plans()).map(({ fields }) => fields['plan_id'])).toEqual([planId, skipped, unjudged]);
  });
});
