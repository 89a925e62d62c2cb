import type { Redis } from 'ioredis';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { GROUPS } from '../../src/redis/keys/groups.js';
import { placeDeadLetter } from '../harness/dead-letter.js';
import { OpsApp, redisNowMs, writeUnknown } from './ops-support.js';

let ops: OpsApp;
beforeEach(async () => (ops = await OpsApp.start({ socket: inject('redisSocket') })));
afterEach(() => ops.close());

/** What `GET /metrics` says of these. */
async function gauges(...names: string[]): Promise<Record<string, number>> {
  const { body } = await ops.call('GET', '/metrics');
  const lines = (body as string).split('\n').filter((line) => !line.startsWith('#'));
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, series = '', value = ''] = /^(\S+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      return names.some((name) => series === name || series.startsWith(`${name}{`)) ? [[series, Number(value)]] : [];
    }),
  );
}

it('say how long the outcome of an order has been unknown, and how many dead letters wait', async () => {
  const names = ['unknown_orders', 'unknown_order_oldest_seconds', 'dead_letters_open'];
  expect(await gauges(...names)).toEqual(Object.fromEntries(names.map((name) => [name, 0])));
  await writeUnknown(ops, { unknown_ms: (await redisNowMs(ops)) - 90_000 });
  const stream = ops.keys.planStream();
  const id = (await ops.redis.xadd(stream, '*', 'symbol', 'BTCUSDT')) ?? '';
  await placeDeadLetter(ops.redis as Redis, ops.keys, stream, GROUPS.governor, { id, fields: { symbol: 'BTCUSDT' } });
  const seen = await gauges(...names);
  expect(seen).toMatchObject({ unknown_orders: 1, dead_letters_open: 1 });
  expect(seen['unknown_order_oldest_seconds']).toBeGreaterThanOrEqual(90);
  expect(seen['unknown_order_oldest_seconds']).toBeLessThan(100);
});

it('name each part of readiness that has a fault, and what runs', async () => {
  await ops.call('GET', '/health/ready');
  expect(await gauges('gate_ready', 'gate_fault')).toEqual({ gate_ready: 1 });
  ops.context.exchangeHealth = { state: 'failing', lastError: 'no route' } as never;
  expect(await gauges('gate_ready', 'gate_fault')).toEqual({ gate_ready: 0, 'gate_fault{part="exchange"}': 1 });
  const [series = ''] = Object.keys(await gauges('gate_build_info'));
  expect(series).toMatch(/^gate_build_info\{version="\d+\.\d+\.\d+",commit="[^"]*"\}$/);
});

it('say when the first token expires that still counts', async () => {
  expect(await gauges('admin_token_expires_epoch')).toEqual({ admin_token_expires_epoch: 0 });
  const token = (name: string, rest: object): object => ({ name, role: 'viewer', sha256: '0'.repeat(64), ...rest });
  const entries = [
    token('gone', { expires_at: '2020-01-01T00:00:00Z' }),
    token('late', { expires_at: '2099-01-02T00:00:00Z', sha256: '1'.repeat(64) }),
    token('soon', { expires_at: '2099-01-01T00:00:00Z', sha256: '2'.repeat(64) }),
  ];
  writeFileSync(ops.environment.adminTokensFile ?? '', JSON.stringify(entries));
  expect(await gauges('admin_token_expires_epoch')).toEqual({
    admin_token_expires_epoch: Date.parse('2099-01-01T00:00:00Z') / 1_000,
  });
});
