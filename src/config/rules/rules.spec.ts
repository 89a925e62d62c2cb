import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { KeyFolder, keyIn } from '../../../test/harness/signing-keys.js';
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

const keys = new KeyFolder();
afterAll(() => keys.remove());
const [G, P, T] = [keys.keyFile('governor'), keys.keyFile('p33'), keys.trusted];
const STATE = `CONTROL_STATE_DIR=${tmpdir()}`;
const AUDIT = `AUDIT_KEY=${'k'.repeat(32)}`;
const SAFE = `REDIS_TLS=true REDIS_USERNAME=permit-gate REDIS_PASSWORD=p ADMIN_TOKENS_FILE=/a ${STATE} ${AUDIT}`;
const ALL = 'ROLES=apply,position-brain,governor';
const SIGNED = `${ALL} PERMIT_SIGNING_KEY_FILE=governor=${G},p33=${P} PERMIT_TRUSTED_KEYS_FILE=${T} ${SAFE}`;

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

describe('CONTROL_STATE_DIR', () => {
  it.each([
    ['is missing', '/nowhere/at/all', 'ENOENT'],
    ['is a file', '/etc/hostname', 'it is no directory'],
    ['may not be written', '/proc', 'ENOENT'],
  ])('that %s is refused, with what to do', (_what, directory, why) => {
    const loaded = loadEnvironment(sourceOf(`CONTROL_STATE_DIR=${directory}`));
    expect('faults' in loaded ? loaded.faults : []).toEqual([
      {
        variable: 'CONTROL_STATE_DIR',
        given: JSON.stringify(directory),
        allowed: `a directory that this process may write; ${why}`,
        remedy: expect.stringContaining('mount a volume'),
      },
    ]);
  });
});

describe('a base of Binance’s other account', () => {
  const wss = 'EXCHANGE_WS_URL=wss://other.example';
  it.each([
    ['testnet', 'https://fapi.binance.com'],
    ['testnet', 'https://fapi.binance.com.'],
    ['testnet', 'https://FAPI1.binance.com'],
    ['testnet', 'https://fapi4.binance.com:443'],
    ['testnet', 'https://fapi.binance.com..'],
    ['production', 'https://demo-fapi.binance.com'],
    ['production', 'https://demo-fapi.binance.com.'],
    ['production', 'https://testnet.binancefuture.com'],
  ])('is refused in %s, however it is written: %s part of [C18]', (mode, base) => {
    const pair = mode === 'testnet' ? TESTNET : `${PRODUCTION} ${SIGNED}`;
    const faults = faultyVariables(`APPLY_MODE=${mode} ${pair} EXCHANGE_REST_URL=${base} ${wss}`);
    expect(faults).toEqual(['EXCHANGE_REST_URL']);
  });

  it('is refused for the streams too, and another’s base is not part of [C18]', () => {
    const rest = 'EXCHANGE_REST_URL=https://other.example';
    expect(
      faultyVariables(`APPLY_MODE=testnet ${TESTNET} ${rest} EXCHANGE_WS_URL=wss://fstream3.binance.com.`),
    ).toEqual(['EXCHANGE_WS_URL']);
    expect(faultyVariables(`APPLY_MODE=testnet ${TESTNET} ${rest} ${wss}`)).toEqual([]);
    expect(faultyVariables(`APPLY_MODE=testnet ${TESTNET} EXCHANGE_REST_URL=https://notbinance.com ${wss}`)).toEqual(
      [],
    );
  });
});

describe('production', () => {
  const LIVE = `APPLY_MODE=production ${PRODUCTION}`;
  it.each<[string, string[]]>([
    [`${LIVE} ${SIGNED} PERMIT_SIGNING=off`, ['PERMIT_SIGNING']],
    [`${LIVE} ${SIGNED} ${TESTNET}`, TESTNET_KEYS],
    [`${LIVE} ${SIGNED} EXCHANGE_REST_URL=http://fapi.binance.com`, ['EXCHANGE_REST_URL']],
    [`${LIVE} ${SIGNED} EXCHANGE_REST_URL=https://a.example EXCHANGE_WS_URL=ws://a.example`, ['EXCHANGE_WS_URL']],
    [`${LIVE} ${SIGNED} REDIS_TLS=false`, ['REDIS_TLS']],
    [`${LIVE} ${SIGNED.replace('REDIS_TLS=true', 'REDIS_URL=redis://h')}`, ['REDIS_TLS']],
    [`${LIVE} ${SIGNED.replace('REDIS_USERNAME=permit-gate', '')}`, ['REDIS_USERNAME']],
    [`${LIVE} ${SIGNED} REDIS_USERNAME=default`, ['REDIS_USERNAME']],
    [
      `${LIVE} ${SIGNED.replace(SAFE, `${STATE} ${AUDIT} ADMIN_TOKENS_FILE=/a REDIS_URL=rediss://default:p@h`)}`,
      ['REDIS_USERNAME'],
    ],
    [`${LIVE} ${SIGNED.replace(STATE, '')}`, ['CONTROL_STATE_DIR']],
    [`${LIVE} ${SIGNED.replace(AUDIT, '')}`, ['AUDIT_KEY_FILE']],
    [`${LIVE} ${SIGNED} AUDIT_COPY=/no/such/folder/audit.jsonl`, ['AUDIT_COPY']],
    [`${LIVE} ${SIGNED.replace('ADMIN_TOKENS_FILE=/a', '')}`, ['ADMIN_TOKENS_FILE']],
    [`${LIVE} ${SIGNED.replace('ADMIN_TOKENS_FILE=/a', 'HTTP_HOST=0.0.0.0')}`, ['ADMIN_TOKENS_FILE']],
  ])('[C4] %s is refused', (line, expected) => {
    expect(faultyVariables(line)).toEqual(expected);
  });

  it.each([
    SIGNED.replace('REDIS_TLS=true', 'REDIS_URL=unix:///run/redis.sock'),
    SIGNED.replace(SAFE, `${STATE} ${AUDIT} ADMIN_TOKENS_FILE=/a REDIS_URL=rediss://permit-gate:p@h`),
  ])('reaches Redis privately with %s', (line) => {
    expect(faultyVariables(`${LIVE} ${line}`)).toEqual([]);
  });

  it('[C4] says with each refusal what to do', () => {
    const loaded = loadEnvironment(sourceOf(`${LIVE} ${SIGNED.replace(SAFE, '').replace(ALL, '')}`));
    const faults = 'faults' in loaded ? loaded.faults : [];
    expect(faults.map(({ variable, remedy }) => [variable, remedy?.split(' ')[0]])).toEqual([
      ['REDIS_TLS', 'Set'],
      ['REDIS_USERNAME', 'Load'],
      ['ADMIN_TOKENS_FILE', 'Make'],
      ['ROLES', 'Run'],
      ['CONTROL_STATE_DIR', 'Make'],
      ['AUDIT_KEY_FILE', 'Make'],
    ]);
  });

  it('holds a symbol without a ledger and signs permits by default', () => {
    const loaded = loadEnvironment(sourceOf(`${LIVE} ${SIGNED}`));
    expect(loaded).toMatchObject({ environment: { p33LedgerBootstrap: 'hold', permitSigning: 'ed25519' } });
  });
});

describe('signing keys', () => {
  const KEY = 'PERMIT_SIGNING_KEY_FILE';
  const TRUSTED = 'PERMIT_TRUSTED_KEYS_FILE';
  const ON = 'PERMIT_SIGNING=ed25519';

  it.each<[string, string[]]>([
    [ON, [KEY, TRUSTED]],
    [`${ON} ${SIGNED}`, []],
    [`${ON} ROLES=governor`, [KEY]],
    [`${ON} ROLES=apply`, [TRUSTED]],
    [`${ON} ROLES=apply ${TRUSTED}=${T}`, []],
    [`${ON} ROLES=governor ${KEY}=${G}`, []],
    [`${ON} ROLES=governor ${KEY}=governor=${G}`, []],
    [`${ON} ROLES=governor,position-brain ${KEY}=${G}`, [KEY]],
    [`${ON} ROLES=governor,position-brain ${KEY}=governor=${G}`, [KEY]],
    [`${ON} ROLES=governor,position-brain ${KEY}=governor=${G},p33=${G}`, [KEY]],
    [`${ON} ROLES=governor,position-brain ${KEY}=governor=${G},p34=${P}`, [KEY]],
    [`${ON} ROLES=governor,position-brain ${KEY}=governor=${G},p33=${P}`, []],
    [`PERMIT_SIGNING=off ROLES=apply ${KEY}=/g`, []],
  ])('%s → faults %j', (line, expected) => {
    expect(faultyVariables(line)).toEqual(expected);
  });

  it.each<[string, string]>([
    ['a process that only sends orders', `${ON} ROLES=apply ${TRUSTED}=${T} ${KEY}=${G}`],
    ['a process of the other issuer', `${ON} ROLES=position-brain ${KEY}=governor=${G},p33=${P}`],
  ])('stay out of %s', (_what, line) => {
    expect(faultyVariables(line)).toEqual([KEY]);
  });

  /** A file with this content and mode. */
  function file(name: string, content: string, mode = 0o600): string {
    const path = keys.path(name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  const faultOf = (line: string): unknown => {
    const loaded = loadEnvironment(sourceOf(line));
    return 'faults' in loaded ? loaded.faults : [];
  };
  const pem = (type: 'rsa' | 'ed25519' | 'ed448', which: 'privateKey' | 'publicKey' = 'privateKey'): string => {
    const pair =
      type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 1024 }) : generateKeyPairSync(type as 'ed25519');
    const key = pair[which];
    return key.export({ format: 'pem', type: which === 'privateKey' ? 'pkcs8' : 'spki' } as never).toString();
  };

  it.each<[string, () => string, string]>([
    ['is not there', () => keys.path('missing'), 'ENOENT'],
    ['is a folder', () => keys.folder, 'EISDIR'],
    [
      'may be read by others',
      () => file('readable', pem('ed25519'), 0o644),
      'its mode is 0644: others may read or write it',
    ],
    [
      'may be written by its group',
      () => file('writable', pem('ed25519'), 0o660),
      'its mode is 0660: others may read or write it',
    ],
    ['is empty', () => file('empty', ''), 'it does not hold a private key'],
    ['holds a public key', () => file('public', pem('ed25519', 'publicKey')), 'it does not hold a private key'],
    ['holds an RSA key', () => file('rsa', pem('rsa')), 'it holds a key of type rsa'],
    ['holds an Ed448 key', () => file('ed448', pem('ed448')), 'it holds a key of type ed448'],
  ])('are refused when the file %s', (_what, make, problem) => {
    const path = make();
    expect(faultOf(`${ON} ROLES=governor ${KEY}=${path}`)).toEqual([
      {
        variable: KEY,
        given: `"${path}" (${problem})`,
        allowed:
          'a PEM file with an unencrypted Ed25519 private key (PKCS #8), readable by its owner alone (mode 0600)',
        remedy: expect.stringMatching(/permit-gate keys (generate|rotate)/) as string,
      },
    ]);
  });

  it('may be readable by the group, as a mounted secret is', () => {
    const path = file('group', pem('ed25519'), 0o640);
    expect(faultOf(`${ON} ROLES=governor ${KEY}=${path}`)).toEqual([]);
  });

  it('are different for each issuer, by content too', () => {
    const copy = file('copy', readFileSync(G, 'utf8'));
    expect(faultyVariables(`${ON} ROLES=governor,position-brain ${KEY}=governor=${G},p33=${copy}`)).toEqual([KEY]);
  });

  const trustedOf = (change: (entries: { governor: object[]; p33: object[] }) => unknown): string =>
    JSON.stringify(change(JSON.parse(readFileSync(T, 'utf8')) as { governor: object[]; p33: object[] }));

  it.each<[string, () => string, string]>([
    ['is not there', () => keys.path('missing'), 'ENOENT'],
    [
      'may be written by others',
      () =>
        file(
          't-mode',
          trustedOf((e) => e),
          0o666,
        ),
      'its mode is 0666: others may write it',
    ],
    ['holds no JSON', () => file('t-text', 'governor'), 'it does not hold valid JSON'],
    ['holds a list', () => file('t-list', '[]'), 'it does not hold a JSON object'],
    [
      'names a stranger',
      () =>
        file(
          't-who',
          trustedOf((e) => ({ ...e, apply: [] })),
        ),
      '"apply" is not an issuer; issuers are governor, p33',
    ],
    [
      'has no key of an issuer',
      () =>
        file(
          't-none',
          trustedOf((e) => ({ ...e, p33: [] })),
        ),
      'it has no key of p33',
    ],
    [
      'lacks an issuer',
      () =>
        file(
          't-lack',
          trustedOf(({ p33 }) => ({ p33 })),
        ),
      'it has no key of governor',
    ],
    [
      'has no list',
      () =>
        file(
          't-nolist',
          trustedOf((e) => ({ ...e, p33: {} })),
        ),
      'p33 is not a list',
    ],
    [
      'has one key for both',
      () =>
        file(
          't-both',
          trustedOf((e) => ({ governor: e.p33, p33: e.p33 })),
        ),
      'p33[0] appears twice: each key belongs to one issuer',
    ],
    [
      'has another kid',
      () =>
        file(
          't-kid',
          trustedOf((e) => ({ ...e, p33: [{ ...e.p33[0], kid: 'x' }] })),
        ),
      `p33[0] has a kid that is not that of its key, ${keys.key('p33').kid}`,
    ],
    [
      'has text for a key',
      () =>
        file(
          't-key',
          trustedOf((e) => ({ ...e, p33: [{ kid: 'x', public_key: 'x' }] })),
        ),
      'p33[0] has a public_key that is not a public key in base64 (DER, SPKI)',
    ],
    [
      'has no key in an entry',
      () =>
        file(
          't-nokey',
          trustedOf((e) => ({ ...e, p33: [{ kid: 'x' }] })),
        ),
      'p33[0] has no public_key',
    ],
    [
      'has an unknown member',
      () =>
        file(
          't-member',
          trustedOf((e) => ({ ...e, p33: [{ ...e.p33[0], private_key: 'CANARY' }] })),
        ),
      'p33[0] has a member "private_key"; kid, public_key, created_at are known',
    ],
    [
      'has an RSA key',
      () =>
        file(
          't-rsa',
          trustedOf((e) => ({
            ...e,
            p33: [{ kid: 'x', public_key: pem('rsa', 'publicKey').split('\n').slice(1, -2).join('') }],
          })),
        ),
      'p33[0] has a key of type rsa; ed25519 is needed',
    ],
  ])('that are trusted are refused when the file %s', (_what, make, problem) => {
    const path = make();
    expect(faultOf(`${ON} ROLES=apply ${TRUSTED}=${path}`)).toEqual([
      {
        variable: TRUSTED,
        given: `"${path}" (${problem})`,
        allowed:
          'a JSON file {"governor":[{"kid","public_key","created_at"}],"p33":[…]} with at least one Ed25519 public key for each issuer, writable by its owner alone',
        remedy: expect.stringContaining('permit-gate keys') as string,
      },
    ]);
  });

  it('of the process itself must be trusted by it', () => {
    const stranger = file('stranger', pem('ed25519'));
    const line = `${ON} ROLES=apply,governor ${KEY}=${stranger} ${TRUSTED}=${T}`;
    expect(faultOf(line)).toEqual([
      {
        variable: TRUSTED,
        given: `"${T}" without ${keyIn(stranger).kid}, the key that governor signs with here`,
        allowed: 'a file that has it: Apply would refuse every permit of this process otherwise',
        remedy: 'Name the file that `permit-gate keys generate` wrote with this key.',
      },
    ]);
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
    ['REDIS_SENTINELS=a REDIS_SENTINEL_NAME=m REDIS_SENTINEL_PASSWORD=p', []],
    ['REDIS_SENTINELS=a REDIS_SENTINEL_NAME=m REDIS_SENTINEL_USERNAME=u REDIS_SENTINEL_PASSWORD=p', []],
    ['REDIS_SENTINELS=a REDIS_SENTINEL_NAME=m REDIS_SENTINEL_USERNAME=u', ['REDIS_SENTINEL_PASSWORD']],
    ['REDIS_SENTINEL_PASSWORD=p REDIS_SENTINEL_TLS=true', ['REDIS_SENTINEL_PASSWORD', 'REDIS_SENTINEL_TLS']],
    ['REDIS_SENTINELS=a REDIS_SENTINEL_NAME=m REDIS_TLS=true', []],
    ['REDIS_SENTINELS=a REDIS_SENTINEL_NAME=m REDIS_TLS=true REDIS_SENTINEL_TLS=false', ['REDIS_SENTINEL_TLS']],
    ['REDIS_SENTINELS=a REDIS_SENTINEL_NAME=m REDIS_SENTINEL_TLS=true REDIS_TLS_SERVERNAME=redis.internal', []],
    ['REDIS_TLS=true REDIS_TLS_SERVERNAME=redis.internal', []],
    ['REDIS_TLS_SERVERNAME=redis.internal', ['REDIS_TLS_SERVERNAME']],
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
