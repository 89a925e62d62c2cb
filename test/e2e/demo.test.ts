import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { EVERY_POINT } from '../harness/points.js';
import { Program } from '../harness/program.js';

const DEMO = fileURLToPath(new URL('../demo/run.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'permit-gate-demo-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Its own temporary folder, so that what it leaves behind is seen. */
const start = (args: readonly string[], variables: Readonly<Record<string, string>> = {}): Program =>
  new Program(args, { TMPDIR: folder, ...variables }, folder, { main: DEMO });

describe('demo', () => {
  it('plays every scene as it must come out, and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await start(['--exit', '--json']).ended;
    expect(stderr).not.toContain('✗');
    const summary = JSON.parse(stdout) as {
      holds: boolean;
      scenes: { title: string; holds: boolean; facts: string[] }[];
    };
    expect(summary).toMatchObject({ holds: true });
    expect(summary.scenes).toHaveLength(7);
    const reported = summary.scenes.flatMap(({ facts }) => facts).join('\n');
    for (const word of [
      'EXECUTION SUCCESSFUL (executed=True)',
      'cooldown_in_flight',
      'reconcile_required_qty_mismatch',
      'burst_limit_exceeded',
      'AUTO_DISARM',
      'kill_switch_active',
      'permit_timeout, missing: Governor',
      'stale_exchange_state',
    ])
      expect(reported).toContain(word);
    expect(code).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.runIf(EVERY_POINT)('takes everything away when it is interrupted half way', async () => {
    const program = start(['--exit']);
    await program.until('it plays', () => program.stdout.includes('EXECUTE plan detected'), 90_000);
    const [testEnv = ''] = readdirSync(folder);
    const socket = join(folder, testEnv, 'redis', 'redis.sock');
    expect(existsSync(socket)).toBe(true);
    const { code } = await program.stop('SIGINT');
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what to install where there is no redis-server', async () => {
    const { code, stderr } = await start(['--exit'], { PATH: folder }).ended;
    expect(code).toBe(69);
    expect(stderr).toContain('apt-get install redis-server');
    expect(readdirSync(folder)).toEqual([]);
  });
});
