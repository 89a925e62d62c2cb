import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysFor } from '../../src/redis/keys/keys.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { TEST_ADMIN, writeUsersFile } from '../harness/users-file.js';
import { freePort } from '../harness/ports.js';
import type { Program } from '../harness/program.js';
import { TestDeployment } from '../harness/test-deployment.js';

const ROLES = ['apply', 'position-brain', 'governor'] as const;
const EXCHANGE_KEY = /^BINANCE_/;
const TOKEN = 'the-admin-token';
const auditKey = (role: string): string => `audit-key-of-${role}`.padEnd(40, '.');

describe('three roles in three processes, each with its own Redis user', () => {
  const keys = keysFor('quantum:');
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-users-'));
  let deployment: TestDeployment;
  let redis: Redis;
  let programs: Program[];
  const urls = new Map<string, string>();

  beforeAll(async () => {
    const users = join(folder, 'users.acl');
    writeUsersFile(users);
    const tokens = join(folder, 'tokens.json');
    const sha256 = createHash('sha256').update(TOKEN).digest('hex');
    writeFileSync(tokens, JSON.stringify([{ name: 'admin', role: 'admin', sha256 }]), { mode: 0o600 });
    deployment = await TestDeployment.create({}, { config: ['--appendonly', 'yes', '--aclfile', users] });
    redis = new Redis({ path: deployment.redis.socketPath, username: TEST_ADMIN, password: TEST_ADMIN });
    const withoutKeys = Object.entries(deployment.variables).filter(([name]) => !EXCHANGE_KEY.test(name));
    const operators = {
      REDIS_OPERATOR_USERNAME: 'permit-gate-operator',
      REDIS_OPERATOR_PASSWORD: 'permit-gate-operator',
    };
    programs = await Promise.all(
      ROLES.map(async (role) => {
        const port = String(await freePort());
        urls.set(role, `http://127.0.0.1:${port}`);
        return deployment.start(['serve', `--roles=${role}`], {
          ...(role === 'governor' ? Object.fromEntries(withoutKeys) : deployment.variables),
          ...(role === 'apply' ? operators : {}),
          HTTP_PORT: port,
          ADMIN_TOKENS_FILE: tokens,
          REDIS_USERNAME: `permit-gate-${role}`,
          REDIS_PASSWORD: `permit-gate-${role}`,
          AUDIT_KEY: auditKey(role),
          INSTANCE_ID: `${role}-1`,
        });
      }),
    );
    await Promise.all(
      programs.map((program) =>
        program.until('running', () => program.stdout.includes('"permit-gate running"'), 90_000),
      ),
    );
  }, 100_000);

  afterAll(async () => {
    redis.disconnect();
    await deployment.close();
    rmSync(folder, { recursive: true });
  });

  async function call(
    role: string,
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; text: string }> {
    const response = await fetch(`${urls.get(role)}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }

  it('carry out a proposal together, the Governor without exchange keys', async () => {
    await redis.hset(keys.proposal('BTCUSDT'), proposalFields('PARTIAL_75'));
    const ledger = async (): Promise<string | undefined> =>
      (await redis.hget(keys.ledger('BTCUSDT'), 'last_executed_qty')) === '0.007' ? 'followed' : undefined;
    await eventually(ledger, 20_000, () => programs.map(({ stdout }) => stdout.slice(-2_000)));
    expect(deployment.exchange.records().orders).toMatchObject([
      { symbol: 'BTCUSDT', reduceOnly: true, status: 'FILLED' },
    ]);
    // The exchange's push may move the ledger before its answer reaches Apply: the result is waited for by itself.
    const results = await eventually(async () => {
      const entries = await redis.xrange(keys.resultStream(), '-', '+');
      return entries.length > 0 ? entries : undefined;
    });
    expect(results.map(([, fields]) => fields[fields.indexOf('executed') + 1])).toEqual(['True']);
  });

  it.each(ROLES)('%s shows everything that its interface has to show, and is ready', async (role) => {
    const [plan = ''] = await redis.zrange(keys.planIndex(), '0', '0');
    const paths = ['/status', '/plans', `/plans/${plan}`, '/positions', '/positions/BTCUSDT', '/limits', '/streams'];
    for (const path of [...paths, '/audit', '/kill-switch', '/config']) {
      const { status, text } = await call(role, 'GET', path);
      expect([path, status], text).toEqual([path, 200]);
    }
    expect((await fetch(`${urls.get(role)}/metrics`)).status).toBe(200);
    expect((await fetch(`${urls.get(role)}/health/ready`)).status).toBe(200);
  });

  it('take operators’ calls where the operators’ connection is, and say so elsewhere', async () => {
    const reason = 'a drill';
    expect(await call('apply', 'PUT', '/kill-switch', { engaged: true, reason })).toMatchObject({ status: 200 });
    for (const role of ['governor', 'position-brain']) {
      const { status, text } = await call(role, 'PUT', '/kill-switch', { engaged: false, reason });
      expect([role, status]).toEqual([role, 503]);
      expect(text).toContain('REDIS_OPERATOR_USERNAME');
    }
    expect(JSON.parse((await redis.get(keys.killSwitch())) ?? '{}')).toMatchObject({ engaged: true });
    const calls = [
      ['PUT', '/kill-switch', { engaged: false, reason }],
      ['POST', '/disarm', { reason }],
      ['POST', '/arm', { reason }],
      ['PUT', '/positions/BTCUSDT/hold', { reason }],
      ['DELETE', '/positions/BTCUSDT/hold', { reason }],
      ['POST', '/positions/BTCUSDT/reconcile', { expected_exchange_amt: '0.003', reason }],
    ] as const;
    for (const [method, path, body] of calls) {
      const { status, text } = await call('apply', method, path, body);
      expect([method, path, status], text).toEqual([method, path, 200]);
    }
  });

  it('met no refusal of Redis but for initial control state, which those two may not write', async () => {
    const log = (await redis.call('ACL', 'LOG', '128')) as unknown[][];
    const entries = log.map((flat) => Object.fromEntries(flat.map((value, at) => [String(value), flat[at + 1]])));
    const refused = entries.map(({ username, object }) => `${String(username)} ${String(object)}`);
    expect(
      refused.filter(
        (each) =>
          !/^permit-gate-(governor|position-brain) (eval(sha)?|quantum:control:.*|quantum:meta:account)$/.test(each),
      ),
    ).toEqual([]);
  });

  it('keep a chain of the audit each, which the command line lists and proves with all keys', async () => {
    const keyFile = join(folder, 'all.keys');
    writeFileSync(keyFile, ROLES.map(auditKey).join('\n'));
    const access = { PERMIT_GATE_URL: urls.get('governor') ?? '', PERMIT_GATE_TOKEN: TOKEN };
    const run = (...args: string[]): ReturnType<TestDeployment['run']> => deployment.run(['audit', ...args], access);
    const verified = await run('verify', '--key-file', keyFile);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/The audit is whole\./) });
    // A name that is too long for the table is cut in its middle; with --json it is whole.
    for (const role of ROLES) expect(verified.stdout).toMatch(new RegExp(`^${role}[:…].*-1 .* proven +whole`, 'm'));
    const listed = await run('list', '--action', 'process.start');
    expect(listed.stdout.split('\n').filter((line) => line.includes('process.start'))).toHaveLength(3);
    const released = await run('list', '--action', 'kill_switch.release', '--json');
    expect(JSON.parse(released.stdout).entries[0]).toMatchObject({
      actor: 'admin',
      before: { engaged: true, reason: 'a drill' },
      after: { engaged: false },
      chain: 'apply:apply-1',
    });
    await redis.xadd(keys.auditGovernor('governor-1'), '*', 'not', 'ours');
    expect(await run('verify')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/governor:governor-1 foreign/),
    });
  });

  it('stop on SIGTERM within 10 s, exit code 0, no error in the log [R8]', async () => {
    const startedMs = performance.now();
    const ended = await Promise.all(programs.map((program) => program.stop('SIGTERM')));
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    const errors = ended
      .flatMap(({ stdout }) => stdout.split('\n'))
      .filter((line) => /"level":"(error|fatal)"/.test(line));
    // The refused operators' calls are logged.
    const expected = /PUT \/api\/v1\/kill-switch failed|the audit was changed by somebody else/;
    expect(errors.filter((line) => !expected.test(line))).toEqual([]);
    for (const stream of [keys.auditApply('apply-1'), keys.auditGovernor('governor-1')])
      expect((await redis.xrevrange(stream, '+', '-', 'COUNT', 1))[0]?.[1].join(' ')).toContain('process.stop');
  });
});
