import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Answer, OpsApp, redisNowMs, UNKNOWN_PLAN, writeUnknown } from './ops-support.js';

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: { BINANCE_TESTNET_API_KEY: 'CANARY-key', BINANCE_TESTNET_API_SECRET: 'CANARY-secret' },
  });
});
afterAll(() => ops.close());

const get = (path: string): Promise<Answer> => ops.call('GET', `/api/v1${path}`, 'viewer');

it('[C6] status and configuration show everything except secrets', async () => {
  const status = await get('/status');
  expect(status.body).toMatchObject({
    mode: 'dry_run',
    phase: 'running',
    roles: [
      { role: 'apply', loops: [{ name: 'hand-made loop', alive: true }] },
      { role: 'position-brain' },
      { role: 'governor' },
    ],
    armed: false,
    kill_switch: { engaged: true },
    redis: { ok: true },
    exchange: { state: 'ok', weight_used_1m: 42 },
    clock: { exchange_offset_ms: 3, exchange_uncertainty_ms: null },
  });
  expect(Math.abs(status.body.clock.redis_offset_ms)).toBeLessThan(1_000);
  expect(status.body.build.version).toMatch(/^\d+\.\d+\.\d+/);
  const config = await ops.call('GET', '/api/v1/config', 'admin');
  expect(config.body.configuration).toMatchObject({
    APPLY_MODE: 'dry_run',
    BINANCE_TESTNET_API_SECRET: '[set]',
    REDIS_URL: '[set]',
  });
  expect(JSON.stringify([status.body, config.body]) + ops.logged.join('')).not.toContain('CANARY');
});

describe('what needs a person', () => {
  interface Needed {
    readonly reason: string;
    readonly symbol: string | null;
    readonly text: string;
    readonly remedy: string;
  }
  const attention = async (): Promise<readonly Needed[]> => (await get('/status')).body.attention;
  const ofReason = async (reason: string): Promise<readonly Needed[]> =>
    (await attention()).filter((each) => each.reason === reason);

  it('names every role that no process has, whatever roles the answering process was given', async () => {
    const missing = await ofReason('role_missing');
    expect(missing.map(({ remedy }) => remedy)).toEqual([
      'ROLES=apply permit-gate serve',
      'ROLES=position-brain permit-gate serve',
      'ROLES=governor permit-gate serve',
    ]);
    const { fleet } = (await get('/status')).body;
    expect(fleet).toMatchObject({ complete: false, instances: [] });
  });

  it('names the stop once, and the hold, the unknown order, the dead letter and the hot limit', async () => {
    const { redis, keys } = ops;
    const nowMs = await redisNowMs(ops);
    const act = { by: 'anna', reason: 'strange', at_ms: nowMs - 60_000 };
    await redis.set(keys.killSwitch(), JSON.stringify({ engaged: true, ...act }));
    await redis.set(keys.hold('BTCUSDT'), JSON.stringify({ cause: 'operator', symbol: 'BTCUSDT', ...act }));
    await writeUnknown(ops);
    await redis.xadd(keys.deadLetters(), '*', 'stream', keys.resultStream(), 'group', 'p33', 'entry_id', '1-1');
    await redis.zadd(keys.executions('BTCUSDT'), nowMs - 400_000, 'a:1', nowMs - 300_001, 'b:1', nowMs - 10_000, 'c:1');
    const { body } = await get('/status');
    expect(body).toMatchObject({
      unknown_orders: [{ plan_id: UNKNOWN_PLAN, symbol: 'BTCUSDT', attempt: 1 }],
      holds: ['BTCUSDT'],
      dead_letters: { open: 1, more: false },
      hot_limits: [
        {
          symbol: 'BTCUSDT',
          limit_name: 'executions_per_hour',
          used: '3',
          limit: '3',
          free_at_ms: nowMs - 400_000 + 3_600_000,
        },
      ],
    });
    expect(await ofReason('kill_switch_engaged')).toEqual([
      expect.objectContaining({
        symbol: null,
        by: 'anna',
        since_ms: act.at_ms,
        remedy: 'permit-gate release --reason "…"',
      }),
    ]);
    expect(await ofReason('hold')).toMatchObject([{ symbol: 'BTCUSDT', by: 'anna' }]);
    expect(await ofReason('order_unknown')).toMatchObject([
      { symbol: 'BTCUSDT', remedy: expect.stringMatching(new RegExp(`^permit-gate resolve ${UNKNOWN_PLAN} `)) },
    ]);
    expect(await ofReason('dead_letters')).toMatchObject([{ remedy: 'permit-gate dead-letters' }]);
  });

  it('names the entries that a dead consumer left', async () => {
    const { redis, keys } = ops;
    await redis.xadd(keys.planStream(), '1-1', 'plan_id', 'x');
    await redis.xgroup('CREATE', keys.planStream(), 'governor', '0');
    await redis.xreadgroup('GROUP', 'governor', 'governor-lost', 'STREAMS', keys.planStream(), '>');
    await redis.hset(keys.fleet('governor'), 'lost', `${await redisNowMs(ops)} {"version":"0.1.0"}`);
    expect(await ofReason('entries_left')).toMatchObject([
      { remedy: 'permit-gate streams claim apply.plan governor --reason "…"' },
    ]);
  });
});
