import { openSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ended, MAIN } from '../harness/program.js';
import { freePort } from '../harness/ports.js';
import { TestDeployment } from '../harness/test-deployment.js';

interface Proof {
  readonly holds: boolean;
  readonly plan_id: string;
  readonly lines: readonly { check: string; holds: boolean; text: string; read_from: readonly string[] }[];
}

const proofOf = ({ stdout }: Ended): Proof => JSON.parse(stdout) as Proof;

describe('proof', () => {
  let deployment: TestDeployment;
  afterEach(() => deployment.close());

  const prove = (args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    deployment.run(['proof', ...args], { REDIS_URL: deployment.variables['REDIS_URL'] ?? '', ...variables });

  it('prints the lines of a plan that was carried out, and exits 0', async () => {
    deployment = await TestDeployment.create();
    await deployment.serve();
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
    expect(deployment.exchange.records().orders).toHaveLength(1);
  });

  it('checks the log lines of the running processes too, and says where each line was read', async () => {
    deployment = await TestDeployment.create();
    const log = join(deployment.folder, 'gate.log');
    const file = openSync(log, 'a');
    const port = await freePort();
    const gate = spawn(process.execPath, [MAIN, 'serve'], {
      cwd: deployment.folder,
      env: { PATH: process.env['PATH'] ?? '', ...deployment.variables, HTTP_PORT: String(port), P33_COOLDOWN_SEC: '0' },
      stdio: ['ignore', file, file],
    });
    try {
      for (let tries = 0; tries < 400; tries += 1) {
        const ready = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
        if (ready?.ok === true) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const ended = await prove(['--submit', 'BTCUSDT', 'PARTIAL_75', '--log', log, '--json']);
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
      const empty = join(deployment.folder, 'empty.log');
      openSync(empty, 'a');
      const unlogged = await prove(['--submit', 'BTCUSDT', 'PARTIAL_75', '--log', empty, '--json']);
      expect(unlogged.code).toBe(1);
      expect(proofOf(unlogged).lines.at(-1)).toMatchObject({
        check: 'p33_decision',
        holds: false,
        text: expect.stringMatching(/: no such line in the log$/),
      });
    } finally {
      gate.kill('SIGKILL');
    }
  });

  it('exits 1 at the first line that does not hold: a denial, a missing issuer, a dry run', async () => {
    deployment = await TestDeployment.create();
    const [all] = await deployment.serve({ APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT', P33_COOLDOWN_SEC: '0' });
    const denied = await prove(['--submit', 'ETHUSDT', 'PARTIAL_75', '--json']);
    expect(denied.code).toBe(1);
    const broken = proofOf(denied).lines.at(-1);
    expect(broken).toMatchObject({ check: 'p33_permit', holds: false, text: expect.stringContaining('no_position') });
    await all.stop();

    const [half] = await deployment.serve({ ROLES: 'apply,position-brain' });
    const late = await prove(['--submit', 'BTCUSDT', 'PARTIAL_75']);
    expect(late.code).toBe(1);
    expect(late.stdout).toMatch(
      /✗ Governor permit EXISTS: no, the attempt ended permit_timeout \(missing: Governor\)\n$/,
    );
    await half.stop();

    await deployment.serve({ APPLY_MODE: 'dry_run' });
    const dry = await prove(['--submit', 'BTCUSDT', 'PARTIAL_75']);
    expect(dry.code).toBe(1);
    expect(dry.stdout).toMatch(/✗ EXECUTION SUCCESSFUL: no, executed=False/);
    expect(deployment.exchange.records().orders).toEqual([]);
  });

  it('creates nothing by itself, and says so when no plan comes', async () => {
    deployment = await TestDeployment.create();
    await deployment.serve();
    const waiting = await prove(['--timeout', '1']);
    expect(waiting).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('✗ EXECUTE plan detected: none within 1 s'),
    });
    expect(deployment.exchange.records().orders).toEqual([]);
  });

  it('submits through the HTTP interface where asked', async () => {
    deployment = await TestDeployment.create();
    const tokens = join(deployment.folder, 'tokens.json');
    const made = await deployment.run([
      'token',
      'create',
      '--name',
      'op',
      '--role',
      'operator',
      '--out',
      tokens,
      '--json',
    ]);
    const { token } = JSON.parse(made.stdout) as { token: string };
    const [, url] = await deployment.serve({ ADMIN_TOKENS_FILE: tokens });
    const submit = ['--submit', 'BTCUSDT', 'PARTIAL_75', '--via', 'api', '--url', url, '--json'];
    const ended = await prove(submit, { PERMIT_GATE_TOKEN: token });
    expect(ended.code).toBe(0);
    const trace = await deployment.run(['trace', proofOf(ended).plan_id, '--url', url], { PERMIT_GATE_TOKEN: token });
    expect(trace.code).toBe(0);
    for (const part of [
      'published',
      'waiting',
      'Governor ALLOW',
      'P3.3 ALLOW',
      'claimed after',
      'executed 0.007',
      'result FILLED',
    ])
      expect(trace.stdout).toContain(part);
    expect(trace.stdout).not.toContain('\u001B[');
    const nobody = await prove(submit, { PERMIT_GATE_TOKEN: 'wrong' });
    expect(nobody.code).toBe(78);
  });
});
