import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { QUICK, untilKnown } from './apply-support.js';

/** Each service but the ones under test is played with plain Redis commands, names spelt out as the guide spells them. */
describe("beside the guide's services", () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  const key = (name: string): string => `${testEnv.prefix}${name}`;
  const xadd = (stream: string, fields: Record<string, string>): Promise<string | null> =>
    testEnv.redis.xadd(key(stream), '*', ...Object.entries(fields).flat());
  const permit = (name: string): Promise<Record<string, unknown>> =>
    eventually(async () => {
      const text = await testEnv.redis.get(key(name));
      return text === null ? undefined : (JSON.parse(text) as Record<string, unknown>);
    });
  const PLAN = {
    plan_id: '0123456789abcdef',
    symbol: 'BTCUSDT',
    action: 'PARTIAL_75',
    kill_score: '0.512345',
    k_regime_flip: '0.1',
    k_sigma_spike: '0.2',
    k_ts_drop: '0.1',
    k_age_penalty: '0.0',
    new_sl_proposed: '',
    R_net: '1.25',
    decision: 'EXECUTE',
    reason_codes: '',
    steps: '[{"step": "CLOSE_PARTIAL_75", "type": "market_reduce_only", "side": "close", "pct": 75}]',
    close_qty: '0.0075',
    price: '65000.0',
    timestamp: '1700000000',
  };
  const PROPOSAL = (): Record<string, string> => ({
    harvest_action: 'PARTIAL_75',
    kill_score: '0.512345',
    k_regime_flip: '0.1',
    k_sigma_spike: '0.2',
    k_ts_drop: '0.1',
    k_age_penalty: '0.0',
    new_sl_proposed: '',
    R_net: '1.25',
    last_update_epoch: String(Math.floor(Date.now() / 1000)),
    computed_at_utc: new Date().toISOString().replace('Z', '+00:00'),
    reason_codes: 'regime_flip',
  });
  const planOf = async (): Promise<Record<string, string>> =>
    (await eventually(async () => (await testEnv.plans()).find(({ fields }) => fields['decision'] === 'EXECUTE')))
      .fields;
  const resultOf = async (): Promise<Record<string, string>> =>
    (await eventually(async () => (await testEnv.results())[0])).fields;

  it('our Position Brain serves their Apply: permit, then the ledger moves by their result', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    await testEnv.gate({ roles: 'position-brain', env: QUICK });
    await untilKnown(testEnv, 'BTCUSDT');
    await xadd('stream:apply.plan', PLAN);
    const given = await permit('permit:p33:0123456789abcdef');
    expect(given).toMatchObject({
      allow: true,
      symbol: 'BTCUSDT',
      safe_close_qty: 0.007,
      exchange_position_amt: 0.01,
      ledger_amt: 0.01,
      reason: 'sanity_checks_passed',
    });
    expect(Math.abs(Number(given['created_at']) - Date.now() / 1000)).toBeLessThan(5);
    expect(await testEnv.redis.ttl(key('permit:p33:0123456789abcdef'))).toBeGreaterThan(50);
    testEnv.exchange.setPosition('BTCUSDT', '0.003');
    await xadd('stream:apply.result', {
      plan_id: PLAN.plan_id,
      symbol: 'BTCUSDT',
      decision: 'EXECUTE',
      executed: 'True',
      would_execute: 'True',
      steps_results:
        '[{"step": "CLOSE_PARTIAL_75", "status": "success", "details": "filled", "order_id": 4711, "side": "SELL", "quantity": 0.007, "executed_qty": 0.007, "reduce_only": true}]',
      error: '',
      timestamp: String(Date.now() / 1000),
    });
    await eventually(
      async () => (await testEnv.redis.hget(key('position:ledger:BTCUSDT'), 'last_known_amt')) === '0.003' || undefined,
    );
    expect(await testEnv.redis.hgetall(key('position:ledger:BTCUSDT'))).toMatchObject({
      last_order_id: '4711',
      last_result_plan_id: PLAN.plan_id,
      last_executed_qty: '0.007',
      last_side: 'SELL',
    });
  });

  it('our Position Brain denies a plan of their Apply with the reason and its context', async () => {
    testEnv = await TestEnvironment.create();
    await testEnv.gate({ roles: 'position-brain', env: QUICK });
    await untilKnown(testEnv, 'BTCUSDT');
    await xadd('stream:apply.plan', PLAN);
    expect(await permit('permit:p33:0123456789abcdef')).toMatchObject({
      allow: false,
      symbol: 'BTCUSDT',
      reason: 'no_position',
      context: { exchange_amt: 0 },
    });
  });

  it('our Governor serves their Apply from a snapshot that their Position Brain wrote', async () => {
    testEnv = await TestEnvironment.create();
    await testEnv.gate({ roles: 'governor', env: QUICK });
    await testEnv.redis.hset(key('position:snapshot:BTCUSDT'), snapshot());
    await xadd('stream:apply.plan', PLAN);
    expect(await permit('permit:0123456789abcdef')).toMatchObject({
      granted: true,
      symbol: 'BTCUSDT',
      decision: 'EXECUTE',
      computed_qty: 0.0075,
      computed_notional: 487.5,
      consumed: false,
    });
  });

  const snapshot = (): Record<string, string> => ({
    position_amt: '0.01',
    side: 'LONG',
    entry_price: '64000.0',
    mark_price: '65000.0',
    unrealized_pnl: '10.0',
    leverage: '10',
    ts_epoch: String(Date.now() / 1000),
    source: 'binance_testnet',
  });

  it('our Apply and Governor accept the permit of their Position Brain, with floats and without our fields', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ roles: 'apply,governor', env: { ...QUICK, P33_COOLDOWN_SEC: '2' } });
    await testEnv.redis.hset(key('position:snapshot:BTCUSDT'), snapshot());
    await testEnv.redis.hset(key('harvest:proposal:BTCUSDT'), PROPOSAL());
    const { plan_id: planId = '' } = await planOf();
    const theirs = `{"allow": true, "symbol": "BTCUSDT", "safe_close_qty": 0.007500000000000001, "exchange_position_amt": 0.01, "ledger_amt": 0.01, "created_at": ${Date.now() / 1000}, "reason": "sanity_checks_passed"}`;
    await testEnv.redis.setex(key(`permit:p33:${planId}`), 60, theirs);
    const result = await resultOf();
    expect(result).toMatchObject({
      plan_id: planId,
      decision: 'EXECUTE',
      executed: 'True',
      would_execute: 'True',
      error: '',
    });
    const [step] = JSON.parse(result['steps_results'] ?? '[]') as Record<string, unknown>[];
    expect(step).toMatchObject({
      step: 'CLOSE_PARTIAL_75',
      side: 'SELL',
      quantity: 0.007,
      executed_qty: 0.007,
      reduce_only: true,
    });
    expect(testEnv.orders()).toMatchObject([{ quantity: '0.007', reduceOnly: true, status: 'FILLED' }]);
    // Nobody of ours moves the ledger: the guard ends with the cooldown after the result.
    const guardMs = await testEnv.redis.pttl(key('apply:inflight:BTCUSDT'));
    expect(guardMs).toBeGreaterThan(0);
    expect(guardMs).toBeLessThanOrEqual(2_000);
    expect(gate.messages().some((message) => message.includes('written by an operator'))).toBe(false);
  });

  it.each<[string, string, boolean]>([
    ['that a hand wrote after a permit_timeout counts for the next attempt [I3]', '{"granted":true}', true],
    [
      'of a Governor, for an attempt that is over, does not count',
      '{"granted":true,"symbol":"BTCUSDT","created_at":1}',
      false,
    ],
    ['that cannot be read does not count', '{"granted":true', false],
  ])('a permit %s', async (_what, written, counts) => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    await testEnv.gate({ roles: 'apply,position-brain', env: { ...QUICK, APPLY_MAX_ATTEMPTS: '2' } });
    await untilKnown(testEnv, 'BTCUSDT');
    await testEnv.redis.hset(key('harvest:proposal:BTCUSDT'), PROPOSAL());
    const { plan_id: planId = '', error } = await resultOf();
    expect(error).toBe('permit_timeout');
    await testEnv.redis.setex(key(`permit:${planId}`), 60, written);
    const next = await eventually(async () => (await testEnv.results())[1]?.fields, 10_000);
    expect(next).toMatchObject({ plan_id: planId, attempt: '2', executed: counts ? 'True' : 'False' });
    expect(testEnv.orders()).toHaveLength(counts ? 1 : 0);
  });

  it('our Apply and Position Brain accept a Governor permit written by hand, and report it', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ roles: 'apply,position-brain', env: QUICK });
    await untilKnown(testEnv, 'BTCUSDT');
    await testEnv.redis.hset(key('harvest:proposal:BTCUSDT'), PROPOSAL());
    const { plan_id: planId = '' } = await planOf();
    await testEnv.redis.setex(key(`permit:${planId}`), 60, '{"granted":true}');
    const result = await resultOf();
    expect(result).toMatchObject({ plan_id: planId, executed: 'True', error: '' });
    expect(result['steps_results']).toContain('"manual_permit":true');
    const reported = gate.logs.find((line) => line['msg'] === 'Governor permit written by an operator');
    expect(reported).toMatchObject({ level: 40, plan_id: planId, symbol: 'BTCUSDT', manual: true });
    await eventually(
      async () => (await testEnv.redis.hget(key('position:ledger:BTCUSDT'), 'last_known_amt')) === '0.003' || undefined,
    );
  });

  it("our plan and result entries have every field the guide's services read, and the plan id of their recipe", async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    await testEnv.gate({ env: QUICK });
    await untilKnown(testEnv, 'BTCUSDT');
    const proposal = PROPOSAL();
    await testEnv.redis.hset(key('harvest:proposal:BTCUSDT'), proposal);
    const plan = await planOf();
    const { createHash } = await import('node:crypto');
    const recipe = `BTCUSDT:PARTIAL_75:0.512345:None:${proposal['computed_at_utc'] ?? ''}`;
    expect(plan['plan_id']).toBe(createHash('sha256').update(recipe).digest('hex').slice(0, 16));
    for (const field of Object.keys(PLAN)) expect(plan).toHaveProperty(field);
    expect(plan).toMatchObject({ close_qty: '0.0075', new_sl_proposed: '', decision: 'EXECUTE' });
    expect(JSON.parse(plan['steps'] ?? '')).toEqual(JSON.parse(PLAN.steps));
    const result = await resultOf();
    for (const field of [
      'plan_id',
      'symbol',
      'decision',
      'executed',
      'would_execute',
      'steps_results',
      'error',
      'timestamp',
    ])
      expect(result).toHaveProperty(field);
    expect(Number(result['timestamp'])).toBeCloseTo(Date.now() / 1000, -1);
  });
});
