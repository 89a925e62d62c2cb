import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminToken, createAdminToken } from '../harness/admin-token.js';
import { eventually } from '../harness/eventually.js';
import { AskingStrategy } from '../harness/peers/asking-strategy.js';
import { Fleet } from '../harness/peers/fleet.js';
import { freePort } from '../harness/ports.js';
import type { Ended } from '../harness/program.js';
import { proposalFields } from '../harness/proposals.js';

/** `npm run test:long` also kills the Governor. */
const WHOLE = process.env['EVERY_MIX'] === '1';
let fleet: Fleet;
let admin: AdminToken;
let url: string;

/** The guide's Apply with our issuers; the Governor's process has the HTTP interface. Half of 64 at 100 are 3 200 USD. */
beforeAll(async () => {
  fleet = await Fleet.create({
    positions: { BTCUSDT: '64', ETHUSDT: '64', SOLUSDT: '64' },
    settings: {
      APPLY_POLL_SEC: '0.1',
      P33_POLL_SEC: '0.2',
      P33_COOLDOWN_SEC: '0',
      GOV_MAX_EXEC_PER_HOUR: '1000',
      GOV_MAX_EXEC_PER_5MIN: '1000',
      GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '5000',
    },
  });
  admin = createAdminToken(fleet.deployment.folder, 'admin');
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  await Promise.all([
    fleet.start('apply', 'guide'),
    fleet.start('governor', 'ours', { HTTP_PORT: String(port), ADMIN_TOKENS_FILE: admin.tokensFile }),
    fleet.start('position-brain', 'ours'),
  ]);
});
afterAll(() => fleet.close());

const gate = (...args: string[]): Promise<Ended> =>
  fleet.deployment.run([...args, '--url', url], {
    PERMIT_GATE_TOKEN: admin.token,
    REDIS_URL: fleet.deployment.variables['REDIS_URL'] ?? '',
  });
const half = (symbol: string): Promise<number> => new AskingStrategy(fleet, symbol).half();
const orders = (symbol: string): number =>
  fleet.exchange.records().orders.filter((order) => order.symbol === symbol).length;

/** Asks once, and resolves with how the plan ended. */
async function askOnce(symbol: string): Promise<Record<string, string>> {
  const before = (await fleet.entries('apply.result')).length;
  await fleet.redis.hset(`quantum:harvest:proposal:${symbol}`, proposalFields('PARTIAL_50'));
  const isEnd = (result: Record<string, string>): boolean =>
    result['symbol'] === symbol && (result['decision'] !== 'SKIP' || result['error'] !== '');
  return eventually(async () => (await fleet.entries('apply.result')).slice(before).find(isEnd), 10_000);
}

describe("our issuers beside the guide's Apply", () => {
  it('proof, trace and plans show a plan that it carried out, and exit 0 [I4]', async () => {
    const proof = gate('proof', '--timeout', '30', '--json');
    await eventually(async () => String(await fleet.redis.client('LIST')).includes('cmd=xread '), 20_000);
    await half('BTCUSDT');
    const proved = await proof;
    const {
      holds,
      plan_id: planId,
      lines,
    } = JSON.parse(proved.stdout) as {
      holds: boolean;
      plan_id: string;
      lines: { check: string; text: string }[];
    };
    expect([proved.code, holds], proved.stdout).toEqual([0, true]);
    expect(lines.map(({ check }) => check)).toEqual([
      'plan',
      'governor_permit',
      'p33_permit',
      'p33_decision',
      'permit_wait',
      'execution',
    ]);
    expect(lines.at(4)?.text).toMatch(/permits ready within \d+ms \(Governor \+ P3\.3\)/);
    expect(lines.at(5)?.text).toBe('EXECUTION SUCCESSFUL (executed=True)');
    const orderId = String(fleet.exchange.records().orders[0]?.orderId);
    const filled = `quantum:position:fill:BTCUSDT:${orderId}`;
    await eventually(async () => (await fleet.redis.get(filled)) === '32' || undefined);
    const trace = await gate('trace', planId);
    expect(trace.code, trace.stderr).toBe(0);
    for (const part of [
      'another service',
      'FILLED',
      'Governor: yes',
      `order ${orderId}`,
      /looked\s+up: 32/,
      'executed=True',
    ])
      expect(trace.stdout).toMatch(part);
    const plans = await gate('plans', '--symbol', 'BTCUSDT', '--state', 'FILLED');
    expect(plans.stdout).toMatch(new RegExp(`${planId} .*FILLED .*\\n  published by another service`));
  });

  it(`the daily limit holds over its ACK results${WHOLE ? ', and over a Governor that is killed and started again' : ''} [I1]`, async () => {
    await half('ETHUSDT');
    await half('ETHUSDT');
    expect(await askOnce('ETHUSDT')).toMatchObject({ executed: 'False', error: 'permit_timeout' });
    if (WHOLE) {
      await fleet.stop('governor', 'SIGKILL');
      await fleet.start('governor', 'ours', { HTTP_PORT: new URL(url).port, ADMIN_TOKENS_FILE: admin.tokensFile });
    }
    expect(await askOnce('ETHUSDT')).toMatchObject({ executed: 'False', error: 'permit_timeout' });
    expect(orders('ETHUSDT')).toBe(2);
    const { stdout } = fleet.program('governor');
    expect(stdout).toContain('daily_limit_exceeded');
  });

  it('the kill switch stops it: no permit, no order, until it is released [I1] [C11]', async () => {
    const killed = await gate('kill', '--reason', 'a drill', '--json');
    expect(killed.code, killed.stderr).toBe(0);
    const [{ answer }] = (
      JSON.parse(killed.stdout) as { answers: [{ answer: { foreign_apply: Record<string, number> } }] }
    ).answers;
    expect(answer.foreign_apply['not_confirmable_until_ms']).toBeGreaterThan(
      answer.foreign_apply['last_seen_ms'] ?? Infinity,
    );
    expect(await askOnce('SOLUSDT')).toMatchObject({ executed: 'False', error: 'permit_timeout' });
    expect(orders('SOLUSDT')).toBe(0);
    expect((await gate('release', '--reason', 'the drill is over')).code).toBe(0);
    await half('SOLUSDT');
    expect(orders('SOLUSDT')).toBe(1);
  });
});
