import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysFor } from '../../src/redis/keys/keys.js';
import type { FaultAction } from '../../src/paper-exchange/index.js';
import { fieldsOf } from '../chaos/history.js';
import { createAdminToken } from '../harness/admin-token.js';
import { eventually } from '../harness/eventually.js';
import { StrategyHash } from '../harness/strategy-hash.js';
import { TestDeployment } from '../harness/test-deployment.js';

/**
 * `npm run test:long` takes the times of a default installation, and waits until the symbol is held. The shorter times prove the
 * same: what is hidden stays hidden for longer than receive window, clock skew and proof time together.
 */
const WHOLE = process.env['DEFAULT_TIMES'] === '1';
const TIMES: Record<string, string> = WHOLE
  ? {}
  : {
      EXCHANGE_UNKNOWN_PROOF_SEC: '3',
      EXCHANGE_RECV_WINDOW_MS: '800',
      EXCHANGE_ORDER_TIMEOUT_MS: '1000',
      P33_COOLDOWN_SEC: '1',
    };
const PROOF_OVER_MS = WHOLE ? 45_000 : 8_000;
const HELD_AFTER_MS = 110_000;
const HIDDEN_MS = WHOLE ? 300_000 : 90_000;
const REPORTED = 'BTCUSDT';
const SILENT = 'ETHUSDT';

describe('an order whose reply is lost and that look-up and trades do not show for 90 s', () => {
  const keys = keysFor('quantum:');
  let deployment: TestDeployment;
  let redis: Redis;
  let strategy: StrategyHash;
  let api: Record<string, string>;

  beforeAll(async () => {
    deployment = await TestDeployment.create({ positions: { [REPORTED]: '0.040', [SILENT]: '2' } });
    redis = new Redis({ path: deployment.redis.socketPath });
    strategy = new StrategyHash(redis, keys);
    const { token, tokensFile } = createAdminToken(deployment.folder, 'boss');
    const [, url] = await deployment.serve({
      APPLY_ALLOWLIST: `${REPORTED},${SILENT}`,
      APPLY_POLL_SEC: '0.2',
      ADMIN_TOKENS_FILE: tokensFile,
      ...TIMES,
    });
    api = { PERMIT_GATE_URL: url, PERMIT_GATE_TOKEN: token };
    for (const symbol of [REPORTED, SILENT])
      await eventually(async () => (await redis.exists(keys.ledger(symbol))) === 1 || undefined, 30_000);
  }, 120_000);
  afterAll(async () => {
    strategy.close();
    redis.disconnect();
    await deployment.close();
  });

  const hide = (symbol: string): void => {
    const fault = (method: string, path: string, action: FaultAction): number =>
      deployment.exchange.addFault({ match: { method, path, symbol }, action });
    fault('POST', '/order', { type: 'loseReply' });
    fault('GET', '/order', { type: 'orderNotFoundFor', ms: HIDDEN_MS });
    fault('GET', '/userTrades', { type: 'tradesNotFoundFor', ms: HIDDEN_MS });
  };
  /** Client order id and executed quantity of every order that the exchange has of the symbol. */
  const orders = (symbol: string): string[] =>
    deployment.exchange
      .records()
      .orders.filter((order) => order.symbol === symbol)
      .map(({ clientOrderId, executedQty }) => `${clientOrderId} ${executedQty}`);
  const results = async (symbol: string): Promise<Record<string, string>[]> =>
    (await redis.xrange(keys.resultStream(), '-', '+'))
      .map(([, flat]) => fieldsOf(flat))
      .filter((fields) => fields['symbol'] === symbol && fields['decision'] !== 'SKIP');
  const ledger = (symbol: string): Promise<string | null> => redis.hget(keys.ledger(symbol), 'last_known_amt');
  const planOf = async (symbol: string): Promise<string> => {
    const name = await eventually(() => orders(symbol)[0], 20_000);
    return name.split('-')[1] ?? '';
  };
  /** The result, the ledger and the Governor's books say that this much was executed, once. */
  const agree = async (symbol: string, planId: string, qty: string, left: string): Promise<void> => {
    await eventually(async () => (await ledger(symbol)) === left || undefined);
    await eventually(
      async () => (await redis.hget(keys.reservation(planId, '1'), 'state')) === 'committed' || undefined,
    );
    expect(await redis.hget(keys.usage(symbol), 'qty')).toBe(qty);
    expect(await redis.zcard(keys.executions(symbol))).toBe(1);
    const [result, ...more] = await results(symbol);
    expect(more).toEqual([]);
    expect(result).toMatchObject({ plan_id: planId, executed: 'True', state: 'FILLED', error: '' });
    expect(JSON.parse(result?.['steps_results'] ?? '[]')).toMatchObject([{ executed_qty: Number(qty) }]);
  };
  const resolve = (planId: string, ...said: string[]) =>
    deployment.run(['resolve', planId, '--reason', 'a drill', '--outcome', ...said], api);

  it('is one order, executed by the word of the user stream: ledger, result and Governor agree [E1]', async () => {
    hide(REPORTED);
    await strategy.stand(REPORTED, 'PARTIAL_50');
    const planId = await planOf(REPORTED);
    await eventually(async () => (await results(REPORTED))[0], 20_000);
    await agree(REPORTED, planId, '0.02', '0.02');
    await sleep(PROOF_OVER_MS);
    expect(orders(REPORTED)).toEqual([`pg-${planId}-0-1 0.02`]);
    await agree(REPORTED, planId, '0.02', '0.02');
    const [step] = JSON.parse((await results(REPORTED))[0]?.['steps_results'] ?? '[]') as { details: object }[];
    expect(step?.details).toMatchObject({ evidence: { settled_by: 'user_stream', look_up: 'not found' } });
    await strategy.hold(REPORTED);
  });

  it('with a silent stream is never absent: unknown and held, and no resolution against the evidence is taken [E2] [E3]', async () => {
    deployment.exchange.addFault({ action: { type: 'silentStream' } });
    hide(SILENT);
    await strategy.stand(SILENT, 'PARTIAL_50');
    const planId = await planOf(SILENT);
    await sleep(PROOF_OVER_MS);
    const journal = (): Promise<Record<string, string>> => redis.hgetall(keys.journal(planId));
    expect(await journal()).toMatchObject({ state: 'UNKNOWN' });
    expect(await redis.get(keys.inflight(SILENT))).toBe(`${planId}:1`);
    const looked = (await redis.lrange(keys.trace(planId), 0, -1)).findLast((step) => step.includes('"looked"'));
    expect(looked).toContain('the position moved by -1, which no trade of another order explains');
    if (WHOLE) await eventually(async () => (await redis.exists(keys.hold(SILENT))) === 1 || undefined, HELD_AFTER_MS);

    const refusals: [string[], RegExp][] = [
      [['not_found'], /the position moved by -1, which no trade of another order explains/],
      [['partly_filled', '--qty', '0.5'], /the position moved by -1, not by -0\.5/],
    ];
    for (const [said, evidence] of refusals) {
      const refused = await resolve(planId, ...said);
      expect([refused.code, refused.stdout]).toEqual([1, '']);
      expect(refused.stderr).toContain('(409)');
      expect(refused.stderr).toMatch(evidence);
    }
    expect(await journal()).toMatchObject({ state: 'UNKNOWN' });
    expect(await results(SILENT)).toEqual([]);
    expect(await ledger(SILENT)).toBe('2');
    expect(await redis.hget(keys.reservation(planId, '1'), 'state')).toBe('reserved');

    expect(await resolve(planId, 'filled', '--qty', '1')).toMatchObject({ code: 0 });
    await agree(SILENT, planId, '1', '1');
    await sleep(3_000);
    expect(orders(SILENT)).toEqual([`pg-${planId}-0-1 1`]);
  }, 240_000);
});
