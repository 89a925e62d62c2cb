import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readDotenv } from './dotenv.js';
import type { Environment } from './environment.js';
import { ConfigurationError, type ConfigFault } from './fault.js';
import type { Overrides } from './raw-values.js';
import { loadEnvironment } from './load-environment.js';

function load(source: NodeJS.ProcessEnv, overrides?: Overrides): Environment {
  const loaded = loadEnvironment({ INSTANCE_ID: 'test', ...source }, overrides);
  if ('faults' in loaded) throw new ConfigurationError(loaded.faults);
  return loaded.environment;
}

function faultsOf(source: NodeJS.ProcessEnv, overrides?: Overrides): readonly ConfigFault[] {
  const loaded = loadEnvironment({ INSTANCE_ID: 'test', ...source }, overrides);
  return 'faults' in loaded ? loaded.faults : [];
}

const CANARY = 'MC4CAQAwBQYDK2VwBCIEIJcanary0123456789ABCDEFabcdef+canary/XYZ';

describe('the configuration', () => {
  it('has the documented defaults when nothing is set', () => {
    const e = load({});
    expect(e).toMatchObject({
      roles: new Set(['apply', 'position-brain', 'governor']),
      applyMode: 'dry_run',
      redisHost: 'localhost',
      redisPort: 6379,
      redisDb: 0,
      redisKeyPrefix: 'quantum:',
      redisTls: false,
      redisUrl: undefined,
      symbols: ['BTCUSDT'],
      applyAllowlist: ['BTCUSDT'],
      p33Allowlist: ['BTCUSDT'],
      applyPermitWaitMs: 1200,
      applyPermitStepMs: 100,
      applyDedupeTtlSec: 21_600,
      kBlockCritical: 0.8,
      kBlockWarning: 0.6,
      p33QtyTolerancePct: 1,
      p33LedgerBootstrap: 'adopt',
      p33MetricsPort: 8045,
      govMaxExecPerHour: 3,
      govMaxExecPer5Min: 2,
      govMaxReduceNotionalPerDayUsd: '5000',
      govMaxReduceQtyPerDay: undefined,
      govDisarmErrorWindowSec: 600,
      exchangeRestUrl: 'https://demo-fapi.binance.com',
      exchangeWsUrl: 'wss://fstream.binancefuture.com',
      exchangeUnknownProofSec: 30,
      httpPort: 8080,
      permitSigning: 'off',
    });
    expect(e.exchangeApiKey).toBeUndefined();
    expect(e.given).toEqual(new Set(['INSTANCE_ID']));
  });

  it('takes the host name as instance id', () => {
    const loaded = loadEnvironment({});
    expect('environment' in loaded ? loaded.environment.instanceId : 'faults').toBe(hostname());
  });

  it('refuses a computed default that is not allowed, and names where it comes from', () => {
    const directory = join(mkdtempSync(join(tmpdir(), 'cwd-')), 'two\nlines');
    mkdirSync(join(directory, 'config'), { recursive: true });
    writeFileSync(join(directory, 'config', 'symbols.yaml'), '');
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(directory);
    onTestFinished(() => cwd.mockRestore());
    expect(faultsOf({})).toEqual([
      {
        variable: 'CONFIG_DIR',
        given: expect.stringMatching(/^".*two\\nlines\/config" \(default: `config\/` in the working directory/),
        allowed: 'the path of a directory with YAML files',
      },
    ]);
  });

  it('[C3] lists all faults at once, each with variable, given value and what is allowed', () => {
    const source = { APPLY_MODE: 'prod', P33_POLL_SEC: 'abc', GOV_MAX_EXEC_PER_HOUR: '-1', P33_POLL_SECS: '5' };
    const faults = faultsOf(source);
    expect(faults).toEqual([
      { variable: 'APPLY_MODE', given: '"prod"', allowed: 'one of dry_run, testnet, production' },
      { variable: 'P33_POLL_SEC', given: '"abc"', allowed: 'a number from 0.05 to 3600 (seconds, fractions allowed)' },
      { variable: 'GOV_MAX_EXEC_PER_HOUR', given: '"-1"', allowed: 'a whole number from 1 to 100000' },
      {
        variable: 'P33_POLL_SECS',
        given: '"5"',
        allowed: expect.stringContaining('no unknown variable'),
        remedy: 'Did you mean P33_POLL_SEC?',
      },
    ]);
    const { message } = new ConfigurationError(faults);
    expect(message).toContain('4 faults');
    for (const { variable, given, allowed } of faults) {
      expect(message).toContain(`  ${variable}\n    given:   ${given}\n    allowed: ${allowed}`);
    }
  });

  it('[C8] names a REDIS_PORT that Kubernetes injected, and leaves its like and HTTP_PROXY alone', () => {
    const injected = {
      REDIS_PORT: 'tcp://10.0.0.1:6379',
      REDIS_SERVICE_HOST: '10.0.0.1',
      REDIS_SERVICE_PORT: '6379',
      REDIS_PORT_6379_TCP: 'tcp://10.0.0.1:6379',
      REDIS_PORT_6379_TCP_ADDR: '10.0.0.1',
      HTTP_PROXY: 'http://proxy.internal:3128',
    };
    const [fault, ...others] = faultsOf(injected);
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ variable: 'REDIS_PORT', given: '"tcp://10.0.0.1:6379"' });
    for (const remedy of ['Service named "redis"', 'enableServiceLinks: false', 'rename the Service', 'REDIS_URL']) {
      expect(fault?.remedy).toContain(remedy);
    }
    expect(load({ ...injected, REDIS_URL: 'redis://10.0.0.1' }).redisPort).toBe(6379);
    expect(faultsOf({ APPLY_SERVICE_HOST: '10.0.0.2' })[0]?.remedy).toContain('Service named "apply"');
  });

  it('prefers --roles to ROLES, and names it in a fault', () => {
    expect(load({ ROLES: 'governor' }, { roles: 'apply, apply' }).roles).toEqual(new Set(['apply']));
    expect(faultsOf({ ROLES: 'governor' }, { roles: 'guvernor' })[0]).toMatchObject({ variable: '--roles' });
  });

  it('leaves the variables of the command line alone', () => {
    expect(faultsOf({ PERMIT_GATE_URL: 'http://127.0.0.1:8080', PERMIT_GATE_TOKEN: 'x' })).toEqual([]);
  });

  it('reads a dotenv file, and works without one', () => {
    const directory = mkdtempSync(join(tmpdir(), 'dotenv-'));
    writeFileSync(join(directory, '.env'), '# a comment\nP33_POLL_SEC=7\nROLES="governor"\n');
    expect(readDotenv(join(directory, '.env'))).toEqual({ P33_POLL_SEC: '7', ROLES: 'governor' });
    expect(readDotenv(join(directory, 'absent'))).toEqual({});
    expect(() => readDotenv(directory)).toThrow(ConfigurationError);
  });
});

describe('a value', () => {
  it.each<[string, string, keyof Environment, unknown]>([
    ['P33_COOLDOWN_SEC', '0', 'p33CooldownSec', 0],
    ['P33_COOLDOWN_SEC', '-0', 'p33CooldownSec', 0],
    ['P33_METRICS_PORT', '0', 'p33MetricsPort', 0],
    ['P33_EXPLAINED_PREFIXES', ' grid-, dca. ,grid-', 'p33ExplainedPrefixes', ['grid-', 'dca.']],
    ['HTTP_PORT', '65535', 'httpPort', 65_535],
    ['REDIS_MIN_REPLICAS', '0', 'redisMinReplicas', 0],
    ['APPLY_DEDUPE_TTL_SEC', '1.5', 'applyDedupeTtlSec', 1.5],
    ['GOV_ENABLE_AUTO_DISARM', 'FALSE', 'govEnableAutoDisarm', false],
    ['APPLY_KILL_SWITCH', '1', 'applyKillSwitch', true],
    ['APPLY_ALLOWLIST', ' BTCUSDT , ETHUSDT,BTCUSDT,', 'applyAllowlist', ['BTCUSDT', 'ETHUSDT']],
    ['APPLY_ALLOWLIST', 'ETHUSDT', 'p33Allowlist', ['ETHUSDT']],
    ['APPLY_ALLOWLIST', 'ETHUSDT', 'symbols', ['ETHUSDT']],
    ['SYMBOLS', '币安人生USDT,BTCUSDT_260626', 'symbols', ['币安人生USDT', 'BTCUSDT_260626']],
    ['GOV_MAX_REDUCE_QTY_PER_DAY', '0.00000001', 'govMaxReduceQtyPerDay', '0.00000001'],
    ['GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD', '007.50', 'govMaxReduceNotionalPerDayUsd', '7.5'],
    ['REDIS_URL', 'rediss://redis.internal:6380/3', 'redisTls', true],
    ['REDIS_URL', '/run/redis.sock?db=2', 'redisUrl', '/run/redis.sock?db=2'],
    ['REDIS_HOST', '::1', 'redisHost', '::1'],
  ])('%s=%s is read as %s', (variable, given, property, expected) => {
    expect(load({ [variable]: given })[property]).toEqual(expected);
  });

  it.each([
    ['ROLES', ['', ',', 'brain', 'apply,brain', 'Apply', 'apply;governor']],
    ['INSTANCE_ID', ['', 'a b', 'a'.repeat(65), 'é', 'a:b']],
    ['APPLY_POLL_SEC', ['', ' 5', '5 ', '5s', '5,0', '1e3', '0x10', 'NaN', 'Infinity', '-1', '0', '9'.repeat(400)]],
    ['APPLY_PERMIT_WAIT_MS', ['49', '60001', '1200.5', '٣']],
    ['APPLY_MAX_ATTEMPTS', ['0', '1.0', '101']],
    ['HTTP_PORT', ['-1', '65536', 'tcp://10.0.0.9:80']],
    ['APPLY_KILL_SWITCH', ['', 'yes', 'on', '2', ' true']],
    ['APPLY_ALLOWLIST', ['', ' , ', 'BTC USDT', 'BTC:USDT', '{BTC}', 'BTC\u0000', 'A'.repeat(41)]],
    ['GOV_MAX_REDUCE_QTY_PER_DAY', ['', '0', '0.0', '-1', '1e3', 'none']],
    ['P33_QTY_TOLERANCE_PCT', ['-0.1', '100.1', '1%']],
    ['P33_EXPLAINED_PREFIXES', ['g', 'pg-', 'p,grid-', 'autoclose-x', 'adl_', 'a b', 'x'.repeat(33)]],
    ['REDIS_DB', ['1024', '-1', '0.5']],
    ['REDIS_HOST', ['', 'redis://h', 'a b', '-h']],
    ['REDIS_KEY_PREFIX', ['', 'quantum', 'a b:', `${'a'.repeat(64)}:`]],
    ['REDIS_SENTINELS', ['', 'h:0', 'h:65536', 'h:p', '[zz]:1', 'a b']],
    [
      'REDIS_URL',
      [
        '',
        'h:6379',
        'http://h',
        'redis://',
        'redis://h/x',
        'redis://h/1?db=1',
        'redis://h?x=1',
        'redis://h:0',
        'redis://%zz@h',
      ],
    ],
    [
      'EXCHANGE_REST_URL',
      [
        '',
        '127.0.0.1',
        'http://10.0.0.1',
        'http://127.0.0.1.example.com',
        'http://127.0.0.1/fapi',
        'http://u@localhost',
        'ws://localhost',
      ],
    ],
    ['LOG_LEVEL', ['', 'INFO', 'verbose']],
    ['PERMIT_SIGNING', ['on', 'ED25519']],
  ])('%s refuses what it does not allow', (variable, values) => {
    const accepted = values.filter(
      (given) => !faultsOf({ [variable]: given }).some((each) => each.variable === variable),
    );
    expect(accepted).toEqual([]);
  });

  it.each([
    [
      'a private key in place of its path',
      {
        PERMIT_SIGNING: 'ed25519',
        PERMIT_SIGNING_KEY_FILE: `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`,
      },
    ],
    [
      'a private key on one line',
      {
        PERMIT_SIGNING: 'ed25519',
        PERMIT_SIGNING_KEY_FILE: `-----BEGIN PRIVATE KEY----- ${CANARY} -----END PRIVATE KEY-----`,
      },
    ],
    ['the middle of a private key', { PERMIT_SIGNING: 'ed25519', PERMIT_SIGNING_KEY_FILE: CANARY }],
    ['an API key in place of the path of its file', { BINANCE_TESTNET_API_SECRET_FILE: CANARY }],
    ['a password in place of the path of its file', { REDIS_PASSWORD_FILE: 'canary-password' }],
    ['a private key in place of another file', { ADMIN_TOKENS_FILE: `-----BEGIN PRIVATE KEY-----\n${CANARY}` }],
    ['an API key under another name', { LOG_LEVEL: CANARY }],
    ['an API key under a name that is none', { APPLY_SECRTS: CANARY }],
  ])('shows nothing of %s [C19]', (_, source) => {
    const loaded = loadEnvironment({ ROLES: 'governor', ...source });
    const text = 'faults' in loaded ? new ConfigurationError(loaded.faults).message : '';
    expect(text).toContain('given:   [set]');
    expect(text).not.toMatch(/canary|nary0123/i);
  });

  it('is shown without control characters, cut, and without the user part of a URL', () => {
    const given = (text: string): string | undefined => faultsOf({ REDIS_HOST: text })[0]?.given;
    expect(given('a\u001b[31m\u009b')).toBe('"a\\u001b[31m\\u009b"');
    expect(given('é'.repeat(500))).toHaveLength(103);
    expect(given('redis://user:CANARY/x@host')).toBe('"redis://[hidden]@host"');
  });
});
