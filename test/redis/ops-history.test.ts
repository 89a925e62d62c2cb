import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { MetricHistory } from '../../src/ops/history/metric-history.js';
import { GateMetrics } from '../../src/telemetry/metrics.js';
import { type Answer, OpsApp } from './ops-support.js';

let ops: OpsApp;
let metrics: GateMetrics;
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket'), environment: { INSTANCE_ID: 'gate-7' } });
  metrics = ops.app.get(GateMetrics, { strict: false });
});
afterAll(() => ops.close());

const history = (span = 'hour'): Promise<Answer> => ops.call('GET', `/api/v1/history?span=${span}`, 'viewer');

it('says which process answers and since when, and has nothing yet but the present minute', async () => {
  const before = Date.now();
  const { status, body } = await history();
  expect(status).toBe(200);
  expect(body).toMatchObject({
    instance: 'gate-7',
    roles: ['apply', 'position-brain', 'governor'],
    span: 'hour',
    step_ms: 60_000,
    minutes: 1,
    most_minutes: 1_440,
    points: [{ claimed: 0, wait_p50_ms: null, allowed: 0, denied: 0, closed_notional_usd: '0.00', weight_used: 42 }],
    verdicts: [],
  });
  expect(body.since_ms).toBeLessThanOrEqual(before);
});

it('counts what the metrics count, in the minute in which it happened', async () => {
  const taken = ops.app.get(MetricHistory, { strict: false });
  metrics.governAllow.inc({ symbol: 'BTCUSDT' }, 3);
  metrics.governAllow.inc({ symbol: 'ETHUSDT' });
  metrics.p33Deny.inc({ symbol: 'BTCUSDT', reason: 'stale_exchange_state' }, 2);
  for (const sec of [0.003, 0.004, 0.2]) metrics.permitWaitSeconds.observe(sec);
  metrics.closedNotional.inc({ symbol: 'BTCUSDT' }, 487.5);
  await taken.take();
  metrics.governBlock.inc({ symbol: 'BTCUSDT', reason: 'burst_limit_exceeded' });
  metrics.closedNotional.inc({ symbol: 'ETHUSDT' }, 12.25);
  const { body } = await history('day');
  expect(body).toMatchObject({ span: 'day', step_ms: 900_000, minutes: 2 });
  expect(body.total).toMatchObject({
    claimed: 3,
    wait_p50_ms: 4.3,
    allowed: 4,
    denied: 3,
    closed_notional_usd: '499.75',
    weight_used: 42,
  });
  expect(body.total.wait_p99_ms).toBeGreaterThan(100);
  expect(body.verdicts).toEqual([
    { issuer: 'governor', reason: '', count: 4 },
    { issuer: 'p33', reason: 'stale_exchange_state', count: 2 },
    { issuer: 'governor', reason: 'burst_limit_exceeded', count: 1 },
  ]);
  await taken.take();
  await taken.take();
  expect((await history('day')).body.total).toMatchObject({ claimed: 3, allowed: 4, denied: 3 });
});

it('is for those with a token, and of a span that it knows', async () => {
  expect((await ops.call('GET', '/api/v1/history')).status).toBe(401);
  const { status, body } = await history('week');
  expect(status).toBe(400);
  expect(body.detail).toContain('hour, day');
});

it('asks Redis nothing: it answers while Redis is away', async () => {
  ops.redis.disconnect();
  expect((await history()).status).toBe(200);
});
