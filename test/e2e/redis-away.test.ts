import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fieldsOf } from '../chaos/history.js';
import { untilCalm } from '../chaos/quiescence.js';
import { keysFor } from '../../src/redis/keys/keys.js';
import { sameMarks, writeListing } from '../harness/listing.js';
import { UNLIMITED } from '../harness/paper-exchange-process.js';
import { proposalFields } from '../harness/proposals.js';
import type { Program } from '../harness/program.js';
import { TestDeployment } from '../harness/test-deployment.js';

/** `npm run test:long` makes it thirty seconds. */
const AWAY_FOR_MS = Number(process.env['REDIS_AWAY_SEC'] ?? '6') * 1_000;
const EVERY_MS = 60;
const LOAD_WITHIN_MS = 30_000;
/** So many orders of ours are at the exchange, and others on their way, when Redis goes; and again after its return. */
const ORDERS = 8;
/** Handed in at once just before it goes: some are not read, some not published, some wait, some are claimed. */
const BURST = 80;
const BURST_UNDERWAY_MS = 40;
/** A symbol that traded just before is left alone for a while after a restart: what comes then is about other ones. */
const BEFORE = Array.from({ length: 12 }, (_, index) => `BEFORE${index + 1}USDT`);
const AFTER = Array.from({ length: 12 }, (_, index) => `AFTER${index + 1}USDT`);
const SYMBOLS = [...BEFORE, ...AFTER];
/** Halved at each order, so it lasts. */
const AMOUNT = '80';

describe('Redis is away for a while in the middle of everything', () => {
  const keys = keysFor('quantum:');
  let deployment: TestDeployment;
  let redis: Redis;
  let program: Program;
  let url: string;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-away-'));
    deployment = await TestDeployment.create(
      {
        exchangeInfoFile: writeListing(folder, SYMBOLS),
        marks: sameMarks(SYMBOLS, '100'),
        limits: UNLIMITED,
        positions: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, AMOUNT])),
      },
      { config: ['--appendonly', 'yes', '--appendfsync', 'always'] },
    );
    rmSync(folder, { recursive: true });
    redis = new Redis({ path: deployment.redis.socketPath, maxRetriesPerRequest: null, retryStrategy: () => 50 });
    redis.on('error', () => undefined);
    [program, url] = await deployment.serve({
      APPLY_ALLOWLIST: SYMBOLS.join(','),
      APPLY_REPEAT_POLICY: 'every_proposal',
      APPLY_MAX_ATTEMPTS: '1',
      P33_COOLDOWN_SEC: '0',
      GOV_MAX_EXEC_PER_HOUR: '1000',
      GOV_MAX_EXEC_PER_5MIN: '1000',
      GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000000',
      EXCHANGE_UNKNOWN_PROOF_SEC: '1',
    });
    for (const symbol of SYMBOLS) while ((await redis.exists(keys.ledger(symbol))) === 0) await sleep(50);
    // An order takes its time: some are underway when Redis goes.
    deployment.exchange.addFault({
      match: { method: 'POST', path: '/order' },
      action: { type: 'delay', ms: 120 },
      times: -1,
    });
  }, 200_000);
  afterAll(async () => {
    redis.disconnect();
    await deployment.close();
  });

  it('red within 5 s, green within 5 s of its return; no plan is lost and no order goes without its claim [R1]', async () => {
    let proposed = 0;
    const propose = async (symbols: readonly string[], count: number): Promise<void> => {
      const pipeline = redis.pipeline();
      for (let each = 0; each < count; each += 1) {
        const symbol = symbols[proposed % symbols.length] ?? '';
        proposed += 1;
        const fields = { ...proposalFields('PARTIAL_50'), symbol, proposal_id: `away-${proposed}` };
        pipeline.xadd(keys.proposalStream(), '*', ...Object.entries(fields).flat());
      }
      await pipeline.exec();
    };
    const load = async (symbols: readonly string[], orders: number): Promise<void> => {
      const traded = (): number =>
        deployment.exchange.records().orders.filter(({ symbol }) => symbols.includes(symbol)).length;
      for (const untilMs = performance.now() + LOAD_WITHIN_MS; traded() < orders; await sleep(EVERY_MS)) {
        if (performance.now() > untilMs) throw new Error(`${traded()} orders, not ${orders}, in ${LOAD_WITHIN_MS} ms`);
        await propose(symbols, 1);
      }
    };
    await load(BEFORE, ORDERS);
    await propose(BEFORE, BURST);
    await sleep(BURST_UNDERWAY_MS);
    await deployment.redis.kill();
    const goneMs = performance.now();
    await until(503);
    expect(performance.now() - goneMs).toBeLessThan(5_000);
    await sleep(Math.max(0, goneMs + AWAY_FOR_MS - performance.now()));
    expect((await ready()).status).toBe(503);
    expect(program.child.exitCode).toBeNull();
    await deployment.redis.start();
    const backMs = performance.now();
    await until(200);
    expect(performance.now() - backMs).toBeLessThan(5_000);
    await load(AFTER, ORDERS);

    expect(await untilCalm(redis, keys, SYMBOLS, 45_000)).toEqual([]);
    const plans = await entries(keys.planStream());
    const results = await entries(keys.resultStream());
    // Every proposal became a plan, every plan ended once.
    expect(plans).toHaveLength(proposed);
    expect(results.map(({ plan_id: planId }) => planId).toSorted()).toEqual(
      plans.map(({ plan_id: planId }) => planId).toSorted(),
    );
    const { orders, positions } = deployment.exchange.records();
    const executed = results.filter(({ executed: is }) => is === 'True');
    expect(orders.map(({ clientOrderId }) => clientOrderId).toSorted()).toEqual(
      executed.map(({ client_order_id: id }) => id).toSorted(),
    );
    expect(orders.length).toBeGreaterThanOrEqual(2 * ORDERS);
    for (const { clientOrderId } of orders) {
      const planId = clientOrderId.split('-')[1] ?? '';
      const steps = (await redis.lrange(keys.trace(planId), 0, -1)).map(
        (step) => JSON.parse(step) as { step: string; governor?: string; p33?: string },
      );
      const claims = steps.filter(({ step }) => step === 'claimed');
      expect(claims).toHaveLength(1);
      expect(claims[0]?.governor).toContain('"granted":true');
      expect(claims[0]?.p33).toContain('"allow":true');
    }
    for (const symbol of SYMBOLS) {
      const amount = positions.find((position) => position.symbol === symbol)?.amount;
      expect(await redis.hget(keys.ledger(symbol), 'last_known_amt')).toBe(amount);
    }
  });

  const ready = (): Promise<Response> => fetch(`${url}/health/ready`);

  async function until(status: number): Promise<void> {
    for (const endMs = performance.now() + 20_000; performance.now() < endMs; await sleep(50)) {
      if ((await ready()).status === status) return;
    }
  }

  async function entries(stream: string): Promise<Record<string, string>[]> {
    return (await redis.xrange(stream, '-', '+')).map(([, flat]) => fieldsOf(flat));
  }
});
