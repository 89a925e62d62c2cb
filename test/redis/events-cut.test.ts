import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Connected } from '../../src/redis/scripts/acl/rights.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { EventSettings } from '../../src/ops/events/event-settings.js';
import { compareIds } from '../../src/redis/streams/stream-entry.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, sleep, submit } from './apply-support.js';
import { EventListener, type SeenEvent } from './events-support.js';
import { OpsApp } from './ops-support.js';

/** The long form is `npm run test:long`. */
const CUTS = Number(process.env['EVENT_CUTS'] ?? '20');
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];

/** Park and Miller. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe('a subscriber whose connection is cut', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  let servers: OpsApp[];
  beforeEach(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '500', ETHUSDT: '5000', SOLUSDT: '50000' } });
    gate = await testEnv.gate({ env: { ...QUICK, APPLY_ALLOWLIST: SYMBOLS.join(',') } });
    await eventually(
      async () => (await testEnv.redis.exists(...SYMBOLS.map((each) => testEnv.keys.ledger(each)))) === 3,
    );
    // Two processes of the deployment, each with the Redis user of its one role.
    servers = [];
    for (const role of ['governor', 'position-brain'] as const) servers.push(await server(role));
  });
  afterEach(async () => {
    for (const each of servers) await each.close();
    await testEnv.close();
  });

  async function server(role: Connected & ('governor' | 'position-brain' | 'apply')): Promise<OpsApp> {
    const user = await testEnv.redisUser(role);
    const app = await OpsApp.start({
      socket: inject('redisSocket'),
      environment: {
        ROLES: role,
        INSTANCE_ID: `http-${role}`,
        REDIS_KEY_PREFIX: testEnv.prefix,
        REDIS_USERNAME: user,
        REDIS_PASSWORD: user,
        APPLY_ALLOWLIST: SYMBOLS.join(','),
      },
    });
    app.app.get(EventSettings).pollMs = 20;
    return app;
  }

  it(`${CUTS} times under load sees every event, from two processes by turns, and each stream in its order`, async () => {
    const seed = Number(process.env['EVENT_SEED'] ?? Date.now() % 1_000_000);
    console.log(`EVENT_SEED=${seed}`);
    const random = randomFrom(seed + 1);
    const seen: SeenEvent[] = [];
    let isLoading = true;
    let lastEventId = '';
    const first = new EventListener(servers[1]?.url ?? '');
    lastEventId = (await first.until('state'))[0]?.id ?? '';
    first.cut();
    const load = underLoad(() => isLoading);
    for (let cuts = 0; cuts <= CUTS; cuts += 1) {
      // While it catches up, after so many events; or at any moment of the next, when it follows.
      const wanted = cuts % 2 === 0 ? 1 + Math.floor(random() * 6) : Infinity;
      let count = 0;
      const url = servers[cuts % 2]?.url ?? '';
      const listener: EventListener = new EventListener(url, { lastEventId }, (event) => {
        // What arrives after the cut was not seen.
        if (count >= wanted && cuts < CUTS) return;
        count += 1;
        seen.push(event);
        lastEventId = event.id;
      });
      if (cuts === CUTS) {
        isLoading = false;
        await load;
        await testEnv.redis.set(testEnv.keys.hold('SOLUSDT'), '{}');
        await gate.app.get(ControlStore, { strict: false }).clearHold('SOLUSDT', 'the last', 'test');
        await eventually(() => seen.some(({ data }) => data.reason === 'the last'), 15_000);
      } else if (wanted === Infinity) await sleep(random() * 400);
      else
        await eventually(
          () => count >= wanted,
          15_000,
          () => [listener.status, listener.comments],
        );
      listener.cut();
    }
    const expected = await happened();
    const order = [...new Set(seen.map(keyOf))];
    const ofType = (what: string): string[] => order.filter((key) => key.startsWith(`${what} `));
    const { 'order.sent': orders = [], ...streams } = expected;
    expect(orders.filter((id) => !order.includes(`order.sent ${id}`))).toEqual([]);
    for (const [what, ids] of Object.entries(streams))
      expect(ofType(what).slice(0, ids.length)).toEqual(ids.map((id) => `${what} ${id}`));
    expect(orders.length).toBeGreaterThan(5);
    expect(seen.filter(({ type }) => type === 'events.gap')).toEqual([]);
    console.log(`${seen.length} events seen, ${order.length} different, ${CUTS} cuts`);
  }, 120_000);

  /** Orders, refused plans, holds: as much as the gate does. */
  async function underLoad(goesOn: () => boolean): Promise<void> {
    const control = gate.app.get(ControlStore, { strict: false });
    for (let index = 0; goesOn(); index += 1) {
      await sleep(5);
      const symbol = SYMBOLS[index % 3] ?? '';
      await submit(gate, symbol, 'CLOSE_PCT', { close_pct: index % 4 === 3 ? '0.000001' : '0.5' });
      if (index % 10 === 0) {
        const hold = { symbol: 'SOLUSDT', cause: 'operator', reason: `hold ${index}`, by: 'test', at_ms: 1 };
        await control.setHold(hold, 'operator', false);
        await control.clearHold('SOLUSDT', `lifted ${index}`, 'test');
      }
    }
    await eventually(async () => (await testEnv.redis.zcard(testEnv.keys.openPlans())) === 0, 15_000);
  }

  /** What Redis and the exchange know, by type, in the order of the streams. */
  async function happened(): Promise<Readonly<Record<string, readonly string[]>>> {
    const events = await testEnv.entries(testEnv.keys.governorEvents());
    // A plan may be tried again afterwards.
    const end = events.find(({ fields }) => fields['reason'] === 'the last')?.id ?? '';
    const fieldsOf = async (stream: string) =>
      (await testEnv.entries(stream)).filter(({ id }) => compareIds(id, end) <= 0).map(({ fields }) => fields);
    const permits = await fieldsOf(testEnv.keys.permitEvents());
    const named = (verdict: string): string[] =>
      permits
        .filter((each) => each['verdict'] === verdict)
        .map((each) => `${each['plan_id']}:${each['attempt']}:${each['issuer']}`);
    const plans = await fieldsOf(testEnv.keys.planStream());
    const results = await fieldsOf(testEnv.keys.resultStream());
    const holds = (await fieldsOf(testEnv.keys.governorEvents())).filter((each) => each['event']?.startsWith('HOLD'));
    const ended = new Set(results.map((each) => each['client_order_id']));
    return {
      'plan.published': plans.map((each) => `${each['plan_id']}:${each['attempt'] ?? null}`),
      'permit.issued': named('allow'),
      'permit.denied': named('deny'),
      'result.recorded': results.map((each) => `${each['plan_id']}:${each['attempt']}`),
      'hold.changed': holds.map((each) => each['reason'] ?? ''),
      'order.sent': testEnv
        .orders()
        .map(({ clientOrderId }) => clientOrderId)
        .filter((id) => ended.has(id)),
    };
  }
});

function keyOf({ type, data }: SeenEvent): string {
  switch (type) {
    case 'permit.issued':
    case 'permit.denied':
      return `${type} ${data.plan_id}:${data.attempt}:${data.issuer}`;
    case 'hold.changed':
      return `${type} ${data.reason}`;
    case 'order.sent':
      return `${type} ${data.client_order_id}`;
    default:
      return `${type} ${data.plan_id}:${data.attempt}`;
  }
}
