import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../harness/ports.js';
import type { Ended } from '../harness/program.js';
import { TestDeployment } from '../harness/test-deployment.js';

let deployment: TestDeployment;
let redis: Redis;
let api: Record<string, string>;
beforeAll(async () => {
  deployment = await TestDeployment.create();
  const tokens = join(deployment.folder, 'tokens.json');
  const made = await deployment.run([
    'token',
    'create',
    '--name',
    'boss',
    '--role',
    'admin',
    '--out',
    tokens,
    '--json',
  ]);
  const [, url] = await deployment.serve({ ADMIN_TOKENS_FILE: tokens });
  api = { PERMIT_GATE_URL: url, PERMIT_GATE_TOKEN: (JSON.parse(made.stdout) as { token: string }).token };
  redis = new Redis({ path: deployment.redis.socketPath });
});
afterAll(async () => {
  redis.disconnect();
  await deployment.close();
});

const run = (...args: string[]): Promise<Ended> => deployment.run(args, api);

async function deadLetters(): Promise<Record<string, unknown>[]> {
  const { stdout } = await run('dead-letters', '--json');
  return (JSON.parse(stdout) as { dead_letters: Record<string, unknown>[] }).dead_letters;
}

describe('the command line', () => {
  it('stops everything by any address that answers, and says what each answered [C9]', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    const kill = (...args: string[]): Promise<Ended> =>
      deployment.run(['kill', '--reason', 'a drill', ...args], { ...api, PERMIT_GATE_URLS: `${dead},nowhere` });
    const { code, stdout } = await kill();
    expect(code).toBe(0);
    expect(stdout).toContain(`${api['PERMIT_GATE_URL']}: The kill switch is engaged: no further order is sent.`);
    expect(stdout).toContain(`${dead}: no answer: `);
    expect(JSON.parse((await kill('--json')).stdout)).toMatchObject({
      confirmed: true,
      answers: [{ status: 200, confirmed: true }, { url: dead, status: 0, confirmed: false }, { url: 'nowhere' }],
    });
    expect(await run('release', '--reason', 'a drill')).toMatchObject({ code: 0 });
  });

  it('says why a symbol does not trade, and exits 1 until nothing is in the way', async () => {
    const epoch = Math.floor(Date.now() / 1_000);
    const asked = { source: 'stream', action: 'PARTIAL_75', close_pct: '', proposal_id: 'w', epoch, generation: 1 };
    await redis.hset('quantum:apply:standing:BTCUSDT', asked);
    await run('kill', '--reason', 'wrong prices');
    await run('disarm', '--reason', 'a drill');
    const { code, stdout } = await run('why', 'btcusdt');
    expect({ code, lines: stdout.split('\n').filter((line) => line.length > 80) }).toEqual({ code: 1, lines: [] });
    const [first, ...items] = stdout.split('\n\n');
    expect(first).toBe('BTCUSDT does not trade: 2 things are in the way.');
    expect(items[0]?.replaceAll(/\s+/g, ' ')).toMatch(
      /^1\. The kill switch is engaged by boss since \S+ \S+ UTC: wrong prices\. \$ permit-gate release --reason "…"$/,
    );
    expect(items[1]?.replaceAll(/\s+/g, ' ')).toMatch(
      /^2\. The system is disarmed by boss since .*: a drill\. Plans are dry runs\./,
    );
    const positions = (await run('positions')).stdout;
    expect(positions).toMatch(/^BTCUSDT .*\n  in the way: kill switch engaged, disarmed$/m);
    expect(positions).toContain('2. The system is disarmed by boss');
    await run('release', '--reason', 'over');
    await run('arm', '--reason', 'over');
    await redis.hset('quantum:apply:standing:BTCUSDT', { epoch: Math.floor(Date.now() / 1_000) });
    const free = { code: 0, stdout: 'BTCUSDT may trade: nothing is in the way.\n', stderr: '' };
    await expect.poll(() => run('why', 'BTCUSDT'), { timeout: 10_000 }).toEqual(free);
    const { stdout: json } = await run('why', 'BTCUSDT', '--json');
    expect(JSON.parse(json)).toMatchObject({ symbol: 'BTCUSDT', may_trade: true, blockers: [] });
    const unknown = await run('why', 'nousdt');
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('is in none of SYMBOLS') });
    await redis.del('quantum:apply:standing:BTCUSDT');
  });

  it('lists, shows, replays and discards dead letters', async () => {
    expect(await run('dead-letters')).toMatchObject({ code: 0, stdout: 'There are no dead letters.\n' });
    await redis.xadd('quantum:stream:apply.result', '*', 'hello', 'world');
    await expect.poll(async () => (await deadLetters()).length, { timeout: 10_000 }).toBe(2);
    const [first, second] = (await deadLetters()).map(({ id }) => String(id));
    const listed = await run('dead-letters', 'list', '--limit', '1');
    expect(listed.stdout).toContain(`There are more: --cursor ${first}`);
    const shown = await run('dead-letters', 'show', first ?? '');
    expect(shown.stdout).toMatch(/fields\s+hello=world/);
    expect(shown.stdout).toMatch(/settled\s+open/);
    const replayed = await run('dead-letters', 'replay', first ?? '', '--reason', 'a drill');
    expect(replayed).toMatchObject({ code: 0, stdout: expect.stringMatching(/settled\s+replayed by boss: a drill/) });
    expect(replayed.stdout).toMatch(/effect\s+none: it still cannot be read/);
    const again = await run('dead-letters', 'replay', first ?? '', '--reason', 'a drill');
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The dead letter is already settled (409)'),
    });
    const discarded = await run('dead-letters', 'discard', second ?? '', '--reason', 'a drill', '--json');
    expect(JSON.parse(discarded.stdout)).toMatchObject({ id: second, settled: { outcome: 'discarded', by: 'boss' } });
    expect((await run('dead-letters', 'discard', second ?? '')).code).toBe(2);
  });

  it('shows the streams and takes over the entries of a dead consumer', async () => {
    expect((await run('streams')).stdout).toContain('apply.plan');
    expect(await run('streams', 'claim', 'apply.result', 'p33', '--reason', 'a drill')).toMatchObject({
      code: 0,
      stdout: 'There is nothing to claim: no dead consumer of this group has entries.\n',
    });
    const elsewhere = await run('streams', 'claim', 'elsewhere', 'p33', '--reason', 'a drill', '--json');
    expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no such stream (404)') });
    const soon = await run('streams', 'claim', 'apply.result', 'p33', '--idle-ms', 'soon', '--reason', 'a drill');
    expect(soon).toMatchObject({ code: 2, stderr: expect.stringContaining('min_idle_ms') });
  });

  it('settles an order of unknown outcome', async () => {
    const planId = 'aaaaaaaaaaaaaaaa';
    const plan = {
      plan_id: planId,
      symbol: 'BTCUSDT',
      action: 'UPDATE_SL',
      kill_score: '0.5',
      decision: 'EXECUTE',
      steps: '[{"step":"UPDATE_SL","type":"stop_loss_order","price":60000}]',
    };
    const times = { published_ms: 1_000, deadline_ms: 2_200, claimed_ms: 1_100, accept_until_ms: 3_200 };
    const journal = { ...times, state: 'UNKNOWN', plan_id: planId, symbol: 'BTCUSDT', action: 'UPDATE_SL', attempt: 1 };
    const order = { side: 'SELL', quantity: '', client_order_id: `pg-${planId}-0-1`, mode: 'testnet' };
    // Open, and not yet due to be looked at: the resolver leaves it alone.
    await redis.hset(`quantum:apply:journal:${planId}`, {
      ...journal,
      ...order,
      plan: JSON.stringify(Object.entries(plan).flat()),
    });
    expect((await run('resolve', planId, '--outcome', 'lost', '--reason', 'x')).code).toBe(2);
    const impossible = await run('resolve', planId, '--outcome', 'filled', '--qty', '0.007', '--reason', 'x');
    expect(impossible).toMatchObject({ code: 1, stderr: expect.stringContaining('the order is a stop') });
    expect(await run('resolve', planId, '--outcome', 'placed', '--reason', 'it stands at the exchange')).toEqual({
      code: 0,
      stdout: `Plan ${planId} of BTCUSDT is PLACED.\n`,
      stderr: '',
    });
    const trace = await run('trace', planId);
    expect(trace.stdout).toContain('by boss');
    expect(trace.stdout).toContain('by boss: it stands at the exchange');
  });
});
