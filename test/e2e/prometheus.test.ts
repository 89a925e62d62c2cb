import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { Redis } from 'ioredis';
import { parse, stringify } from 'yaml';
import { ALERTS } from '../../scripts/docs/runbook/alerts.js';
import { ROWS } from '../../scripts/docs/runbook/dashboard.js';
import { restrictedTo } from '../../scripts/docs/runbook/metric-names.js';
import { ensurePrometheus } from '../../scripts/ensure-prometheus.mjs';
import { keysFor } from '../../src/redis/keys/keys.js';
import { eventually } from '../harness/eventually.js';
import { EVERY_POINT } from '../harness/points.js';
import { freePort } from '../harness/ports.js';
import { StrategyHash } from '../harness/strategy-hash.js';
import { TestDeployment } from '../harness/test-deployment.js';

const FILES = fileURLToPath(new URL('../../docker/prometheus/', import.meta.url));
const run = promisify(execFile);
const tools = ensurePrometheus();
const promtool = tools['promtool'] ?? '';
const folder = mkdtempSync(join(tmpdir(), 'permit-gate-prometheus-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Rules {
  readonly groups: readonly { readonly rules: { alert: string; expr: string }[] }[];
}

/** What `promtool test rules` says of the tests, with other rules in the place of ours. */
async function failuresWith(change: (rules: Rules) => void): Promise<string> {
  const rules = parse(readFileSync(join(FILES, 'alerts.yml'), 'utf8')) as Rules;
  change(rules);
  const copy = mkdtempSync(join(folder, 'rules-'));
  cpSync(join(FILES, 'alerts.test.yml'), join(copy, 'alerts.test.yml'));
  writeFileSync(join(copy, 'alerts.yml'), stringify(rules));
  const ended = await run(promtool, ['test', 'rules', 'alerts.test.yml'], { cwd: copy }).catch(
    (error: unknown) => error as { stdout: string; stderr: string },
  );
  return ended.stdout + ended.stderr;
}

describe('Prometheus', () => {
  it('takes the configuration and the rules, and Alertmanager takes its own', async () => {
    const { stdout } = await run(promtool, ['check', 'config', join(FILES, 'prometheus.yml')]);
    expect(stdout).toContain(`${ALERTS.length} rules found`);
    const checked = await run(tools['amtool'] ?? '', ['check-config', join(FILES, 'alertmanager.yml')]);
    expect(checked.stdout).toContain('SUCCESS');
  });

  it('fires each alert where it must and not where it must not', async () => {
    const { stdout } = await run(promtool, ['test', 'rules', 'alerts.test.yml'], { cwd: FILES });
    expect(stdout).toContain('SUCCESS');
  });

  it.runIf(EVERY_POINT)('notices a rule that never fires, and one that always does', async () => {
    const set = (expr: string) => (rules: Rules) => {
      for (const rule of rules.groups.flatMap(({ rules: all }) => all)) rule.expr = expr;
    };
    const failedIn = (text: string): string[] =>
      ALERTS.flatMap(({ name }) => (text.includes(`alertname=\\"${name}\\"`) ? [name] : []));
    const names = ALERTS.map(({ name }) => name);
    expect(failedIn(await failuresWith(set('vector(1) > 2')))).toEqual(names);
    expect(failedIn(await failuresWith(set('vector(1)')))).toEqual(names);
  });
});

/** What a gate that has just carried out a plan has no samples of. */
const QUIET = new Set([
  'Attempts after the first',
  'Proposals left out',
  'Unproven permits',
  'Faults',
  'Governor: blocks by reason',
  'Position Brain: denials by reason',
]);

describe.runIf(EVERY_POINT)('a Prometheus that watches a gate', () => {
  it('answers every query of the dashboard, and no alert fires on a gate that works', async () => {
    const deployment = await TestDeployment.create();
    onTestFinished(() => deployment.close());
    const [, url] = await deployment.serve();
    const port = await freePort();
    const config = parse(readFileSync(join(FILES, 'prometheus.yml'), 'utf8')) as Record<string, unknown>;
    const target = [{ targets: [new URL(url).host] }];
    const own = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(FILES, 'alerts.yml')],
      scrape_configs: [{ job_name: 'permit-gate', static_configs: target }],
    };
    expect(Object.keys(config)).toEqual(expect.arrayContaining(Object.keys(own)));
    writeFileSync(join(folder, 'prometheus.yml'), stringify(own));
    const prometheus = spawn(
      tools['prometheus'] ?? '',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    onTestFinished(() => void prometheus.kill());
    const api = `http://127.0.0.1:${port}/api/v1`;
    const ask = async (path: string): Promise<{ status: string; data: { result: unknown[]; alerts: unknown[] } }> =>
      (await (await fetch(`${api}/${path}`)).json()) as never;
    const query = (text: string): ReturnType<typeof ask> => ask(`query?query=${encodeURIComponent(text)}`);
    const redis = new Redis({ path: deployment.redis.socketPath });
    await new StrategyHash(redis, keysFor('quantum:')).say('BTCUSDT', 'PARTIAL_25').finally(() => redis.disconnect());
    const { code, stdout } = await deployment.run(['proof', '--submit', 'BTCUSDT', 'PARTIAL_50'], {
      ...deployment.variables,
      HTTP_PORT: new URL(url).port,
    });
    expect([code, stdout]).toEqual([0, expect.stringContaining('EXECUTION SUCCESSFUL') as string]);
    await eventually(
      async () =>
        ((await query('increase(plan_results_total[20s])').catch(() => undefined))?.data.result.length ?? 0) > 0 ||
        undefined,
      60_000,
    );
    for (const { title, queries } of ROWS.flatMap(({ panels }) => panels)) {
      for (const text of Object.values(queries)) {
        const asked = restrictedTo('job=~".*"', text).replaceAll('$__rate_interval', '20s');
        const { status, data } = await query(asked);
        expect(status, asked).toBe('success');
        const mayBeEmpty = QUIET.has(title) || /exchange_address|> 0/.test(text);
        expect(data.result.length, `${title}: ${asked}`).toBeGreaterThanOrEqual(mayBeEmpty ? 0 : 1);
      }
    }
    const { data } = await ask('alerts');
    expect(data.alerts).toEqual([]);
  }, 180_000);
});
