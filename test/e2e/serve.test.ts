import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Ended, Program } from '../harness/program.js';
import { TestDeployment } from '../harness/test-deployment.js';

describe('serve', () => {
  let deployment: TestDeployment | undefined;
  let running: TestDeployment;
  let first: Program;
  /** It waits for longer than the lease of a killed process lives, while the other tests run. */
  let second: Promise<Ended>;
  beforeAll(async () => {
    running = await TestDeployment.create();
    [first] = await running.serve();
    second = running.run(['serve'], running.variables);
  });
  afterEach(async () => {
    await deployment?.close();
    deployment = undefined;
  });
  afterAll(() => running.close());

  it('lists every fault of the configuration and exits 78 [C3]', async () => {
    deployment = await TestDeployment.create();
    const { code, stderr, stdout } = await deployment.run(['serve', '--roles=apply,cook'], {
      APPLY_MODE: 'prod',
      P33_POLL_SEC: 'abc',
      GOV_MAX_EXEC_PER_HOUR: '-1',
      P33_POLL_SECS: '5',
    });
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    for (const name of ['--roles', 'APPLY_MODE', 'P33_POLL_SEC', 'GOV_MAX_EXEC_PER_HOUR', 'P33_POLL_SECS'])
      expect(stderr).toContain(`\n  ${name}\n`);
  });

  it('ends with exit code 78 when its port is taken, and says so', async () => {
    deployment = await TestDeployment.create();
    const taken = { ...deployment.variables, HTTP_PORT: String(deployment.exchange.port) };
    const { code, stderr } = await deployment.run(['serve'], taken);
    expect(code).toBe(78);
    expect(stderr).toContain(`Nothing can be served at 127.0.0.1:${deployment.exchange.port} (EADDRINUSE)`);
  });

  it('refuses an account in hedge mode [O10]', async () => {
    deployment = await TestDeployment.create({ hedgeMode: true });
    const { code, stdout } = await deployment.run(['serve'], deployment.variables);
    expect(code).toBe(78);
    expect(stdout).toContain('the account is in hedge mode');
    expect(deployment.exchange.records().orders).toEqual([]);
  });

  it('refuses a key the exchange does not know, and one that may not trade [O12]', async () => {
    deployment = await TestDeployment.create();
    const wrong = await deployment.run(['serve'], { ...deployment.variables, BINANCE_TESTNET_API_SECRET: 'wrong' });
    expect(wrong.code).toBe(78);
    expect(wrong.stdout).toContain('the exchange refuses the API key');
    deployment.exchange.setCanTrade(false);
    const reading = await deployment.run(['serve'], deployment.variables);
    expect(reading.code).toBe(78);
    expect(reading.stdout).toContain('the API key may not trade');
  });

  it('refuses a key prefix that belongs to another account [R10]', async () => {
    const other = await running.run(['serve'], {
      ...running.variables,
      INSTANCE_ID: 'other',
      BINANCE_TESTNET_API_KEY: 'another-key',
    });
    expect(other.code).toBe(78);
    expect(other.stdout).toContain('the key prefix quantum: belongs to another account or mode (testnet)');
  });

  it('refuses a second live process with the same INSTANCE_ID [R10]', async () => {
    const { code, stdout } = await second;
    expect(code).toBe(78);
    expect(stdout).toContain('another live process uses INSTANCE_ID=e2e');
    expect(first.child.exitCode).toBeNull();
  });

  it('gets ready, and on SIGTERM closes within 10 s with exit code 0 [R8]', async () => {
    const startedMs = performance.now();
    const { code, stdout } = await first.stop('SIGTERM');
    expect(code).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    const last: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ msg: 'stopped', exit_code: 0 });
  });
});
