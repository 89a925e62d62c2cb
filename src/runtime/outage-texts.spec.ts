import { describe, expect, it } from 'vitest';
import { loadEnvironment } from '../config/load-environment.js';
import { outageTexts } from './outage-texts.js';

describe('the lines about an outage', () => {
  it.each([
    [{ REDIS_URL: 'redis://one:6379' }, 'that REDIS_URL names it'],
    [{ REDIS_HOST: 'one' }, 'that REDIS_HOST and REDIS_PORT name it'],
    [
      { REDIS_SENTINELS: 'one:26379', REDIS_SENTINEL_NAME: 'main' },
      'that REDIS_SENTINELS and REDIS_SENTINEL_NAME name it',
    ],
    [{ REDIS_CLUSTER_NODES: 'one:6379', REDIS_KEY_PREFIX: '{quantum:0}:' }, 'that REDIS_CLUSTER_NODES names it'],
  ])('[K11] name the settings in use, of %o', (variables, named) => {
    const exchangeUrls = { EXCHANGE_REST_URL: 'http://127.0.0.1:9001', EXCHANGE_WS_URL: 'ws://127.0.0.1:9001' };
    const loaded = loadEnvironment({ ...variables, ...exchangeUrls });
    if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
    const { redis, exchange } = outageTexts(loaded.environment);
    expect(redis.remedy).toContain(named);
    expect(exchange.remedy).toContain('EXCHANGE_REST_URL (now http://127.0.0.1:9001)');
  });
});
