import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { run } from '../../src/cli/run.js';
import { Decimal } from '../../src/flow/0-decimal.js';
import { PositionStore } from '../../src/redis/stores/position-store.js';
import { letTrade } from '../harness/control.js';
import { OpsApp, redisNowMs, TOKENS } from './ops-support.js';

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: { APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT', GOV_PERMIT_TTL: '61' },
  });
});
afterAll(() => ops.close());
beforeEach(async () => {
  await ops.clear();
  await letTrade(ops.redis, ops.keys);
  vi.stubEnv('PERMIT_GATE_TOKEN', TOKENS.admin);
  vi.stubEnv('PERMIT_GATE_URL', ops.url);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One command line in this process. */
async function gate(...args: string[]): Promise<Ran> {
  let [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  try {
    return { code: await run(['node', 'permit-gate', ...args]), out, err };
  } finally {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  }
}
const read = async (symbol: string, amount: string): Promise<void> => {
  await ops.app.get(PositionStore).recordSnapshot({
    symbol,
    tsMs: await redisNowMs(ops),
    amount: new Decimal(amount),
    entryPrice: new Decimal(1),
    markPrice: new Decimal(1),
    unrealizedPnl: new Decimal(0),
    leverage: '5',
    source: 'rest',
    restingReduceQty: new Decimal(0),
  });
};
const WHY = ['--reason', 'a drill'];

describe('the commands of an operator', () => {
  it('hold and lift, suspend and allow a symbol, in words or as the answer', async () => {
    expect(await gate('hold', 'btcusdt', ...WHY)).toEqual({ code: 0, out: 'BTCUSDT is on hold.\n', err: '' });
    expect((await gate('unhold', 'BTCUSDT', ...WHY)).out).toBe('The hold of BTCUSDT is lifted.\n');
    expect(await gate('unhold', 'BTCUSDT', ...WHY)).toMatchObject({ code: 1, err: expect.stringContaining('(404)') });
    expect((await gate('suspend', 'btcusdt', ...WHY)).out).toBe(
      'BTCUSDT is suspended: no further order of it is sent.\n',
    );
    expect((await gate('suspend', 'BTCUSDT', '--reason', 'again')).out).toMatch(
      /^BTCUSDT was suspended already, by the-admin since .*Z: a drill\.\n$/,
    );
    expect((await gate('why', 'BTCUSDT')).out).toContain('$ permit-gate allow BTCUSDT');
    expect(JSON.parse((await gate('allow', 'BTCUSDT', ...WHY, '--json')).out)).toMatchObject({ allowed: true });
    expect((await gate('allow', 'BTCUSDT', ...WHY)).out).toBe('BTCUSDT was not suspended.\n');
    expect((await gate('suspend', 'BTCUSDT')).code).toBe(2);
  });

  it('close what was seen, or what is read now once somebody is sure of it', async () => {
    await read('BTCUSDT', '0.5');
    const asked = await gate('close', 'BTCUSDT', '--all', ...WHY);
    expect(asked).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Give --expected 0.5, or --yes') });
    expect(ops.context.submitted).toEqual([]);
    expect((await gate('close', 'BTCUSDT', '--pct', '50', '--expected', '0.4', ...WHY)).code).toBe(1);
    const closed = await gate('close', 'BTCUSDT', '--pct', '50', '--yes', ...WHY);
    expect(closed).toMatchObject({ code: 0, out: expect.stringMatching(/^Plan a{16} of BTCUSDT, 50 % of 0\.5\.\n/) });
    expect(ops.context.submitted).toMatchObject([{ symbol: 'BTCUSDT', fields: { close_pct: '50' } }]);
    for (const wrong of [[], ['--pct', '50', '--all'], ['--pct', '0'], ['--pct', '101']])
      expect((await gate('close', 'BTCUSDT', ...wrong, '--yes', ...WHY)).code, wrong.join(' ')).toBe(2);
  });

  it('flatten lists each symbol, and ends with 1 where one could not be proposed', async () => {
    await read('BTCUSDT', '0.5');
    const { code, out } = await gate('flatten', ...WHY);
    expect(code).toBe(1);
    expect(out).toMatch(/BTCUSDT +0\.5 +published +a{16}/);
    expect(out).toContain('ETHUSDT: The exchange amount of ETHUSDT was not read yet.');
    await read('ETHUSDT', '0');
    expect((await gate('flatten', ...WHY)).code).toBe(0);
  });

  it('skip a backlog, and refuse a retry with the reason', async () => {
    await ops.redis.xgroup('CREATE', ops.keys.planStream(), 'governor', '$', 'MKSTREAM');
    const id = await ops.redis.xadd(ops.keys.planStream(), '*', 'decision', 'SKIP');
    expect((await gate('streams', 'skip', 'apply.plan', 'governor', '--to', 'latest', ...WHY)).out).toBe(
      `The group governor goes on after ${id}: 1 entries are left unread, 0 that it had read are acknowledged.\n`,
    );
    const retried = await gate('retry', 'aaaaaaaaaaaaaaaa', ...WHY);
    expect(retried).toMatchObject({ code: 1, err: expect.stringContaining('There is no such plan (404)') });
  });

  it('show the configuration by group, with what is not the default marked', async () => {
    const { out } = await gate('config');
    expect(out).toMatch(/^Process\n/);
    expect(out).toMatch(/\n\* GOV_PERMIT_TTL +61\n/);
    expect(out).toMatch(/\n {2}P33_PERMIT_TTL +60\n/);
    expect(out).toMatch(/\n {2}BINANCE_API_SECRET +\[not set\]\n/);
  });

  it('show permits and how often the issuers said no', async () => {
    const { redis, keys } = ops;
    const denial = { allow: false, symbol: 'BTCUSDT', reason: 'no_position', issuer: 'p33' };
    const event = { plan_id: 'aaaaaaaaaaaaaaaa', attempt: '1', issuer: 'p33', verdict: 'deny' };
    await redis.set(keys.positionPermit('aaaaaaaaaaaaaaaa'), JSON.stringify(denial), 'PX', 60_000);
    await redis.xadd(keys.permitEvents(), '*', ...Object.entries(event).flat(), 'permit', JSON.stringify(denial));
    expect((await gate('permits', 'aaaaaaaaaaaaaaaa')).out).toMatch(
      /\nPosition Brain: no \(no_position\): the exchange says the symbol is flat\. It lives \d+ s more\. Issued by p33\.\n$/,
    );
    const { out } = await gate('ratio', '--symbol', 'btcusdt');
    expect(out).toMatch(/^0 yes, 1 no \(0\.0 % yes\) since /);
    expect(out).toMatch(/\nBTCUSDT +p33 +deny +1 +no_position\n$/);
  });

  it('kill says who had engaged the switch before', async () => {
    expect((await gate('kill', '--reason', 'first')).out).toContain('The kill switch is engaged: no further order');
    const again = await gate('kill', '--reason', 'second');
    expect(again).toMatchObject({
      code: 0,
      out: expect.stringMatching(/engaged already, by the-admin since .*Z: first\. No further order is sent\.\n$/),
    });
  });

  it('print tables of at most 80 columns', async () => {
    await read('BTCUSDT', '0.5');
    for (const args of [['flatten', ...WHY], ['ratio']])
      for (const line of (await gate(...args)).out.split('\n').filter((each) => !each.includes(': ')))
        expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

describe('the deployment that a command asks', () => {
  const url = (): URL => new URL(ops.url);
  it.each([
    ['its host and port', { HTTP_HOST: '127.0.0.1' }],
    ['every address: loopback', { HTTP_HOST: '0.0.0.0' }],
    ['no host: loopback', { HTTP_HOST: '' }],
  ])('is found by %s', async (_what, env) => {
    vi.stubEnv('PERMIT_GATE_URL', '');
    vi.stubEnv('HTTP_PORT', url().port);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(await gate('hold', 'BTCUSDT', ...WHY)).toMatchObject({ code: 0 });
  });

  it('is the one of --url, then of PERMIT_GATE_URL, before that of its host and port', async () => {
    vi.stubEnv('HTTP_PORT', '1');
    expect((await gate('hold', 'BTCUSDT', ...WHY)).code).toBe(0);
    vi.stubEnv('PERMIT_GATE_URL', 'http://127.0.0.1:2');
    expect((await gate('hold', 'BTCUSDT', ...WHY, '--url', ops.url)).code).toBe(0);
    expect((await gate('hold', 'BTCUSDT', ...WHY)).err).toContain('http://127.0.0.1:2');
    vi.stubEnv('PERMIT_GATE_URL', '');
    vi.stubEnv('HTTP_HOST', '::');
    expect((await gate('hold', 'BTCUSDT', ...WHY)).err).toContain('http://[::1]:1');
    expect((await gate('kill', ...WHY)).out).toContain('http://[::1]:1');
  });
});
