import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdminToken } from '../harness/admin-token.js';
import { gateApi } from '../../src/client/api.js';
import { ChildProcesses } from '../harness/child-processes.js';
import { eventually } from '../harness/eventually.js';
import { startGate } from '../harness/gate-process.js';
import { sameMarks, writeListing } from '../harness/listing.js';
import type { Ended } from '../harness/program.js';
import { EVERY_POINT } from '../harness/points.js';
import { TestDeployment } from '../harness/test-deployment.js';

interface Proof {
  readonly holds: boolean;
  readonly plan_id: string;
  readonly lines: readonly { check: string; holds: boolean; text: string; read_from: readonly string[] }[];
}

const proofOf = ({ stdout }: Ended): Proof => JSON.parse(stdout) as Proof;

/** One for each test; the second has no position. */
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'LOGUSDT', 'APIUSDT', 'OWNUSDT'] as const;

describe('proof', () => {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-proof-'));
  const log = join(folder, 'gate.log');
  const processes = new ChildProcesses();
  let deployment: TestDeployment;
  let url: string;
  let token: string;

  beforeAll(async () => {
    const positions = { BTCUSDT: '0.010', LOGUSDT: '0.010', APIUSDT: '0.010', OWNUSDT: '0.010' };
    const exchangeInfoFile = writeListing(folder, SYMBOLS);
    deployment = await TestDeployment.create({ exchangeInfoFile, marks: sameMarks(SYMBOLS, '60000'), positions });
    const admin = createAdminToken(folder, 'op');
    token = admin.token;
    const variables = {
      ...deployment.variables,
      APPLY_ALLOWLIST: SYMBOLS.join(','),
      P33_COOLDOWN_SEC: '0',
      ADMIN_TOKENS_FILE: admin.tokensFile,
    };
    ({ url } = await startGate(variables, folder, { logFile: log, processes }));
  });
  afterAll(async () => {
    await processes.killAll();
    await deployment.close();
    rmSync(folder, { recursive: true });
  });

  const prove = (
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
    on: TestDeployment = deployment,
  ): Promise<Ended> => on.run(['proof', ...args], { REDIS_URL: on.variables['REDIS_URL'] ?? '', ...variables });

  it('creates nothing by itself, and says so when no plan comes', async () => {
    const waiting = await prove(['--timeout', '1']);
    expect(waiting).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('✗ EXECUTE plan detected: none within 1 s'),
    });
    expect(deployment.exchange.records().orders).toEqual([]);
  });

  it('prints the lines of a plan that was carried out, and exits 0', async () => {
    const { code, stdout } = await prove(['--submit', 'BTCUSDT', 'PARTIAL_75']);
    expect(stdout).toMatch(
      new RegExp(
        [
          '^✓ EXECUTE plan detected: ([0-9a-f]{16})',
          '✓ Governor permit EXISTS \\(TTL: (60|59)s\\)',
          '✓ P3\\.3 permit EXISTS \\(TTL: (60|59)s\\)',
          '✓ P3\\.3 logged permit decision: ALLOW plan \\1 \\(safe_qty=0\\.007, exchange_amt=0\\.01\\)',
          '✓ Apply Layer execution log: permits ready after \\d+ms \\(Governor \\+ P3\\.3\\)',
          '✓✓✓ EXECUTION SUCCESSFUL \\(executed=True\\)\\n$',
        ].join('\\n'),
      ),
    );
    expect(code).toBe(0);
    expect(deployment.exchange.records().orders.filter(({ symbol }) => symbol === 'BTCUSDT')).toHaveLength(1);
  });

  it('checks the log lines of the running processes too, and says where each line was read', async () => {
    const submit = ['--submit', 'LOGUSDT', 'PARTIAL_75'];
    const ended = await prove([...submit, '--log', log, '--json']);
    const { holds, lines } = proofOf(ended);
    expect(ended.code).toBe(0);
    expect(holds).toBe(true);
    const places = lines.map(({ check, read_from: readFrom }) => [check, readFrom.at(-1)]);
    expect(places).toEqual([
      ['plan', 'plan stream'],
      ['governor_permit', expect.stringMatching(/^permit (key|event)$/)],
      ['p33_permit', expect.stringMatching(/^permit (key|event)$/)],
      ['p33_decision', 'log'],
      ['permit_wait', 'log'],
      ['execution', 'result stream'],
    ]);
    const empty = join(folder, 'empty.log');
    writeFileSync(empty, '');
    const unlogged = await prove([...submit, '--log', empty, '--json']);
    expect(unlogged.code).toBe(1);
    expect(proofOf(unlogged).lines.at(-1)).toMatchObject({
      check: 'p33_decision',
      holds: false,
      text: expect.stringMatching(/: no such line in the log$/),
    });
  });

  it('a client that is generated from the OpenAPI document drives a whole plan', async () => {
    const api = gateApi({ url, token });
    const nowSec = Date.now() / 1_000;
    const submitted = await api.POST('/api/v1/proposals', {
      body: {
        symbol: 'OWNUSDT',
        harvest_action: 'FULL_CLOSE_PROPOSED',
        kill_score: 0.4,
        computed_at_utc: new Date(nowSec * 1_000).toISOString(),
        last_update_epoch: nowSec,
      },
      headers: { 'Idempotency-Key': 'a-whole-plan' },
    });
    expect(submitted.error).toBeUndefined();
    const planId = submitted.data?.plan_id ?? '';
    const filled = await eventually(async () => {
      const { data } = await api.GET('/api/v1/plans/{planId}', { params: { path: { planId } } });
      return data?.result == null ? undefined : data;
    });
    expect(filled).toMatchObject({
      state: 'FILLED',
      verdicts: { governor: { verdict: 'allow' }, p33: { verdict: 'allow' } },
    });
    expect(String(filled.order?.executed_qty)).toBe('0.01');
    const { data: listed } = await api.GET('/api/v1/plans', {
      params: { query: { symbol: 'OWNUSDT', state: ['FILLED', 'PARTLY_FILLED'] } },
    });
    expect(listed?.plans.map(({ plan_id }) => plan_id)).toEqual([planId]);
    const flat = await eventually(async () => {
      const { data } = await api.GET('/api/v1/positions/{symbol}', { params: { path: { symbol: 'OWNUSDT' } } });
      return data?.drift?.agrees === true && data.snapshot?.position_amt === '0' ? data : undefined;
    });
    expect(flat.ledger.last_known_amt).toBe('0');
    const refused = await api.GET('/api/v1/positions/{symbol}', { params: { path: { symbol: 'NOSUCHUSDT' } } });
    expect(refused.error).toMatchObject({ type: 'urn:permit-gate:problem:symbol-unknown', status: 404 });
  });

  it('exits 1 at the first line that does not hold: a denial', async () => {
    const denied = await prove(['--submit', 'ETHUSDT', 'PARTIAL_75', '--json']);
    expect(denied.code).toBe(1);
    const broken = proofOf(denied).lines.at(-1);
    expect(broken).toMatchObject({ check: 'p33_permit', holds: false, text: expect.stringContaining('no_position') });
  });

  it('submits through the HTTP interface where asked', async () => {
    const submit = ['--submit', 'APIUSDT', 'PARTIAL_75', '--via', 'api', '--url', url, '--json'];
    const ended = await prove(submit, { PERMIT_GATE_TOKEN: token });
    expect(ended.code).toBe(0);
    const trace = await deployment.run(['trace', proofOf(ended).plan_id, '--url', url], { PERMIT_GATE_TOKEN: token });
    expect(trace.code).toBe(0);
    for (const part of [
      'published',
      'waiting',
      'Governor: yes, up to 0.0075.',
      'Position Brain: yes, up to 0.007.',
      'claimed after',
      'executed 0.007',
      'result FILLED',
    ])
      expect(trace.stdout).toContain(part);
    expect(trace.stdout).not.toContain('\u001B[');
    const nobody = await prove(submit, { PERMIT_GATE_TOKEN: 'wrong' });
    expect(nobody.code).toBe(78);
  });

  it.runIf(EVERY_POINT)(
    'exits 1 at the first line that does not hold: a dry run; and follows an attempt that is due',
    async () => {
      const other = await TestDeployment.create();
      try {
        const [dryRun] = await other.serve({ APPLY_MODE: 'dry_run' });
        const dry = await prove(['--submit', 'BTCUSDT', 'PARTIAL_75'], {}, other);
        expect(dry.code).toBe(1);
        expect(dry.stdout).toMatch(/✗ EXECUTION SUCCESSFUL: no, executed=False/);
        expect(other.exchange.records().orders).toEqual([]);
        await dryRun.stop();

        const window = { APPLY_PERMIT_WAIT_MS: '1000' };
        await other.serve({ ...window, ROLES: 'apply,position-brain' });
        // The next attempt is that of the same plan, and the lines speak of it.
        const env = { REDIS_URL: other.variables['REDIS_URL'] ?? '' };
        const proving = other.start(['proof', '--submit', 'BTCUSDT', 'PARTIAL_50'], env);
        await eventually(() => proving.stdout.includes('· Governor'), 20_000);
        await other.serve({ ...window, ROLES: 'governor', INSTANCE_ID: 'late' });
        const followed = await proving.ended;
        expect(followed, followed.stdout).toMatchObject({ code: 0 });
        const missing = String.raw`Governor permit EXISTS: no, the attempt ended permit_timeout \(missing: Governor\)`;
        expect(followed.stdout).toMatch(new RegExp(`\n· ${missing}; attempt 2 is due in \\d+ s\n`));
        expect(followed.stdout).toMatch(/\n✓ EXECUTE plan detected: [0-9a-f]{16} \(attempt \d\)\n/);
        expect(followed.stdout).toMatch(/✓✓✓ EXECUTION SUCCESSFUL \(executed=True\)\n$/);
        expect(other.exchange.records().orders).toHaveLength(1);
      } finally {
        await other.close();
      }
    },
  );
});
