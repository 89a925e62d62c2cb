import type { ExchangeHealth } from '../../src/exchange/exchange.port.js';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { ConfigurationError } from '../../src/config/fault.js';
import { GROUPS } from '../../src/redis/keys/groups.js';
import { RedisServer } from '../harness/redis-server.js';
import { type Answer, OpsApp, type OpsAppOptions, writeClaimed } from './ops-support.js';

async function withApp(
  options: Omit<OpsAppOptions, 'socket'> & { socket?: string },
  run: (ops: OpsApp) => Promise<void>,
): Promise<void> {
  const ops = await OpsApp.start({ socket: inject('redisSocket'), ...options });
  try {
    await run(ops);
  } finally {
    await ops.close();
  }
}

const ready = (ops: OpsApp): Promise<Answer> => ops.call('GET', '/health/ready');

/** Asks until the answer has this status, and returns how long that took. */
async function until(ops: OpsApp, status: number, withinMs: number): Promise<number> {
  const started = performance.now();
  while ((await ready(ops)).status !== status) {
    if (performance.now() - started > withinMs) throw new Error(`not ${status} within ${withinMs} ms`);
    await sleep(100);
  }
  return performance.now() - started;
}

describe('readiness', () => {
  it('is 200 with every part named when all is well, without a token', async () => {
    await withApp({}, async (ops) => {
      const { status, body } = await ready(ops);
      expect(body.status).toBe('ok');
      expect(status).toBe(200);
      expect(Object.keys(body.details).toSorted()).toEqual([
        'account',
        'apply',
        'audit',
        'exchange',
        'governor',
        'position-brain',
        'redis',
        'redis_clock',
        'redis_keys',
        'redis_rights',
        'redis_streams',
        'settling',
        'snapshots',
        'startup',
      ]);
      expect((await ops.call('GET', '/health/live')).status).toBe(200);
      expect((await ops.call('GET', '/health/startup')).status).toBe(200);
    });
  });

  it('says what the start is waiting for', async () => {
    await withApp({ context: (context) => context.startup.set('starting', 'waiting for Redis') }, async (ops) => {
      for (const path of ['/health/ready', '/health/startup']) {
        const { status, body } = await ops.call('GET', path);
        expect(status).toBe(503);
        expect(body.error).toEqual({ startup: { status: 'down', reason: 'starting: waiting for Redis' } });
      }
      expect((await ops.call('GET', '/health/live')).status).toBe(200);
    });
  });

  it.each([
    ['makes no progress', 9_000],
    ['has a figure that is no number', Number.NaN],
  ])('names a loop that %s, and its role', async (_what, idleMs) => {
    await withApp(
      { context: (context) => (context.loops = [{ name: 'snapshot cycle', idleMs, allowedIdleMs: 5_000 }]) },
      async (ops) => {
        const { status, body } = await ready(ops);
        expect(status).toBe(503);
        expect(Object.keys(body.error)).toEqual(['apply', 'position-brain', 'governor']);
        expect(body.error.governor.reason).toContain('snapshot cycle made its last round');
        expect(body.error.governor.reason).toContain('5000 ms are allowed');
      },
    );
  });

  it.each([
    ['dry_run', { state: 'no_credentials' }, /nothing is wrong/],
    ['testnet', { state: 'no_credentials' }, /set BINANCE_TESTNET_API_KEY and BINANCE_TESTNET_API_SECRET/],
    ['dry_run', { state: 'failing', lastError: '-2015 Invalid API-key', answeredAgoMs: 0 }, /-2015 Invalid API-key/],
    ['dry_run', { state: 'never_answered', lastError: 'ECONNREFUSED' }, /never answered: ECONNREFUSED/],
    ['dry_run', { state: 'ok', answeredAgoMs: 120_000 }, /last answered 12\d s ago/],
  ] as const)('in %s with the exchange %o', async (mode, { state, ...given }, reason) => {
    const lastAnswerMs = 'answeredAgoMs' in given ? Date.now() - given.answeredAgoMs : 0;
    const health = { state, lastError: '', ...given, lastAnswerMs } as ExchangeHealth;
    const keys = mode === 'testnet' ? { BINANCE_TESTNET_API_KEY: 'k', BINANCE_TESTNET_API_SECRET: 's' } : {};
    await withApp(
      { environment: { APPLY_MODE: mode, ...keys }, context: (context) => (context.exchangeHealth = health) },
      async (ops) => {
        const { body } = await ready(ops);
        expect(body.error.exchange?.reason ?? 'nothing is wrong').toMatch(reason);
      },
    );
  });

  it('a Governor alone needs no exchange', async () => {
    const noExchange: OpsAppOptions['context'] = (context) =>
      (context.exchangeHealth = { state: 'never_answered', lastError: '', lastAnswerMs: 0 });
    await withApp({ environment: { ROLES: 'governor' }, context: noExchange }, async (ops) => {
      expect((await ready(ops)).body.details).not.toHaveProperty('exchange');
    });
  });
});

describe('[R7] a Redis with a wrong configuration', () => {
  it.each([
    [
      'an eviction policy',
      ['--maxmemory-policy', 'allkeys-lru'],
      {},
      'eviction is \\"allkeys-lru\\": set maxmemory-policy noeviction',
    ],
    ['a replica', ['--replicaof', '127.0.0.1 1'], {}, 'role is \\"slave\\": connect to the primary'],
    ['a password that is missing', ['--requirepass', 'right'], {}, 'correct REDIS_USERNAME and REDIS_PASSWORD'],
    ['a wrong password', ['--requirepass', 'right'], { REDIS_PASSWORD: 'wrong' }, 'REDIS_PASSWORD'],
    [
      '[R11] a user default that loses keys at a restart',
      ['--user', 'default', 'on', 'nopass', '~*', '&*', '+@all', '-hset', '-xadd'],
      {},
      'default user is \\"barred from HSET, XADD\\": at its next start Redis drops',
    ],
    ['a database that is not there', ['--databases', '4'], { REDIS_DB: '9' }, 'the server has no database 9'],
  ])('%s: not ready, and says why', async (_what, config, environment, expected) => {
    const server = await new RedisServer({ config }).start();
    try {
      await withApp({ socket: server.socketPath, environment }, async (ops) => {
        const { status, body } = await ready(ops);
        expect(status).toBe(503);
        expect(JSON.stringify(body.error.redis.reason)).toContain(expected);
      });
    } finally {
      await server.stop();
    }
  });

  it('[R1] not ready within 5 s of its loss, ready within 5 s of its return; status and metrics answer during the loss', async () => {
    const server = await new RedisServer().start();
    try {
      await withApp({ socket: server.socketPath }, async (ops) => {
        await until(ops, 200, 1_000);
        await server.kill();
        expect(await until(ops, 503, 5_000)).toBeLessThan(5_000);
        expect((await ready(ops)).body.error.redis.reason).toContain('Redis cannot be reached');
        expect((await ops.call('GET', '/health/live')).status).toBe(200);
        const status = await ops.call('GET', '/api/v1/status', 'viewer');
        expect(status).toMatchObject({ status: 200, body: { kill_switch: null, lag: null, redis: { ok: false } } });
        expect((await ops.call('GET', '/metrics')).body).toMatch(/^kill_switch_engaged 1$/m);
        expect((await ops.call('GET', '/api/v1/positions', 'viewer')).body).toMatchObject({
          status: 503,
          type: 'urn:permit-gate:problem:redis-unavailable',
        });
        await server.start();
        expect(await until(ops, 200, 5_000)).toBeLessThan(5_000);
        server.signal('SIGSTOP');
        expect(await until(ops, 503, 5_000)).toBeLessThan(5_000);
        server.signal('SIGCONT');
        expect(await until(ops, 200, 5_000)).toBeLessThan(5_000);
      });
    } finally {
      await server.stop();
    }
  });
});

describe('metrics', () => {
  it('are brought up to date before they are shown', async () => {
    await withApp({ environment: { APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT' } }, async (ops) => {
      const { redis, keys } = ops;
      await redis.set(keys.killSwitch(), JSON.stringify({ engaged: false, by: '', reason: '', at_ms: 1 }));
      await redis.set(keys.arm(), JSON.stringify({ armed: true, by: '', reason: '', at_ms: 1 }));
      await redis.set(
        keys.hold('ETHUSDT'),
        JSON.stringify({ symbol: 'ETHUSDT', cause: 'operator', reason: '', by: '', at_ms: 1 }),
      );
      await writeClaimed(ops, 'plan-1', { state: 'UNKNOWN' });
      await redis.xgroup('CREATE', keys.planStream(), GROUPS.governor, '$', 'MKSTREAM');
      for (let i = 0; i < 5; i += 1) await redis.xadd(keys.planStream(), '*', 'plan_id', `p${i}`);
      await redis.xreadgroup('GROUP', GROUPS.governor, 'governor-x', 'COUNT', 2, 'STREAMS', keys.planStream(), '>');
      const { headers, body } = await ops.call('GET', '/metrics');
      expect(headers.get('content-type')).toContain('text/plain');
      const labels = `stream="${keys.planStream()}",group="governor"`;
      for (const line of [
        'kill_switch_engaged 0',
        'armed 1',
        'holds_active{symbol="BTCUSDT"} 0',
        'holds_active{symbol="ETHUSDT"} 1',
        'unknown_orders 1',
        `stream_lag{${labels}} 3`,
        `stream_pending{${labels}} 2`,
        'exchange_weight_used 42',
        'exchange_banned_until_epoch 5',
      ]) {
        expect(body.split('\n')).toContain(line);
      }
      expect(body).toContain('process_cpu_seconds_total');
      const { streams } = (await ops.call('GET', '/api/v1/streams', 'viewer')).body;
      expect(streams.find(({ stream }: { stream: string }) => stream === keys.planStream())).toMatchObject({
        length: 5,
        groups: [
          { group: 'p33', exists: false },
          { group: 'governor', exists: true, lag: 3, pending: 2, consumers: [{ name: 'governor-x', pending: 2 }] },
          { group: 'apply', exists: false },
        ],
      });
    });
  });

  it('are served on the port of a role as well, while it is on', async () => {
    const free = await freePort();
    await withApp({ environment: { P33_METRICS_PORT: String(free) } }, async () => {
      const good = await fetch(`http://127.0.0.1:${free}/metrics`);
      expect(good.status).toBe(200);
      expect(await good.text()).toContain('p33_permit_allow_total');
      expect((await fetch(`http://127.0.0.1:${free}/`)).status).toBe(404);
    });
    await expect(fetch(`http://127.0.0.1:${free}/metrics`)).rejects.toThrow('fetch failed');
    await withApp({ environment: { ROLES: 'governor', P33_METRICS_PORT: String(free) } }, async () => {
      await expect(fetch(`http://127.0.0.1:${free}/metrics`)).rejects.toThrow('fetch failed');
    });
  });

  it('a port that is in use is a fault that names the variable and what to do', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    try {
      const failed = await OpsApp.start({
        socket: inject('redisSocket'),
        environment: { P33_METRICS_PORT: String(port) },
      }).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(ConfigurationError);
      expect((failed as Error).message).toContain(`${port} (127.0.0.1: another program listens there)`);
      expect((failed as Error).message).toContain('P33_METRICS_PORT=0');
    } finally {
      squatter.close();
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
