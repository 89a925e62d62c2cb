import { afterEach, describe, expect, it } from 'vitest';
import { Surroundings } from './support.js';

describe('serve', () => {
  let around: Surroundings;
  afterEach(() => around.close());

  it('lists every fault of the configuration and exits 78 [C3]', async () => {
    around = await Surroundings.create();
    const { code, stderr, stdout } = await around.run(['serve', '--roles=apply,cook'], {
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
    around = await Surroundings.create();
    const taken = { ...around.variables, HTTP_PORT: String(around.exchange.port) };
    const { code, stderr } = await around.run(['serve'], taken);
    expect(code).toBe(78);
    expect(stderr).toContain(`Nothing can be served at 127.0.0.1:${around.exchange.port} (EADDRINUSE)`);
  });

  it('gets ready, and on SIGTERM closes within 10 s with exit code 0 [R8]', async () => {
    around = await Surroundings.create();
    const [program] = await around.serve();
    const startedMs = performance.now();
    const { code, stdout } = await program.stop('SIGTERM');
    expect(code).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    const last: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ msg: 'stopped', exit_code: 0 });
  });

  it('refuses a second live process with the same INSTANCE_ID [R10]', async () => {
    around = await Surroundings.create();
    const [first] = await around.serve();
    const second = await around.run(['serve'], around.variables);
    expect(second.code).toBe(78);
    expect(second.stdout).toContain('another live process uses INSTANCE_ID=e2e');
    expect(first.child.exitCode).toBeNull();
  });

  it('refuses a key prefix that belongs to another account [R10]', async () => {
    around = await Surroundings.create();
    const [first] = await around.serve();
    await first.stop();
    const other = await around.run(['serve'], { ...around.variables, BINANCE_TESTNET_API_KEY: 'another-key' });
    expect(other.code).toBe(78);
    expect(other.stdout).toContain('the key prefix quantum: belongs to another account or mode (testnet)');
  });

  it('refuses an account in hedge mode [O10]', async () => {
    around = await Surroundings.create({ hedgeMode: true });
    const { code, stdout } = await around.run(['serve'], around.variables);
    expect(code).toBe(78);
    expect(stdout).toContain('the account is in hedge mode');
    expect(around.exchange.records().orders).toEqual([]);
  });

  it('refuses a key the exchange does not know, and one that may not trade [O12]', async () => {
    around = await Surroundings.create();
    const wrong = await around.run(['serve'], { ...around.variables, BINANCE_TESTNET_API_SECRET: 'wrong' });
    expect(wrong.code).toBe(78);
    expect(wrong.stdout).toContain('the exchange refuses the API key');
    around.exchange.setCanTrade(false);
    const reading = await around.run(['serve'], around.variables);
    expect(reading.code).toBe(78);
    expect(reading.stdout).toContain('the API key may not trade');
  });
});
