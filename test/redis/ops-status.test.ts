import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Answer, OpsApp } from './ops-support.js';

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
