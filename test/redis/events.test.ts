import type { ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { appendToken, newToken, revokeToken } from '../../src/cli/token-file.js';
import { EventHub } from '../../src/ops/events/event-hub.js';
import { EventSettings } from '../../src/ops/events/event-settings.js';
import { monitorCommands } from '../bench/monitor.js';
import { eventually } from '../harness/eventually.js';
import { RedisProxy } from '../harness/redis-proxy.js';
import { EventListener, type ListenOptions } from './events-support.js';
import { OpsApp, TOKENS, writeClaimed } from './ops-support.js';

const AT = { at_ms: expect.any(Number) as number };
const PLAN = { plan_id: 'p1', symbol: 'BTCUSDT', attempt: '1' };

let ops: OpsApp;
let proxy: RedisProxy;
let folder: string;
const viewer = newToken('the-viewer', 'viewer');
const operator = newToken('the-operator', 'operator');
const listeners: EventListener[] = [];
const responses: ServerResponse[] = [];

beforeAll(async () => {
  proxy = await RedisProxy.open(inject('redisSocket'));
  folder = mkdtempSync(join(tmpdir(), 'permit-gate-events-'));
  for (const { entry } of [viewer, operator]) appendToken(join(folder, 'tokens.json'), entry);
  ops = await OpsApp.start({
    socket: proxy.socketPath,
    environment: { ADMIN_TOKENS_FILE: join(folder, 'tokens.json'), APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT' },
  });
  const server = ops.app.getHttpServer() as {
    on(event: 'request', take: (a: unknown, b: ServerResponse) => void): void;
  };
  server.on('request', (_request, response) => responses.push(response));
});
afterAll(async () => {
  await ops.close();
  await proxy.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  Object.assign(ops.app.get(EventSettings), new EventSettings(), { pollMs: 20 });
});
afterEach(async () => {
  for (const listener of listeners.splice(0)) listener.cut();
  await eventually(() => !ops.app.get(EventHub).isReading);
  await ops.clear();
});

function listen(options: ListenOptions = {}): EventListener {
  const listener = new EventListener(ops.url, { token: viewer.token, ...options });
  listeners.push(listener);
  return listener;
}
const add = async (stream: string, fields: Record<string, string>): Promise<string> =>
  (await ops.redis.xadd(stream, '*', ...Object.entries(fields).flat())) ?? '';
const addPlan = (fields: Record<string, string> = {}): Promise<string> =>
  add(ops.keys.planStream(), { ...PLAN, action: 'PARTIAL_75', decision: 'EXECUTE', reason_codes: 'a,b', ...fields });
const addHold = (symbol: string, reason: string): Promise<string> =>
  add(ops.keys.governorEvents(), { event: 'HOLD', reason, context: JSON.stringify({ symbol, by: 'alice' }) });

describe('the events of a deployment', () => {
  it('begin with the state, and have one type for each thing that happens', async () => {
    const listener = listen();
    await listener.until('state');
    expect(listener.events[0]?.data).toEqual({
      type: 'state',
      ...AT,
      kill_switch: null,
      arm: null,
      auto_disarmed: null,
      holds: [],
      open_plans: [],
      instances: [],
      missing_roles: ['apply', 'position-brain', 'governor'],
    });
    await addPlan({ mode: 'testnet', source: 'hash' });
    const permit = { plan_id: 'p1', attempt: '1', issuer: 'p33' };
    const allowed = { symbol: 'BTCUSDT', safe_close_qty: 0.0000001, expires_at_ms: 5 };
    await add(ops.keys.permitEvents(), { ...permit, verdict: 'allow', permit: JSON.stringify(allowed) });
    const denied = { symbol: 'BTCUSDT', reason: 'daily_limit_exceeded', context: { used: 5 } };
    await add(ops.keys.permitEvents(), {
      ...permit,
      issuer: 'governor',
      verdict: 'deny',
      permit: JSON.stringify(denied),
    });
    await listener.until('permit.denied');
    await writeClaimed(ops, 'p1', { client_order_id: 'pg-p1-0-1', side: 'SELL', quantity: '0.007', claimed_ms: 7 });
    await listener.until('order.sent');
    const step = { status: 'filled', side: 'SELL', quantity: 0.007 };
    const result = { ...PLAN, decision: 'EXECUTE', executed: 'True', error: '', reason: '', state: 'FILLED' };
    const ended = { ...result, client_order_id: 'pg-p1-0-1', wait_ms: '41', steps_results: JSON.stringify([step]) };
    // In one step, as the script that records a result.
    await ops.redis
      .multi()
      .zrem(ops.keys.openPlans(), 'p1')
      .xadd(ops.keys.resultStream(), '*', ...Object.entries(ended).flat())
      .exec();
    await add(ops.keys.governorEvents(), { event: 'GROUP_REMADE', reason: 'not for this', context: '{}' });
    await ops.call(
      'PUT',
      '/api/v1/kill-switch',
      undefined,
      { engaged: true, reason: 'wrong prices' },
      {
        authorization: `Bearer ${operator.token}`,
      },
    );
    await addHold('ETHUSDT', 'odd');
    await listener.until('hold.changed');
    const plan = { ...AT, ...PLAN, attempt: 1 };
    expect(listener.events.slice(1).map(({ data }) => data)).toEqual([
      {
        type: 'plan.published',
        ...plan,
        action: 'PARTIAL_75',
        decision: 'EXECUTE',
        reason_codes: ['a', 'b'],
        mode: 'testnet',
        source: 'hash',
      },
      { type: 'permit.issued', ...plan, issuer: 'p33', quantity: '0.0000001', expires_at_ms: 5 },
      { type: 'permit.denied', ...plan, issuer: 'governor', reason: 'daily_limit_exceeded', context: { used: 5 } },
      {
        type: 'order.sent',
        ...plan,
        at_ms: 7,
        client_order_id: 'pg-p1-0-1',
        side: 'SELL',
        quantity: '0.007',
      },
      {
        type: 'result.recorded',
        ...plan,
        decision: 'EXECUTE',
        executed: true,
        error: '',
        reason: '',
        state: 'FILLED',
        client_order_id: 'pg-p1-0-1',
        wait_ms: 41,
      },
      {
        type: 'control.changed',
        ...AT,
        change: 'KILL_SWITCH_ENGAGED',
        reason: 'wrong prices',
        by: 'the-operator',
        symbol: null,
      },
      { type: 'hold.changed', ...AT, symbol: 'ETHUSDT', on_hold: true, reason: 'odd', by: 'alice' },
    ]);
    expect(listener.events.every(({ type, data }) => type === data.type)).toBe(true);
  });

  it('say who lives when that changes, and to a client that comes back if it changed meanwhile', async () => {
    ops.app.get(EventSettings).fleetMs = 0;
    await ops.redis.xgroup('CREATE', ops.keys.planStream(), 'governor', '$', 'MKSTREAM');
    const before = listen();
    await before.until('state');
    const id = before.lastEventId;
    await ops.redis.xgroup('CREATECONSUMER', ops.keys.planStream(), 'governor', 'governor-g1');
    // It has no lease, so it is shown by the name under which it reads.
    const changed = {
      type: 'fleet.changed',
      ...AT,
      instances: [{ role: 'governor', instance: 'governor-g1' }],
      missing_roles: ['apply', 'position-brain'],
    };
    expect((await before.until('fleet.changed')).map(({ data }) => data)).toEqual([changed]);
    const back = listen({ lastEventId: id });
    expect((await back.until('fleet.changed')).map(({ data }) => data)).toEqual([changed]);
    const knows = listen({ lastEventId: before.lastEventId });
    await addPlan();
    await knows.until('plan.published');
    expect(knows.types()).toEqual(['plan.published']);
  });

  it('are sent by symbol and type; what is about no symbol passes every symbol', async () => {
    const listener = listen({ query: '?symbol=ethusdt&type=state&type=plan.published&type=control.changed' });
    await listener.until('state');
    await addPlan();
    await addPlan({ symbol: 'ETHUSDT' });
    await addHold('ETHUSDT', 'not asked for');
    await add(ops.keys.governorEvents(), { event: 'DISARMED', reason: 'night', context: '{"actor":"bob"}' });
    await listener.until('control.changed');
    expect(listener.events.map(({ type, data }) => [type, data.symbol])).toEqual([
      ['state', undefined],
      ['plan.published', 'ETHUSDT'],
      ['control.changed', null],
    ]);
    const bad = await fetch(`${ops.url}/api/v1/events?type=plan`, {
      headers: { authorization: `Bearer ${viewer.token}` },
    });
    expect([bad.status, ((await bad.json()) as { detail: string }).detail]).toEqual([
      400,
      expect.stringContaining('plan.published') as string,
    ]);
  });

  it('can begin with the newest ones of before, and end with them', async () => {
    for (let index = 0; index < 120; index += 1) await addPlan({ plan_id: `p${index}` });
    // Entries of one millisecond have no order between streams.
    await new Promise((resolve) => setTimeout(resolve, 2));
    await addHold('BTCUSDT', 'first');
    const all = listen({ query: '?last=3&follow=false' });
    await eventually(() => all.isEnded);
    expect(all.events.map(({ data }) => data.plan_id ?? data.reason)).toEqual(['p118', 'p119', 'first']);
    const holds = listen({ query: '?last=3&type=hold.changed&type=state' });
    await holds.until('state');
    await addHold('BTCUSDT', 'second');
    await holds.until('hold.changed', 2);
    expect(holds.of('hold.changed').map(({ data }) => data.reason)).toEqual(['first', 'second']);
  });

  it('show no secret, and nothing that a terminal acts on', async () => {
    const listener = listen();
    await listener.until('state');
    await addHold('BTCUSDT', 'a \u202e b \u001b[31m Bearer abcdefghijklmnop');
    const [event] = await listener.until('hold.changed');
    expect(event?.data.reason).toBe('a \u202e b \u001b[31m Bearer [redacted]');
    expect(['\u202e', '\u001b'].filter((character) => listener.raw.includes(character))).toEqual([]);
  });
});

describe('a client of the events', () => {
  it('that comes back goes on where it was, on another process too', async () => {
    const first = listen();
    await first.until('state');
    await addPlan({ plan_id: 'seen' });
    await first.until('plan.published');
    first.cut();
    for (let index = 0; index < 130; index += 1) await addPlan({ plan_id: `p${index}` });
    const { redisKeyPrefix } = ops.environment;
    const other = await OpsApp.start({
      socket: inject('redisSocket'),
      environment: { REDIS_KEY_PREFIX: redisKeyPrefix, INSTANCE_ID: 'other', ROLES: 'governor' },
    });
    const back = new EventListener(other.url, { token: TOKENS.viewer, lastEventId: first.lastEventId });
    await back.until('plan.published', 130);
    back.cut();
    await other.close();
    expect(back.events.map(({ data }) => data.plan_id)).toEqual(Array.from({ length: 130 }, (_, index) => `p${index}`));
  });

  it('whose place was trimmed is told so, gets the state, and then what is left', async () => {
    await addPlan({ plan_id: 'old' });
    const first = listen();
    await first.until('state');
    first.cut();
    await addPlan({ plan_id: 'lost' });
    await addPlan({ plan_id: 'left' });
    await ops.redis.xtrim(ops.keys.planStream(), 'MAXLEN', 1);
    const back = listen({ lastEventId: first.lastEventId });
    await back.until('plan.published');
    expect(back.types()).toEqual(['events.gap', 'state', 'plan.published']);
    expect(back.events[0]?.data).toEqual({
      type: 'events.gap',
      ...AT,
      streams: ['plans'],
      detail: expect.stringContaining('trimmed') as string,
    });
    expect(back.events[2]?.data.plan_id).toBe('left');
    // The gap is behind it now.
    const again = listen({ lastEventId: back.lastEventId });
    await addPlan({ plan_id: 'next' });
    await again.until('plan.published');
    expect(again.types()).toEqual(['plan.published']);
  });

  it('with an id of a stream that is no longer there, or with none of ours, is told so and gets the state', async () => {
    await addPlan();
    const live = listen();
    await live.until('state');
    await ops.redis.del(ops.keys.planStream());
    await live.until('events.gap');
    await live.until('state', 2);
    await addPlan({ plan_id: 'new' });
    await live.until('plan.published');
    const wrong = listen({ lastEventId: '12' });
    await wrong.until('state');
    expect([live.types(), wrong.types()]).toEqual([
      ['state', 'events.gap', 'state', 'plan.published'],
      ['events.gap', 'state'],
    ]);
  });

  it('that takes nothing costs no memory, misses nothing when it goes on, and is closed if it does not', async () => {
    const slow = listen();
    await slow.until('state');
    slow.pause();
    const response = responses.at(-1);
    const quick = listen({ query: '?type=plan.published' });
    await eventually(() => quick.status === 200);
    // More than the buffers of the operating system take.
    const count = 3_500;
    const long = 'x'.repeat(490);
    const fields = ['symbol', long, 'action', long, 'reason_codes', long];
    for (let index = 0; index < count; index += 500) {
      const batch = ops.redis.pipeline();
      for (let at = index; at < index + 500; at += 1)
        batch.xadd(ops.keys.planStream(), '*', 'plan_id', `p${at}`, ...fields);
      await batch.exec();
    }
    // Everything was passed to those who take it; what waits for the slow one is at most one page that began before it was full.
    await quick.until('plan.published', count, 15_000);
    quick.cut();
    expect(response?.writableLength).toBeGreaterThan(0);
    expect(response?.writableLength).toBeLessThan(100_000);
    slow.goOn();
    await slow.until('plan.published', count, 15_000);
    expect(slow.of('plan.published').map(({ data }) => data.plan_id)).toEqual(
      Array.from({ length: count }, (_, at) => `p${at}`),
    );

    ops.app.get(EventSettings).stalledMs = 300;
    const dead = listen({ query: '?type=plan.published', lastEventId: '1.0-0.0-0.0-0.0-0.' });
    await eventually(() => dead.status === 200);
    dead.pause();
    await eventually(() => responses.at(-1)?.destroyed === true);
  });

  it('is one of a limited number', async () => {
    ops.app.get(EventSettings).mostClients = 2;
    const two = [listen(), listen()];
    for (const each of two) await each.until('state');
    const third = await fetch(`${ops.url}/api/v1/events`, { headers: { authorization: `Bearer ${viewer.token}` } });
    expect([third.status, third.headers.get('retry-after'), await third.json()]).toEqual([
      503,
      '5',
      expect.objectContaining({ type: 'urn:permit-gate:problem:too-many-event-streams' }),
    ]);
    two[0]?.cut();
    await eventually(async () => {
      const next = listen();
      await eventually(() => next.status !== 0);
      return next.status === 200;
    });
  });

  it('learns its place from the heartbeats, also where its filter lets nothing through', async () => {
    Object.assign(ops.app.get(EventSettings), { heartbeatMs: 50, checkMs: 25 });
    const listener = listen({ query: '?type=hold.changed' });
    await eventually(() => listener.comments.includes('heartbeat'));
    const id = await addPlan();
    await eventually(() => listener.lastEventId.includes(id));
    expect(listener.events).toEqual([]);
  });

  it('is closed within seconds when its token is revoked', async () => {
    const late = newToken(`late-${randomUUID().slice(0, 8)}`, 'viewer');
    appendToken(join(folder, 'tokens.json'), late.entry);
    const listener = listen({ token: late.token });
    const other = listen();
    await listener.until('state');
    revokeToken(join(folder, 'tokens.json'), late.entry.name);
    await eventually(() => listener.isEnded, 4_000);
    expect(listener.comments).toEqual(['the token is no longer valid']);
    expect(other.isEnded).toBe(false);
  });

  it('is told that Redis is away, and goes on where it was when it is back', async () => {
    const listener = listen();
    await listener.until('state');
    proxy.cutOff(true);
    await eventually(() => listener.comments.length > 0);
    proxy.cutOff(false);
    await eventually(() => ops.redis.status === 'ready');
    await addPlan();
    await listener.until('plan.published');
    expect([listener.types(), listener.comments]).toEqual([
      ['state', 'plan.published'],
      ['Redis does not answer; the events go on from here when it does', 'Redis answers again'],
    ]);
  });
});

describe('without a client', () => {
  it('nothing is read, and no connection is there', async () => {
    const listener = listen();
    await listener.until('state');
    const connections = async (): Promise<number> =>
      String(await ops.redis.client('LIST')).split('name=permit-gate-events').length - 1;
    const before = await connections();
    const { keys } = ops;
    const streams = new Set([keys.planStream(), keys.permitEvents(), keys.resultStream(), keys.governorEvents()]);
    const ran: string[] = [];
    listener.cut();
    await eventually(() => !ops.app.get(EventHub).isReading);
    const stop = await monitorCommands(inject('redisSocket'), ({ args }) => {
      if (args.some((each) => streams.has(each))) ran.push(args.join(' '));
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    await stop(`${ops.environment.redisKeyPrefix}end`);
    await eventually(async () => (await connections()) < before);
    expect(ran).toEqual([]);
  });

  it('those who listen are sent away when the process stops', async () => {
    const other = await OpsApp.start({ socket: inject('redisSocket') });
    const listener = new EventListener(other.url, { token: TOKENS.viewer });
    await listener.until('state');
    await other.close();
    await eventually(() => listener.isEnded);
    expect(listener.comments).toEqual(['the process is stopping']);
  });
});
