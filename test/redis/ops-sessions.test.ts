import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { RedisServer } from '../harness/redis-server.js';
import { type Answer, type Name, OpsApp, TOKENS } from './ops-support.js';

const REASON = { reason: 'a test' };
let ops: OpsApp;
let copy: OpsApp;

beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket') });
  copy = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: {
      REDIS_KEY_PREFIX: ops.environment.redisKeyPrefix,
      ADMIN_TOKENS_FILE: ops.environment.adminTokensFile,
    },
  });
});
afterAll(() => Promise.all([ops.close(), copy.close()]));
beforeEach(() => ops.clear());

const signIn = (who: Name, headers: Record<string, string> = {}): Promise<Answer> =>
  ops.call('POST', '/api/v1/session', undefined, { token: TOKENS[who] }, headers);
const cookieOf = ({ headers }: Answer): string => (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const withCookie = (answer: Answer): Record<string, string> => ({ cookie: cookieOf(answer) });
const withBoth = (answer: Answer): Record<string, string> => ({
  ...withCookie(answer),
  'X-CSRF-Token': answer.body.csrf_token,
});

it.each(['viewer', 'operator', 'admin'] as const)('a session of a %s has its name and role', async (who) => {
  const session = await signIn(who);
  expect(session.status).toBe(200);
  expect(session.headers.get('set-cookie')).toMatch(
    /^permit_gate_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  expect(session.headers.get('cache-control')).toBe('no-store');
  const { body } = await ops.call('GET', '/api/v1/whoami', undefined, undefined, withCookie(session));
  expect(body).toMatchObject({ name: `the-${who}`, role: who, via: 'session', csrf_token: session.body.csrf_token });
  expect(body.expires_at_ms).toBeGreaterThan(Date.now() + 3_500_000);
  const needed = { viewer: 403, operator: 200, admin: 200 }[who];
  const held = await ops.call('PUT', '/api/v1/positions/BTCUSDT/hold', undefined, REASON, withBoth(session));
  expect(held.status).toBe(needed);
});

it('a token has no session', async () => {
  const { body } = await ops.call('GET', '/api/v1/whoami', 'viewer');
  expect(body).toEqual({ name: 'the-viewer', role: 'viewer', via: 'token', expires_at_ms: null, csrf_token: null });
});

it('beyond loopback the cookie is Secure', async () => {
  const http = await import('node:http');
  const cookie = await new Promise<string>((resolve, reject) => {
    const headers = { host: 'gate.example:8080', 'content-type': 'application/json' };
    const request = http.request(`${ops.url}/api/v1/session`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.headers['set-cookie']?.[0] ?? '');
    });
    request.on('error', reject).end(JSON.stringify({ token: TOKENS.viewer }));
  });
  expect(cookie).toMatch(/; Secure$/);
});

it.each([
  ['without it', undefined],
  ['with a wrong one', 'wrong'],
  ['with that of another session', 'other'],
])('a change by cookie needs the CSRF token: %s nothing is done', async (_, given) => {
  const session = await signIn('admin');
  const token = given === 'other' ? (await signIn('admin')).body.csrf_token : given;
  const headers = { ...withCookie(session), ...(token === undefined ? {} : { 'X-CSRF-Token': token }) };
  const { status, body } = await ops.call('PUT', '/api/v1/positions/BTCUSDT/hold', undefined, REASON, headers);
  expect(status).toBe(403);
  expect(body.type).toBe('urn:permit-gate:problem:csrf-token-missing');
  expect((await ops.call('GET', '/api/v1/positions/BTCUSDT', 'viewer')).body.hold).toBeNull();
});

it('a session is valid in every process, and ends in every process', async () => {
  const session = await signIn('operator');
  const asked = (): Promise<Answer> => copy.call('GET', '/api/v1/whoami', undefined, undefined, withCookie(session));
  expect((await asked()).body.name).toBe('the-operator');
  const ended = await ops.call('DELETE', '/api/v1/session', undefined, undefined, withBoth(session));
  expect(ended.body).toEqual({ ended: true });
  expect(ended.headers.get('set-cookie')).toContain('Max-Age=0');
  expect((await ops.call('GET', '/api/v1/whoami', undefined, undefined, withCookie(session))).status).toBe(401);
  const refused = await eventually(async () => {
    const answer = await asked();
    return answer.status === 401 ? answer : undefined;
  });
  expect(refused.body.detail).toBe('The session has ended, or the token that it stands for has. Sign in again.');
});

it('signing in and out is audited without the token', async () => {
  const session = await signIn('operator');
  await ops.call('DELETE', '/api/v1/session', undefined, undefined, withBoth(session));
  const { body } = await ops.call('GET', '/api/v1/audit?action=session.', 'viewer');
  expect(body.entries.map((entry: Record<string, unknown>) => [entry['action'], entry['actor']])).toEqual([
    ['session.end', 'the-operator'],
    ['session.begin', 'the-operator'],
  ]);
  expect(JSON.stringify(body)).not.toContain(TOKENS.operator);
});

describe('what is stored', () => {
  const stored = async (): Promise<[string, string]> => {
    const [key = ''] = await ops.redis.keys(`${ops.environment.redisKeyPrefix}api:session:*`);
    return [key, (await ops.redis.get(key)) ?? ''];
  };

  it('is neither the cookie nor the token nor its digest', async () => {
    const session = await signIn('admin');
    const found = (await stored()).join(' ');
    const secrets = [
      cookieOf(session).split('=')[1] ?? '',
      TOKENS.admin,
      createHash('sha256').update(TOKENS.admin).digest('hex'),
    ];
    for (const secret of [...secrets, session.body.csrf_token]) expect(found).not.toContain(secret);
    expect(await ops.redis.pttl((await stored())[0])).toBeGreaterThan(3_500_000);
  });

  it.each([
    ['the name of another token', (text: string) => text.replace('the-viewer', 'the-admin')],
    ['a name that no token has', (text: string) => text.replace('the-viewer', 'nobody')],
    ['a proof of its own', (text: string) => text.replace(/"proof":"\w{4}/, '"proof":"0000')],
    ['no JSON', () => 'no JSON'],
    ['another object', () => '{"name":1}'],
  ])('and who can only write to Redis makes no session of it: %s', async (_, forge) => {
    const session = await signIn('viewer');
    const [key, text] = await stored();
    await ops.redis.set(key, forge(text));
    const { status } = await copy.call('GET', '/api/v1/whoami', undefined, undefined, withCookie(session));
    expect(status).toBe(401);
  });
});

it('a session ends with its token, and has the role that the token has now', async () => {
  const file = `${ops.environment.adminTokensFile ?? ''}.changed`;
  const entry = (role: string, more: object = {}) => [
    { name: 'the-operator', role, sha256: createHash('sha256').update(TOKENS.operator).digest('hex'), ...more },
  ];
  writeFileSync(file, JSON.stringify(entry('operator')));
  const changing = await OpsApp.start({ socket: inject('redisSocket'), environment: { ADMIN_TOKENS_FILE: file } });
  try {
    const session = await changing.call('POST', '/api/v1/session', undefined, { token: TOKENS.operator });
    const who = (): Promise<Answer> =>
      changing.call('GET', '/api/v1/whoami', undefined, undefined, withCookie(session));
    expect((await who()).body.role).toBe('operator');
    writeFileSync(file, JSON.stringify(entry('viewer')));
    await eventually(async () => ((await who()).body.role === 'viewer' ? true : undefined));
    writeFileSync(file, JSON.stringify(entry('viewer', { revoked_at: '2026-01-01T00:00:00Z' })));
    await eventually(async () => ((await who()).status === 401 ? true : undefined));
  } finally {
    await changing.close();
    rmSync(file);
  }
});

it('a session that the process knows goes on while Redis is away, and a new one is refused as unavailable', async () => {
  const redis = await new RedisServer({}).start();
  const alone = await OpsApp.start({ socket: redis.socketPath });
  try {
    const session = await alone.call('POST', '/api/v1/session', undefined, { token: TOKENS.viewer });
    const unknown = { cookie: `permit_gate_session=${'a'.repeat(43)}` };
    const who = (headers: Record<string, string>): Promise<Answer> =>
      alone.call('GET', '/api/v1/whoami', undefined, undefined, headers);
    expect((await who(withCookie(session))).status).toBe(200);
    await redis.stop();
    const refused = await eventually(async () => {
      const answer = await who(unknown);
      return answer.status === 503 ? answer : undefined;
    });
    expect(refused.body.type).toBe('urn:permit-gate:problem:redis-unavailable');
    // Longer than the process takes its word for it.
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect((await who(withCookie(session))).body.name).toBe('the-viewer');
  } finally {
    await alone.close();
    await redis.stop();
  }
}, 20_000);

it('a wrong token is refused, named in no answer, and throttled', async () => {
  const other = await OpsApp.start({ socket: inject('redisSocket') });
  try {
    const wrong = (): Promise<Answer> => other.call('POST', '/api/v1/session', undefined, { token: 'wrong-token' });
    const first = await wrong();
    expect(first.status).toBe(401);
    expect(JSON.stringify(first.body)).not.toContain('wrong-token');
    for (let call = 0; call < 10; call += 1) await wrong();
    expect((await wrong()).status).toBe(429);
    // Nobody is locked out by the failures of others.
    expect((await other.call('POST', '/api/v1/session', undefined, { token: TOKENS.admin })).status).toBe(200);
  } finally {
    await other.close();
  }
});

it('no page but the documentation may have inline scripts or styles', async () => {
  const policy = async (path: string): Promise<string> =>
    (await ops.call('GET', path)).headers.get('content-security-policy') ?? '';
  for (const path of ['/', '/health/live', '/api/v1/status']) {
    expect(await policy(path)).toContain("default-src 'self'");
    expect(await policy(path)).not.toContain('unsafe');
  }
  expect(await policy('/docs')).toContain("style-src 'self' https: 'unsafe-inline'");
});
