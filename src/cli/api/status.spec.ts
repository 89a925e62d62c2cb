import { describe, expect, it } from 'vitest';
import { fleetText } from './fleet.js';
import { limitsText } from './limits.js';
import type { Schema } from './reading.js';
import { attentionText, isBlind, statusText } from './status.js';

const NOW = Date.UTC(2026, 10, 30, 15, 0, 0);
const LONG = 'governor-5c8f7d9b46-x2x9p.trading.eu-central-1.internal';
const instance = (over: Schema<'InstanceAnswer'>): Schema<'InstanceAnswer'> => ({
  role: 'governor',
  instance: 'gov-1',
  state: 'ready',
  text: 'It is ready.',
  seen_ms: NOW - 1_000,
  started_ms: NOW - 7_200_000,
  version: '0.1.0',
  commit: '1a2b3c4d5e6f-dirty',
  configuration: '5d6e7f8a',
  mode: 'testnet',
  differs: [],
  differs_in: [],
  ...over,
});
const FLEET: Schema<'FleetAnswer'> = {
  at_ms: NOW,
  complete: false,
  instances: [
    instance({ role: 'apply', instance: 'main' }),
    instance({
      instance: LONG,
      state: 'not_ready',
      text: `It is not ready: ${'exchange: the last call failed: HTTP 503; '.repeat(3)}audit: full.`,
      configuration: '00000000',
      differs: ['configuration'],
      differs_in: ['Governor'],
    }),
  ],
  missing: [
    {
      role: 'position-brain',
      last_seen_ms: null,
      text: 'No process with ROLES=position-brain is alive, and none was seen before.',
      remedy: 'ROLES=position-brain permit-gate serve',
    },
  ],
};
const STATUS: Schema<'StatusAnswer'> = {
  instance: 'main',
  mode: 'testnet',
  phase: 'running',
  build: { version: '0.1.0' },
  uptime_sec: 60,
  roles: [{ role: 'apply', loops: [] }],
  armed: false,
  arm: { by: 'boss', reason: 'a drill', at_ms: NOW - 60_000 },
  governor_disarm: null,
  kill_switch: { engaged: true, by: 'anna', reason: 'wrong prices '.repeat(8), at_ms: NOW - 60_000 },
  redis: { ok: true },
  exchange: { state: 'ok', weight_used_1m: 3 },
  clock: {},
  lag: [],
  attention: [
    { reason: 'dead_letters', text: 'One dead letter waits for a decision.', remedy: 'permit-gate dead-letters' },
  ],
  fleet: FLEET,
  unknown_orders: [{ plan_id: '3f2a9c0d1e4b5a67', symbol: 'BTCUSDT', attempt: 1, since_ms: NOW }],
  holds: ['ETHUSDT', 'SOLUSDT'],
  dead_letters: { open: 1, more: false },
  hot_limits: [
    { symbol: 'BTCUSDT', limit_name: 'executions_per_hour', used: '3', limit: '3', free_at_ms: NOW + 600_000 },
    { symbol: 'BTCUSDT', limit_name: 'reduce_notional_per_day_usd', used: '4500', limit: '5000', free_at_ms: null },
  ],
};
const use = (used: string, limit: string | null, left: string | null, free_at_ms: number | null = null) => ({
  used,
  reserved: '0',
  limit,
  left,
  free_at_ms,
});
const LIMITS = {
  at_ms: NOW,
  limits: [
    {
      symbol: '1000PEPEUSDT',
      executions_per_hour: use('3', '3', '0', NOW + 600_000),
      executions_per_5min: use('1', '2', '1'),
      reduce_notional_per_day_usd: use('4999.123456789', '5000', '0', Date.UTC(2026, 11, 1)),
      reduce_qty_per_day: use('0', null, null),
    },
    { symbol: 'ETHUSDT', fault: 'a key is a list, not a hash' },
  ],
};
const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('what an operator sees', () => {
  it('of the whole deployment fits 80 columns', () => {
    const text = statusText(STATUS);
    expect(widest(text)).toBeLessThanOrEqual(80);
    for (const line of [
      'armed           no, plans are dry runs (by boss since 2026-11-30T14:59:00Z: a',
      'kill switch     engaged (by anna since 2026-11-30T14:59:00Z: wrong prices wrong',
      'apply           main ready',
      'position-brain  missing',
      'unknown orders  BTCUSDT (plan 3f2a9c0d1e4b5a67)',
      'holds           ETHUSDT, SOLUSDT',
      'dead letters    1 unsettled',
      'limits          BTCUSDT 3 of 3 per hour, free at 15:10:00 UTC; BTCUSDT 4500 of',
      'One thing needs a person.',
      '1. One dead letter waits for a decision.',
      '   $ permit-gate dead-letters',
    ])
      expect(text.split('\n')).toContain(line);
  });

  it('says that nothing is known where Redis is away, and never that all is well', () => {
    const blind = {
      ...STATUS,
      redis: { ok: false, message: 'it does not answer' },
      fleet: null,
      unknown_orders: null,
      holds: null,
      dead_letters: null,
      hot_limits: null,
      attention: undefined,
    };
    expect([isBlind(blind), isBlind(STATUS)]).toEqual([true, false]);
    for (const name of ['fleet', 'unknown orders', 'holds', 'dead letters', 'limits'])
      expect(statusText(blind)).toMatch(new RegExp(`^${name} +not known$`, 'm'));
    expect(attentionText(blind)).toBe('What needs a person is not known.');
    expect(attentionText({ attention: [] })).toBe('Nothing needs a person.');
  });

  it('of the fleet fits 80 columns, with what is missing, not ready and different in words', () => {
    const text = fleetText(FLEET);
    expect(widest(text)).toBeLessThanOrEqual(80);
    expect(text.split('\n').slice(0, 3)).toEqual([
      'role      instance                    state      up   seen',
      'apply     main                        ready      2 h  1 s',
      'governor  governor-5c8f…l-1.internal  not ready  2 h  1 s',
    ]);
    const words = text.replaceAll('\n', ' ');
    expect(words).toContain('version 0.1.0 (1a2b3c4d5e6f-dirty), configuration 5d6e7f8a, mode testnet');
    expect(words).toContain('none was seen before.   $ ROLES=position-brain permit-gate serve');
    expect(words).toContain(`governor ${LONG}: It is not ready: exchange`);
    expect(words).toContain(`governor ${LONG} differs from the others: version 0.1.0`);
    expect(words).toContain('(it differs in: Governor).');
  });

  it('of the limits fits 80 columns, with what is free when', () => {
    const text = limitsText(LIMITS);
    expect(widest(text)).toBeLessThanOrEqual(80);
    expect(text.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['symbol', 'limit', 'used', 'reserved', 'left', 'of', 'free at UTC'],
      ['1000PEPEUSDT', 'per hour', '3', '0', '0', '3', '15:10:00'],
      ['1000PEPEUSDT', 'per 5 min', '1', '0', '1', '2', '–'],
      ['1000PEPEUSDT', 'USD per day', '4999.1235', '0', '0', '5000', '12-01 00:00'],
      ['ETHUSDT: a key is a list, not a hash'],
    ]);
    expect(limitsText(LIMITS, 'ethusdt')).toBe('ETHUSDT: a key is a list, not a hash');
  });
});
