import { describe, expect, it } from 'vitest';
import { loadEnvironment } from '../load-environment.js';

/** Space-separated `NAME=value` words. */
function sourceOf(line: string): NodeJS.ProcessEnv {
  const words = line.split(' ').filter((word) => word !== '');
  const pairs = words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]);
  return { INSTANCE_ID: 'test', ...Object.fromEntries(pairs) };
}

function faultyVariables(line: string): string[] {
  const loaded = loadEnvironment(sourceOf(line));
  return 'faults' in loaded ? loaded.faults.map(({ variable }) => variable) : [];
}

const TESTNET = 'BINANCE_TESTNET_API_KEY=k BINANCE_TESTNET_API_SECRET=s';
const PRODUCTION = 'BINANCE_API_KEY=k BINANCE_API_SECRET=s';
const SIGNED = 'PERMIT_SIGNING_KEY_FILE=governor=/g,p33=/p PERMIT_TRUSTED_KEYS_FILE=/t';

const PRODUCTION_KEYS = ['BINANCE_API_KEY', 'BINANCE_API_SECRET'];
const TESTNET_KEYS = ['BINANCE_TESTNET_API_KEY', 'BINANCE_TESTNET_API_SECRET'];

describe('key pairs', () => {
  it.each<[string, string[]]>([
    ['APPLY_MODE=dry_run', []],
    [`APPLY_MODE=dry_run ${TESTNET}`, []],
    [`APPLY_MODE=dry_run ${PRODUCTION}`, []],
    [`APPLY_MODE=dry_run ${TESTNET} ${PRODUCTION}`, PRODUCTION_KEYS],
    [`APPLY_MODE=testnet ${TESTNET}`, []],
    [`APPLY_MODE=testnet ${TESTNET} ${PRODUCTION}`, PRODUCTION_KEYS],
    [`APPLY_MODE=testnet ROLES=governor ${PRODUCTION}`, PRODUCTION_KEYS],
    [`APPLY_MODE=production ${PRODUCTION} ${SIGNED}`, []],
    [`APPLY_MODE=production ${PRODUCTION} ${SIGNED} ${TESTNET}`, TESTNET_KEYS],
    ['APPLY_MODE=testnet', TESTNET_KEYS],
    [`APPLY_MODE=production ${SIGNED}`, PRODUCTION_KEYS],
    ['APPLY_MODE=testnet ROLES=apply', TESTNET_KEYS],
    ['APPLY_MODE=testnet ROLES=position-brain', TESTNET_KEYS],
    ['APPLY_MODE=testnet ROLES=governor', []],
    ['BINANCE_API_KEY=k', ['BINANCE_API_SECRET']],
    ['APPLY_MODE=testnet BINANCE_TESTNET_API_SECRET=s', ['BINANCE_TESTNET_API_KEY']],
  ])('[O12] %s → faults %j', (line, expected) => {
    expect(faultyVariables(line)).toEqual(expected);
  });

  it.each([
    ['APPLY_MODE=dry_run', 'testnet', undefined],
    [`APPLY_MODE=dry_run ${TESTNET}`, 'testnet', 'k'],
    [`APPLY_MODE=dry_run ${PRODUCTION}`, 'production', 'k'],
    [`APPLY_MODE=testnet ${TESTNET}`, 'testnet', 'k'],
    [`APPLY_MODE=production ${PRODUCTION} ${SIGNED}`, 'production', 'k'],
  ] as const)('%s trades the account %s with its pair and bases', (line, account, key) => {
    const loaded = loadEnvironment(sourceOf(line));
    const e = 'environment' in loaded ? loaded.environment : undefined;
    const bases = {
      testnet: ['https://demo-fapi.binance.com', 'wss://fstream.binancefuture.com'],
      production: ['https://fapi.binance.com', 'wss://fstream.binance.com'],
    };
    expect(e?.exchangeAccount).toBe(account);
    expect([e?.exchangeApiKey, e?.exchangeApiSecret]).toEqual(key === undefined ? [undefined, undefined] : ['k', 's']);
    expect([e?.exchangeRestUrl, e?.exchangeWsUrl]).toEqual(bases[account]);
  });
});

describe('production', () => {
  const LIVE = `APPLY_MODE=production ${PRODUCTION}`;
  it.each<[string, string[]]>([
    [`${LIVE} ${SIGNED} PERMIT_SIGNING=off`, ['PERMIT_SIGNING']],
    [`${LIVE} ${SIGNED} ${TESTNET}`, TESTNET_KEYS],
    [`${LIVE} ${SIGNED} EXCHANGE_REST_URL=http://fapi.binance.com`, ['EXCHANGE_REST_URL']],
    [`${LIVE} ${SIGNED} EXCHANGE_REST_URL=https://a.example EXCHANGE_WS_URL=ws://a.example`, ['EXCHANGE_WS_URL']],
  ])('[C4] %s is refused', (line, expected) => {
    expect(faultyVariables(line)).toEqual(expected);
  });

  it('holds a symbol without a ledger and signs permits by default', () => {
    const loaded = loadEnvironment(sourceOf(`${LIVE} ${SIGNED}`));
    expect(loaded).toMatchObject({ environment: { p33LedgerBootstrap: 'hold', permitSigning: 'ed25519' } });
  });
});

describe('signing keys', () => {
  const KEY = 'PERMIT_SIGNING_KEY_FILE';
  it.each<[string, string[]]>([
    ['PERMIT_SIGNING=ed25519', [KEY, 'PERMIT_TRUSTED_KEYS_FILE']],
    ['PERMIT_SIGNING=ed25519 ROLES=governor', [KEY]],
    ['PERMIT_SIGNING=ed25519 ROLES=apply', ['PERMIT_TRUSTED_KEYS_FILE']],
    [`PERMIT_SIGNING=ed25519 ROLES=governor ${KEY}=/g`, []],
    [`PERMIT_SIGNING=ed25519 ROLES=governor,position-brain ${KEY}=/g`, [KEY]],
    [`PERMIT_SIGNING=ed25519 ROLES=governor,position-brain ${KEY}=governor=/g`, [KEY]],
    [`PERMIT_SIGNING=ed25519 ROLES=governor,position-brain ${KEY}=governor=/g,p33=/g`, [KEY]],
    [`PERMIT_SIGNING=ed25519 ROLES=governor,position-brain ${KEY}=governor=/g,p34=/p`, [KEY]],
    [`PERMIT_SIGNING=ed25519 ROLES=governor,position-brain ${KEY}=governor=/g,p33=/p`, []],
  ])('%s → faults %j', (line, expected) => {
    expect(faultyVariables(line)).toEqual(expected);
  });

  it.each([
    [`ROLES=governor ${KEY}=/g`, '/g', undefined],
    [`ROLES=position-brain ${KEY}=governor=/g,p33=/p`, undefined, '/p'],
    [`ROLES=governor,position-brain ${KEY}=governor=/g,p33=/p`, '/g', '/p'],
  ])('%s gives each issuer its own', (line, governor, p33) => {
    const loaded = loadEnvironment(sourceOf(line));
    const e = 'environment' in loaded ? loaded.environment : undefined;
    expect([e?.signingKeyFile('governor'), e?.signingKeyFile('p33')]).toEqual([governor, p33]);
  });
});

describe('the exchange’s bases', () => {
  it.each<[string, string[]]>([
    ['EXCHANGE_REST_URL=https://a.example', ['EXCHANGE_WS_URL']],
    ['EXCHANGE_WS_URL=ws://127.0.0.1:1', ['EXCHANGE_REST_URL']],
    ['EXCHANGE_REST_URL=https://a.example EXCHANGE_WS_URL=wss://a.example', []],
    ['EXCHANGE_REST_URL=http://127.8.0.1:9001 EXCHANGE_UNKNOWN_PROOF_SEC=0.5', []],
    ['EXCHANGE_REST_URL=http://[::1]:9001 EXCHANGE_UNKNOWN_PROOF_SEC=29.9', []],
    [
      'EXCHANGE_REST_URL=http://localhost:9001 EXCHANGE_WS_URL=wss://a.example EXCHANGE_UNKNOWN_PROOF_SEC=29',
      ['EXCHANGE_UNKNOWN_PROOF_SEC'],
    ],
    ['EXCHANGE_UNKNOWN_PROOF_SEC=29.99', ['EXCHANGE_UNKNOWN_PROOF_SEC']],
    ['EXCHANGE_UNKNOWN_PROOF_SEC=30', []],
    [
      `APPLY_MODE=testnet ${TESTNET} EXCHANGE_REST_URL=https://fapi.binance.com EXCHANGE_WS_URL=wss://fstream.binance.com`,
      ['EXCHANGE_REST_URL', 'EXCHANGE_WS_URL'],
    ],
  ])('%s → faults %j', (line, expected) => {
    expect(faultyVariables(line)).toEqual(expected);
  });

  it('derives the stream of a loopback REST base, and drops a slash at the end', () => {
    expect(loadEnvironment(sourceOf('EXCHANGE_REST_URL=http://127.0.0.1:9001/'))).toMatchObject({
      environment: { exchangeRestUrl: 'http://127.0.0.1:9001', exchangeWsUrl: 'ws://127.0.0.1:9001' },
    });
  });
});

describe('Redis', () => {
  it.each<[string, string[]]>([
    ['REDIS_URL=redis://h REDIS_HOST=h', ['REDIS_URL REDIS_HOST']],
    ['REDIS_SENTINELS=a,b REDIS_SENTINEL_NAME=m REDIS_PORT=1', ['REDIS_SENTINELS REDIS_PORT']],
    ['REDIS_SENTINELS=a', ['REDIS_SENTINEL_NAME']],
    ['REDIS_SENTINEL_NAME=m', ['REDIS_SENTINELS']],
    ['REDIS_SENTINELS=a REDIS_SENTINEL_NAME=m REDIS_DB=3', []],
    ['REDIS_CLUSTER_NODES=a:1 REDIS_DB=1', ['REDIS_DB', 'REDIS_KEY_PREFIX']],
    ['REDIS_CLUSTER_NODES=a:1 REDIS_KEY_PREFIX={quantum:0}:', []],
    ['REDIS_KEY_PREFIX=a{}:', ['REDIS_KEY_PREFIX']],
    ['REDIS_KEY_PREFIX=}a{:', ['REDIS_KEY_PREFIX']],
    ['REDIS_URL=redis://h/1 REDIS_DB=1', ['REDIS_DB']],
    ['REDIS_URL=redis://u:p@h REDIS_USERNAME=u REDIS_PASSWORD=p', ['REDIS_USERNAME', 'REDIS_PASSWORD']],
    ['REDIS_URL=redis://u@h REDIS_PASSWORD=p', []],
    ['REDIS_URL=redis://h REDIS_TLS=true', ['REDIS_TLS']],
    ['REDIS_URL=rediss://h REDIS_TLS=false', ['REDIS_TLS']],
    ['REDIS_URL=unix:///run/r.sock REDIS_TLS=1', ['REDIS_TLS']],
    ['REDIS_USERNAME=u', ['REDIS_PASSWORD']],
    ['REDIS_URL=redis://u@h', ['REDIS_PASSWORD']],
    ['REDIS_OPERATOR_USERNAME=u', ['REDIS_OPERATOR_PASSWORD']],
    ['REDIS_OPERATOR_PASSWORD=p', ['REDIS_OPERATOR_USERNAME']],
  ])('%s → faults %j', (line, expected) => {
    expect(faultyVariables(line)).toEqual(expected);
  });
});

describe('thresholds', () => {
  it.each<[string, string[]]>([
    ['APPLY_PERMIT_WAIT_MS=100 APPLY_PERMIT_STEP_MS=100', ['APPLY_PERMIT_STEP_MS']],
    ['APPLY_PERMIT_WAIT_MS=101 APPLY_PERMIT_STEP_MS=100', []],
    ['K_BLOCK_WARNING=0.81', ['K_BLOCK_WARNING']],
    ['K_BLOCK_WARNING=0.8', []],
    ['P33_PERMIT_TTL=1 GOV_PERMIT_TTL=1', ['P33_PERMIT_TTL', 'GOV_PERMIT_TTL']],
    ['P33_PERMIT_TTL=2 GOV_PERMIT_TTL=2', []],
    ['HTTP_PORT=8045', ['P33_METRICS_PORT']],
    ['HTTP_PORT=8045 ROLES=apply', []],
    ['HTTP_PORT=0 P33_METRICS_PORT=0', []],
    ['APPLY_PERMIT_WAIT_MS=x APPLY_PERMIT_STEP_MS=5000', ['APPLY_PERMIT_WAIT_MS']],
  ])('%s → faults %j', (line, expected) => {
    expect(faultyVariables(line)).toEqual(expected);
  });
});
