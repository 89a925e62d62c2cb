import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysFor } from '../../src/redis/keys/keys.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import type { Issuer } from '../../src/flow/3-permit.js';
import { KeyFolder } from '../harness/signing-keys.js';
import { points } from '../harness/points.js';
import { freePort } from '../harness/ports.js';
import type { Program } from '../harness/program.js';
import { TestDeployment } from '../harness/test-deployment.js';

const signing = new KeyFolder();
/** The middle of a private key file: all that is secret in it. */
const privateKey = (issuer: Issuer): string => readFileSync(signing.keyFile(issuer), 'utf8').split('\n')[1] ?? '';

/** One canary per secret; none of them may be seen anywhere. */
const CANARY = {
  governorKey: privateKey('governor'),
  p33Key: privateKey('p33'),
  redis: 'canary-redis-password-1',
  operator: 'canary-operator-password-2',
  key: 'canary-exchange-key-3',
  secret: 'canary-exchange-secret-4',
  token: 'canary-admin-token-5',
  wrong: 'canary-wrong-password-6',
  url: 'canary-url-password-7',
  audit: 'canary-audit-key-8-0123456789abcdef',
} as const;
const ADMIN = { username: 'test-admin', password: 'test-admin' };
const keys = keysFor('quantum:');

/** As it is, as a URL or a header would carry it, and as a log might. */
const disguises = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
];

function canariesIn(text: string): string[] {
  return Object.entries(CANARY).flatMap(([name, secret]) =>
    disguises(secret).some((form) => text.includes(form)) ? [name] : [],
  );
}

describe('[C6] secrets', () => {
  let deployment: TestDeployment;
  let redis: Redis;
  let variables: Record<string, string>;

  beforeAll(async () => {
    deployment = await TestDeployment.create(
      { apiKey: CANARY.key, apiSecret: CANARY.secret },
      { config: ['--appendonly', 'yes'] },
    );
    const first = new Redis({ path: deployment.redis.socketPath });
    await first.call('ACL', 'SETUSER', ADMIN.username, 'on', `>${ADMIN.password}`, '~*', '&*', '+@all');
    first.disconnect();
    redis = new Redis({ path: deployment.redis.socketPath, ...ADMIN });
    await redis.call('ACL', 'SETUSER', 'gate', 'on', `>${CANARY.redis}`, '~*', '+@all');
    await redis.call('ACL', 'SETUSER', 'operators', 'on', `>${CANARY.operator}`, '~*', '+@all');
    await redis.call('ACL', 'SETUSER', 'default', 'off');
    const file = (name: string, content: string): string => {
      const path = join(deployment.folder, name);
      writeFileSync(path, `${content}\n`, { mode: 0o600 });
      return path;
    };
    const sha256 = createHash('sha256').update(CANARY.token).digest('hex');
    const { BINANCE_TESTNET_API_KEY: _key, BINANCE_TESTNET_API_SECRET: _secret, ...rest } = deployment.variables;
    variables = {
      ...rest,
      LOG_LEVEL: 'trace',
      REDIS_USERNAME: 'gate',
      REDIS_PASSWORD_FILE: file('redis.secret', CANARY.redis),
      REDIS_OPERATOR_USERNAME: 'operators',
      REDIS_OPERATOR_PASSWORD_FILE: file('operator.secret', CANARY.operator),
      BINANCE_TESTNET_API_KEY_FILE: file('key.secret', CANARY.key),
      BINANCE_TESTNET_API_SECRET_FILE: file('secret.secret', CANARY.secret),
      ...signing.env(),
      AUDIT_KEY_FILE: file('audit.secret', CANARY.audit),
      AUDIT_COPY: 'stdout',
      ADMIN_TOKENS_FILE: file('tokens.json', JSON.stringify([{ name: 'admin', role: 'admin', sha256 }])),
    };
  });

  afterAll(async () => {
    redis.disconnect();
    await deployment.close();
    signing.remove();
  });

  async function served(): Promise<[Program, string]> {
    const url = `http://127.0.0.1:${await freePort()}`;
    const program = deployment.start(['serve'], { ...variables, HTTP_PORT: new URL(url).port });
    await program.until('running', () => program.stdout.includes('"permit-gate running"'), 90_000);
    return [program, url];
  }

  it('of the issuers are private keys, whole', () =>
    expect([CANARY.governorKey, CANARY.p33Key]).toEqual([
      expect.stringMatching(/^[A-Za-z0-9+/]{64}$/),
      expect.stringMatching(/^[A-Za-z0-9+/]{64}$/),
    ]));

  it('are in no log, answer, metric, argument or key of a deployment that works, errs and is asked everything', async () => {
    const [program, url] = await served();
    await redis.hset(keys.proposal('BTCUSDT'), proposalFields('PARTIAL_75'));
    const traded = async (): Promise<true | undefined> =>
      (await redis.hget(keys.ledger('BTCUSDT'), 'last_executed_qty')) === '0.007' || undefined;
    await eventually(traded, 20_000, () => program.stdout.slice(-2_000));
    await redis.xadd(keys.planStream(), '*', 'plan_id', 'garbage', 'steps', '{');
    deployment.exchange.addFault({
      match: { path: '/positionRisk' },
      action: { type: 'status', status: 500 },
      times: 2,
    });
    const call = async (method: string, path: string, body?: string, token: string = CANARY.token): Promise<string> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
      return `${JSON.stringify([...response.headers])} ${await response.text()}`;
    };
    const reads = [
      'status',
      'plans',
      'positions',
      'limits',
      'streams',
      'audit',
      'audit/verify',
      'config',
      'dead-letters',
      'kill-switch',
    ];
    const answers = [
      ...(await Promise.all(reads.map((path) => call('GET', `/api/v1/${path}`)))),
      await call('GET', '/metrics'),
      await call('GET', '/health/ready'),
      await call('GET', '/docs-json'),
      await call('GET', `/api/v1/no-such/${CANARY.token.slice(0, 3)}`),
      await call('GET', '/api/v1/status', undefined, CANARY.wrong),
      await call('PUT', '/api/v1/kill-switch', '{"engaged":'),
      await call('PUT', '/api/v1/kill-switch', '{"engaged":true,"reason":"drill"}'),
    ];
    expect(answers[reads.indexOf('config')]).toContain('"REDIS_PASSWORD":"[set]"');
    for (const answer of answers) expect(canariesIn(answer)).toEqual([]);
    const ofProcess = readFileSync(`/proc/${program.child.pid}/cmdline`, 'utf8');
    const title = readFileSync(`/proc/${program.child.pid}/comm`, 'utf8');
    expect([ofProcess.includes('serve'), canariesIn(ofProcess), canariesIn(title)]).toEqual([true, [], []]);
    const { stdout, stderr } = await program.stop();
    expect(stdout.split('\n').length).toBeGreaterThan(20);
    expect(canariesIn(stdout + stderr)).toEqual([]);
    expect(canariesIn(await everythingIn(redis))).toEqual([]);
    // What the process left on disk is what was there before.
    expect(readdirSync(deployment.folder).filter((name) => !/\.secret$|^tokens\.json$/.test(name))).toEqual([]);
  });

  const places: [string, Record<string, string>, number[]][] = [
    ['a password that Redis refuses', { REDIS_PASSWORD_FILE: '', REDIS_PASSWORD: CANARY.wrong }, [1, 69, 78]],
    [
      'credentials in a URL of a server that is not there',
      { REDIS_URL: `redis://gate:${CANARY.url}@127.0.0.1:1/0`, REDIS_USERNAME: '', REDIS_PASSWORD_FILE: '' },
      [69],
    ],
    ['credentials in a URL that is none', { REDIS_URL: `redis:/gate:${CANARY.url}@host` }, [78]],
    ['a secret under a mistyped name', { REDIS_PASSWORT: CANARY.redis, BINANCE_API_SECRTE: CANARY.secret }, [78]],
    ['a secret given twice', { REDIS_PASSWORD: CANARY.redis }, [78]],
    [
      'an exchange key that is refused',
      { BINANCE_TESTNET_API_KEY_FILE: '', BINANCE_TESTNET_API_KEY: CANARY.wrong },
      [1],
    ],
    ['a token in a place where a path should be', { ADMIN_TOKENS_FILE: '/no/such/file' }, [78]],
  ];
  it.each(points(places, 3))('are in no output of doctor and serve with %s', async (_, change, codes) => {
    const given = Object.fromEntries(Object.entries({ ...variables, ...change }).filter(([, value]) => value !== ''));
    const program = deployment.start(['serve'], given);
    const doctors = await Promise.all([['doctor', '--json'], ['doctor']].map((args) => deployment.run(args, given)));
    for (const ended of doctors) {
      expect(codes, ended.stdout + ended.stderr).toContain(ended.code);
      expect(canariesIn(ended.stdout + ended.stderr)).toEqual([]);
    }
    const out = (): string => program.stdout + program.stderr;
    await program
      .until('a report', () => /waiting for Redis|fault|refused|ENOENT/.test(out()), 60_000)
      .catch(() => undefined);
    await program.stop();
    expect(out().length).toBeGreaterThan(100);
    expect(canariesIn(out())).toEqual([]);
  });

  it('are in no error of the command line', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const asked = { PERMIT_GATE_URL: url, PERMIT_GATE_TOKEN: CANARY.token };
    const commands = [['status'], ['kill', '--reason', 'x'], ['trace', 'aaaaaaaaaaaaaaaa'], ['dead-letters']];
    for (const { code, stdout, stderr } of await Promise.all(commands.map((args) => deployment.run(args, asked)))) {
      expect(code).not.toBe(0);
      expect(canariesIn(stdout + stderr)).toEqual([]);
    }
    const proof = await deployment.run(['proof', '--submit', 'BTCUSDT', 'PARTIAL_75'], {
      REDIS_URL: `redis://gate:${CANARY.url}@127.0.0.1:1/0`,
    });
    expect([proof.code, canariesIn(proof.stdout + proof.stderr)]).toEqual([69, []]);
  });
});

/** Every key and value of the database, as text. */
async function everythingIn(redis: Redis): Promise<string> {
  const texts: string[] = [];
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key);
    const value =
      type === 'string'
        ? await redis.get(key)
        : type === 'hash'
          ? await redis.hgetall(key)
          : type === 'zset'
            ? await redis.zrange(key, '0', '-1')
            : type === 'list'
              ? await redis.lrange(key, 0, -1)
              : await redis.xrange(key, '-', '+');
    texts.push(`${key} ${JSON.stringify(value)}`);
  }
  return texts.join('\n');
}
