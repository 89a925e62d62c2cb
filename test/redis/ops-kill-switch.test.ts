import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { KillSwitch } from '../../src/ops/control/kill-switch.service.js';
import { ProblemException } from '../../src/ops/problem/problem.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { RedisServer } from '../harness/redis-server.js';
import { OpsApp, redisNowMs, writeClaimed } from './ops-support.js';

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket') });
});
afterAll(() => ops.close());
beforeEach(() => ops.clear());

const engage = (reason = 'drill') => ops.call('PUT', '/api/v1/kill-switch', 'operator', { engaged: true, reason });
const flag = async (): Promise<unknown> => JSON.parse((await ops.redis.get(ops.keys.killSwitch())) ?? 'null');

describe('engaging, with nothing in flight', () => {
  it('sets the flag, writes an event, and is audited', async () => {
    const { status, body } = await engage('strange fills');
    expect(status).toBe(200);
    expect(body).toMatchObject({ engaged: true, by: 'the-operator', reason: 'strange fills', in_flight: [] });
    expect(await flag()).toEqual({
      engaged: true,
      by: 'the-operator',
      reason: 'strange fills',
      at_ms: body.at_ms,
      seq: expect.any(Number),
      press_id: expect.any(String),
    });
    expect((await ops.call('GET', '/api/v1/kill-switch', 'viewer')).body).toEqual(await flag());
    const [event] = await ops.redis.xrevrange(ops.keys.governorEvents(), '+', '-', 'COUNT', 1);
    expect(event?.[1]).toEqual(expect.arrayContaining(['KILL_SWITCH_ENGAGED', 'strange fills']));
    const { entries } = (await ops.call('GET', '/api/v1/audit', 'viewer')).body;
    expect(entries[0]).toMatchObject({
      action: 'kill_switch.engage',
      actor: 'the-operator',
      reason: 'strange fills',
      outcome: 'ok',
    });
  });

  it('may be done again, and waits again', async () => {
    await engage('first');
    await writeClaimed(ops, 'plan-again', { accept_until_ms: (await redisNowMs(ops)) + 400 });
    const { body } = await engage('second');
    expect(body).toMatchObject({
      engaged: true,
      was_engaged: true,
      reason: 'first',
      in_flight: [{ plan_id: 'plan-again', settled: 'window_passed' }],
    });
  });

  it('is released by an admin, with audit entry and event', async () => {
    await engage();
    const { status, body } = await ops.call('PUT', '/api/v1/kill-switch', 'admin', {
      engaged: false,
      reason: 'drill over',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ engaged: false, by: 'the-admin', reason: 'drill over' });
    expect(await flag()).toEqual(body);
    const { entries } = (await ops.call('GET', '/api/v1/audit', 'viewer')).body;
    expect(entries[0]).toMatchObject({ action: 'kill_switch.release', outcome: 'ok' });
  });

  it('a switch that is missing from Redis reads as engaged', async () => {
    expect((await ops.call('GET', '/api/v1/kill-switch', 'viewer')).body).toMatchObject({
      engaged: true,
      reason: expect.stringContaining('missing'),
    });
  });
});

describe('guarantee 6: engaging, with an order claimed', () => {
  it("returns only after the exchange can no longer accept a paused process's request", async () => {
    const acceptUntilMs = (await redisNowMs(ops)) + 1_500;
    await writeClaimed(ops, 'plan-paused', { accept_until_ms: acceptUntilMs });
    const { status, body } = await engage();
    expect(await redisNowMs(ops)).toBeGreaterThan(acceptUntilMs);
    expect(status).toBe(200);
    expect(body.waited_ms).toBeGreaterThan(1_300);
    expect(body.in_flight).toEqual([
      {
        plan_id: 'plan-paused',
        symbol: 'BTCUSDT',
        attempt: 1,
        client_order_id: 'pg-plan-paused-0-1',
        side: 'SELL',
        quantity: '0.007',
        state_before: 'CLAIMED',
        state: 'CLAIMED',
        settled: 'window_passed',
      },
    ]);
    expect(await flag()).toMatchObject({ engaged: true });
  });

  it.each([
    ['the exchange answered', { answered_ms: '1' }, { state: 'CLAIMED', settled: 'answered' }],
    ['its result was recorded', { state: 'FILLED' }, { state: 'FILLED', settled: 'ended' }],
  ])('returns as soon as %s', async (_what, change, expected) => {
    await writeClaimed(ops, 'plan-slow', { accept_until_ms: (await redisNowMs(ops)) + 60_000 });
    const started = performance.now();
    const engaging = engage();
    await sleep(400);
    expect(await flag()).toMatchObject({ engaged: true });
    await ops.redis.hset(ops.keys.journal('plan-slow'), change);
    if ('state' in change) await ops.redis.zrem(ops.keys.openPlans(), 'plan-slow');
    const { status, body } = await engaging;
    expect(status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(390);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(body.in_flight).toMatchObject([{ plan_id: 'plan-slow', state_before: 'CLAIMED', ...expected }]);
  });

  it('waits for an unknown outcome too, because its bytes may still arrive', async () => {
    await writeClaimed(ops, 'plan-unknown', { state: 'UNKNOWN', accept_until_ms: (await redisNowMs(ops)) + 700 });
    const { body } = await engage();
    expect(body.waited_ms).toBeGreaterThan(500);
    expect(body.in_flight).toMatchObject([{ plan_id: 'plan-unknown', state: 'UNKNOWN', settled: 'window_passed' }]);
  });

  it('does not wait for unclaimed plans, which can no longer be claimed', async () => {
    for (const state of ['PUBLISHED', 'WAITING'])
      await writeClaimed(ops, `plan-${state}`, { state, accept_until_ms: '' });
    const { body } = await engage();
    expect(body.waited_ms).toBeLessThan(500);
    expect(body.in_flight).toEqual([]);
  });

  it('judges a plan whose journal was deleted by its last known state', async () => {
    await writeClaimed(ops, 'plan-deleted', { accept_until_ms: (await redisNowMs(ops)) + 600 });
    const engaging = engage();
    await sleep(150);
    await ops.redis.del(ops.keys.journal('plan-deleted'), ops.keys.openPlans());
    const { status, body } = await engaging;
    expect(status).toBe(200);
    expect(body.waited_ms).toBeGreaterThan(400);
    expect(body.in_flight).toMatchObject([{ plan_id: 'plan-deleted', settled: 'window_passed' }]);
  });

  it('waits for every one of many', async () => {
    const nowMs = await redisNowMs(ops);
    for (let i = 0; i < 50; i += 1) await writeClaimed(ops, `plan-${i}`, { accept_until_ms: nowMs + 20 * i });
    const { body } = await engage();
    expect(body.in_flight).toHaveLength(50);
    expect(body.in_flight.every(({ settled }: { settled: string }) => settled === 'window_passed')).toBe(true);
    expect(await redisNowMs(ops)).toBeGreaterThan(nowMs + 20 * 49);
  });
});

describe('beside another implementation of Apply', () => {
  const publishAs = (fields: Record<string, string>): Promise<unknown> =>
    ops.redis.xadd(ops.keys.planStream(), '*', ...Object.entries({ plan_id: 'theirs', ...fields }).flat());

  it('names it in the answer, and until when its orders cannot be excluded: part of [C11]', async () => {
    await publishAs({});
    const beforeMs = await redisNowMs(ops);
    const { status, body } = await engage();
    expect(status).toBe(200);
    expect(body.foreign_apply).toMatchObject({ plan_id: 'theirs', last_seen_ms: expect.any(Number) });
    // One window and one order timeout.
    expect(body.foreign_apply.not_confirmable_until_ms - beforeMs).toBeGreaterThanOrEqual(4_200);
    expect(body.foreign_apply.not_confirmable_until_ms - beforeMs).toBeLessThan(5_200);
  });

  it('recognises it by its results too; none is named where all plans are of this system: part of [C11]', async () => {
    await publishAs({ schema: '1' });
    expect((await engage()).body.foreign_apply).toBeNull();
    await ops.redis.xadd(ops.keys.resultStream(), '*', 'plan_id', 'theirs', 'executed', 'True');
    expect((await engage()).body.foreign_apply).toMatchObject({ plan_id: 'theirs' });
  });

  it('whose streams cannot be read, engaging is confirmed nevertheless: part of [C9]', async () => {
    await ops.redis.set(ops.keys.planStream(), 'no stream');
    expect(await engage()).toMatchObject({ status: 200, body: { engaged: true, foreign_apply: 'unknown' } });
  });
});

describe('without certainty it reports an error', () => {
  it.each([
    ['could still be taken by the exchange for a minute', (nowMs: number) => ({ accept_until_ms: nowMs + 60_000 })],
    ['has no time until which it could be taken', () => ({})],
    ['has one that is no number', () => ({ accept_until_ms: 'soon' })],
  ])('a claim that %s ends in 503 with the plan named', async (_what, hash) => {
    await writeClaimed(ops, 'plan-open', hash(await redisNowMs(ops)));
    const failed = await ops.app
      .get(KillSwitch)
      .engage('the-operator', 'drill', 600)
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ProblemException);
    const { problem } = failed as ProblemException;
    expect(problem).toMatchObject({
      status: 503,
      type: 'urn:permit-gate:problem:kill-switch-not-confirmed',
      open_plans: [{ plan_id: 'plan-open', settled: null }],
    });
    expect(problem.detail).toContain('Open: plan-open.');
    expect(await flag()).toMatchObject({ engaged: true });
  });

  it('a switch that somebody releases during the call is not reported as engaged', async () => {
    await writeClaimed(ops, 'plan-race', { accept_until_ms: (await redisNowMs(ops)) + 500 });
    const engaging = engage();
    await sleep(150);
    await ops.call('PUT', '/api/v1/kill-switch', 'admin', { engaged: false, reason: 'race' });
    const { status, body } = await engaging;
    expect(status).toBe(503);
    expect(body.detail).toContain('is no longer engaged');
  });

  it('a plan that is claimed while somebody releases and engages again is waited for too', async () => {
    const nowMs = await redisNowMs(ops);
    const control = ops.app.get(ControlStore);
    const stored = control.storedByOperators.bind(control);
    // Nothing is on its way. Between that look and the last word all of it happens at once.
    vi.spyOn(control, 'storedByOperators').mockImplementationOnce(async () => {
      const engaged = { engaged: true, by: 'the-admin', reason: 'again', at_ms: nowMs };
      await control.setKillSwitch({ ...engaged, engaged: false });
      await writeClaimed(ops, 'plan-between', { accept_until_ms: nowMs + 800 });
      await control.setKillSwitch(engaged);
      return stored();
    });
    const { state, inFlight } = await ops.app.get(KillSwitch).engage('the-operator', 'drill');
    expect(state).toMatchObject({ engaged: true, reason: 'again' });
    expect(inFlight).toMatchObject([{ record: { planId: 'plan-between' }, settled: 'window_passed' }]);
    expect(await redisNowMs(ops)).toBeGreaterThan(nowMs + 800);
  });
});

describe('with a Redis of its own', () => {
  it('continues after a short loss of Redis, and is 503 after a long one', async () => {
    const server = await new RedisServer().start();
    const own = await OpsApp.start({ socket: server.socketPath });
    try {
      await server.kill();
      const engaging = own.call('PUT', '/api/v1/kill-switch', 'operator', { engaged: true, reason: 'blind' });
      await sleep(1_000);
      await server.start();
      expect(await engaging).toMatchObject({ status: 200, body: { engaged: true, reason: 'blind' } });
      await server.kill();
      const started = performance.now();
      const { status, body } = await own.call('PUT', '/api/v1/kill-switch', 'operator', {
        engaged: true,
        reason: 'blind',
      });
      expect(performance.now() - started).toBeLessThan(15_000);
      expect(status).toBe(503);
      expect(body.detail).toContain('Redis is unavailable');
      expect(own.logged.join('')).toContain('kill_switch.engage');
    } finally {
      await own.close();
      await server.stop();
    }
  });

  it('says which right is missing when its Redis user may not engage it', async () => {
    const server = await new RedisServer().start();
    const admin = await OpsApp.start({ socket: server.socketPath });
    const prefix = admin.environment.redisKeyPrefix;
    await admin.redis.call(
      'ACL',
      'SETUSER',
      'role',
      'on',
      '>secret',
      '+@all',
      `%R~${prefix}*`,
      `~${prefix}stream:*`,
      `~${prefix}probe:*`,
      `~${prefix}meta:*`,
    );
    const limited = await OpsApp.start({
      socket: server.socketPath,
      environment: { REDIS_KEY_PREFIX: prefix, REDIS_USERNAME: 'role', REDIS_PASSWORD: 'secret' },
    });
    try {
      const { status, body } = await limited.call('PUT', '/api/v1/kill-switch', 'operator', {
        engaged: true,
        reason: 'x',
      });
      expect(status).toBe(503);
      expect(body).toMatchObject({ type: 'urn:permit-gate:problem:redis-right-missing' });
      expect(body.detail).toContain('REDIS_OPERATOR_USERNAME');
      expect(JSON.stringify(body)).not.toContain('secret');
    } finally {
      await limited.close();
      await admin.close();
      await server.stop();
    }
  });
});

describe('arming', () => {
  it("needs an admin, disarming an operator; both have an event and an audit entry, and arming lifts the Governor's own disarm", async () => {
    await ops.redis.set(ops.keys.arm(), JSON.stringify({ armed: true, by: 'start', reason: '', at_ms: 1 }));
    const disarmed = await ops.call('POST', '/api/v1/disarm', 'operator', { reason: 'lunch' });
    expect(disarmed).toMatchObject({ status: 200, body: { armed: false, by: 'the-operator', reason: 'lunch' } });
    await ops.redis.set(ops.keys.governorDisarm(), JSON.stringify({ reason: 'burst', at_ms: 1 }));
    expect((await ops.call('GET', '/api/v1/status', 'viewer')).body).toMatchObject({
      armed: false,
      governor_disarm: { reason: 'burst' },
    });
    const armed = await ops.call('POST', '/api/v1/arm', 'admin', { reason: 'back' });
    expect(armed).toMatchObject({ status: 200, body: { armed: true, by: 'the-admin', governor_disarm: null } });
    expect(await ops.redis.exists(ops.keys.governorDisarm())).toBe(0);
    const { entries } = (await ops.call('GET', '/api/v1/audit', 'viewer')).body;
    const actions = entries.map(({ action }: { action: string }) => action);
    // The prefix was emptied before, which is noticed.
    expect(actions.filter((action: string) => action !== 'audit.damage')).toEqual(['arm', 'disarm']);
  });
});
