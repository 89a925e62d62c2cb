import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createCcxtExchange } from '../../src/exchange/ccxt-exchange.js';
import type { ExchangePort } from '../../src/exchange/exchange.port.js';
import { clientOrderIdOf } from '../../src/flow/4-order.js';
import type { MarketSymbol, PlanId } from '../../src/flow/0-primitives.js';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { amountOf, ledgerOf, listening, SELDOM, verdict, watchAmounts } from './position-push-support.js';
import { placeReduceOnly, placeStop } from '../harness/place-order.js';

const BTC = 'BTCUSDT' as MarketSymbol;
const ORDER = { method: 'POST', path: '/order' } as const;
let testEnv: TestEnvironment;
const traders: ExchangePort[] = [];
afterEach(async () => {
  await testEnv.close();
  await Promise.all(traders.splice(0).map((exchange) => exchange.close()));
});

/** Another client of the same account. */
function trader(): ExchangePort {
  const exchange = createCcxtExchange({
    restUrl: testEnv.exchange.restUrl,
    account: 'testnet',
    apiKey: 'paper-api-key',
    apiSecret: 'paper-api-secret',
    recvWindowMs: 2_000,
    orderTimeoutMs: 2_000,
  });
  traders.push(exchange);
  return exchange;
}

const planOf = (index: number): PlanId => index.toString(16).padStart(16, '0') as PlanId;

/** Every denial so far, by its reason. */
const denials = (messages: string[]): string[] =>
  messages.flatMap((message) => /^P3\.3 DENY plan \S+ reason=(\S+)$/.exec(message)?.[1] ?? []);

describe('our own fill, reported by the stream', () => {
  it('is a cooldown from the push to long after the result, never drift and never a hold [S16] [S18]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ env: SELDOM });
    await listening(testEnv, gate);
    expect(await verdict(testEnv)).toMatchObject({ allow: true });
    // The exchange fills at once and sends the event; the answer to the order comes much later.
    testEnv.exchange.addFault({ match: ORDER, action: { type: 'delay', ms: 800, when: 'after' } });
    const watched = watchAmounts(testEnv);
    await testEnv.propose('BTCUSDT', 'PARTIAL_75');
    await eventually(
      async () => (await amountOf(testEnv)) === '0.003' || undefined,
      3_000,
      () => gate.messages(),
    );
    expect(await testEnv.results()).toEqual([]);
    expect(await verdict(testEnv)).toMatchObject({ reason: 'cooldown_in_flight', context: { cause: 'order_open' } });
    expect(await ledgerOf(testEnv)).toBe('0.003');
    const endsMs = performance.now() + 2_000;
    while (performance.now() < endsMs) expect(await verdict(testEnv)).toMatchObject({ reason: 'cooldown_in_flight' });
    const [result, ...others] = await testEnv.results();
    expect(others).toEqual([]);
    expect(result?.fields).toMatchObject({ executed: 'True', state: 'FILLED' });
    await eventually(async () => (await testEnv.redis.exists(testEnv.keys.inflight('BTCUSDT'))) === 0 || undefined);
    expect(await verdict(testEnv)).toMatchObject({ reason: 'cooldown_in_flight', context: { cause: 'recent_fill' } });
    expect(await watched()).toEqual(['0.01', '0.003']);
    expect(await ledgerOf(testEnv)).toBe('0.003');
    expect(new Set(denials(gate.messages()))).toEqual(new Set(['cooldown_in_flight']));
    expect(await testEnv.redis.exists(testEnv.keys.hold('BTCUSDT'))).toBe(0);
  });

  it('counts once when it comes by result and by push, in parts [S18]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ env: SELDOM });
    await listening(testEnv, gate);
    testEnv.exchange.addFault({
      match: ORDER,
      action: { type: 'respondAs', status: 'PARTIALLY_FILLED', executedQty: '0.002', fillAfterMs: 400 },
    });
    await testEnv.propose('BTCUSDT', 'PARTIAL_75');
    await eventually(
      async () => (await ledgerOf(testEnv)) === '0.008' || undefined,
      3_000,
      () => gate.messages(),
    );
    expect(await verdict(testEnv)).toMatchObject({ reason: 'cooldown_in_flight' });
    await eventually(async () => (await ledgerOf(testEnv)) === '0.003' || undefined);
    const result = await eventually(async () => (await testEnv.results())[0]);
    expect(result.fields).toMatchObject({ executed: 'True', state: 'FILLED' });
    await eventually(async () => (await testEnv.redis.exists(testEnv.keys.inflight('BTCUSDT'))) === 0 || undefined);
    await sleep(200);
    expect([await ledgerOf(testEnv), await amountOf(testEnv)]).toEqual(['0.003', '0.003']);
    expect(denials(gate.messages()).filter((reason) => reason !== 'cooldown_in_flight')).toEqual([]);
  });

  it('counts once for forty orders whose results come before, between, after, twice, or in parts [S18]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1.000' } });
    const gate = await testEnv.gate({ roles: 'position-brain', env: SELDOM });
    await listening(testEnv, gate);
    const exchange = trader();
    const result = async (index: number, executed: string): Promise<void> => {
      const step = {
        step: 'CLOSE_FULL',
        status: 'filled',
        order_id: String(index),
        side: 'SELL',
        executed_qty: executed,
      };
      const steps = JSON.stringify([{ ...step, client_order_id: clientOrderIdOf(planOf(index), 0, 1) }]);
      const fields = {
        plan_id: planOf(index),
        symbol: BTC,
        decision: 'EXECUTE',
        executed: 'True',
        would_execute: 'True',
      };
      const rest = { steps_results: steps, error: '', timestamp: String(Date.now() / 1000), attempt: '1' };
      await testEnv.redis.xadd(testEnv.keys.resultStream(), '*', ...Object.entries({ ...fields, ...rest }).flat());
    };
    for (let index = 1; index <= 40; index += 1) {
      const clientOrderId = clientOrderIdOf(planOf(index), 0, 1);
      const order = { symbol: BTC, side: 'SELL' as const, quantity: '0.010', clientOrderId };
      if (index % 4 === 0) {
        const action = {
          type: 'respondAs',
          status: 'PARTIALLY_FILLED',
          executedQty: '0.003',
          fillAfterMs: 20,
        } as const;
        testEnv.exchange.addFault({ match: ORDER, action });
      }
      if (index % 5 === 0) await result(index, '0.010');
      const sent = placeReduceOnly(exchange, order);
      if (index % 3 === 0) await result(index, '0.010');
      await sent;
      if (index % 2 === 0) await result(index, index % 4 === 0 ? '0.003' : '0.010');
    }
    await eventually(
      async () => (await ledgerOf(testEnv)) === '0.6' || undefined,
      5_000,
      async () => ledgerOf(testEnv),
    );
    for (let index = 1; index <= 40; index += 1) await result(index, '0.010');
    await eventually(async () => {
      const [group] = (await testEnv.redis.xinfo('GROUPS', testEnv.keys.resultStream())) as (string | number)[][];
      const at = (name: string): unknown => group?.[group.indexOf(name) + 1];
      return (at('lag') === 0 && at('pending') === 0) || undefined;
    });
    await eventually(async () => (await amountOf(testEnv)) === '0.6' || undefined);
    expect(await ledgerOf(testEnv)).toBe('0.6');
  });

  it('moves the ledger by a stop of ours that triggered, and by no order of others [S10]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    const gate = await testEnv.gate({ roles: 'position-brain', env: SELDOM });
    await listening(testEnv, gate);
    const exchange = trader();
    const others = { symbol: BTC, side: 'SELL' as const, quantity: '0.004', clientOrderId: 'web_1' };
    await placeReduceOnly(exchange, others);
    await eventually(async () => (await amountOf(testEnv)) === '0.006' || undefined);
    await sleep(100);
    expect(await ledgerOf(testEnv)).toBe('0.01');
    expect(await verdict(testEnv)).toMatchObject({ reason: 'reconcile_required_qty_mismatch' });
    const stop = {
      symbol: BTC,
      side: 'SELL' as const,
      triggerPrice: '60000',
      clientOrderId: clientOrderIdOf(planOf(7), 0, 1),
    };
    expect(await placeStop(exchange, stop)).toMatchObject({ kind: 'placed' });
    testEnv.exchange.setMark('BTCUSDT', '59999');
    await eventually(async () => (await ledgerOf(testEnv)) === '0.004' || undefined);
    await eventually(async () => (await amountOf(testEnv)) === '0' || undefined);
    expect(gate.messages()).toContain(`stop ${stop.clientOrderId} is FINISHED`);
  });

  it('is counted once by two Position Brains, also while one hands the stream over to the other [S18] [K8]', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.100' } });
    const [first] = [
      await testEnv.gate({ roles: 'position-brain', env: SELDOM }),
      await testEnv.gate({ roles: 'position-brain', env: SELDOM }),
    ];
    await listening(testEnv, first);
    const exchange = trader();
    for (let index = 1; index <= 10; index += 1) {
      // Whoever looks first has it: both may listen for a moment.
      if (index % 3 === 0) await testEnv.redis.del(testEnv.keys.lease('p33', '@reader'));
      const clientOrderId = clientOrderIdOf(planOf(index), 0, 1);
      await placeReduceOnly(exchange, { symbol: BTC, side: 'SELL', quantity: '0.005', clientOrderId });
      await sleep(100);
    }
    await eventually(async () => (await ledgerOf(testEnv)) === '0.05' || undefined);
    await sleep(200);
    expect([await ledgerOf(testEnv), await amountOf(testEnv)]).toEqual(['0.05', '0.05']);
  });
});
