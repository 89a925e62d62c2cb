import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { call, held } from '../exchange/paper-client.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, stepOf, submit, untilKnown } from './apply-support.js';
import { ledgerOf, listening } from './position-push-support.js';

/** A person or another program trades the account. */
const trade = (testEnv: TestEnvironment, side: string, quantity: string, clientOrderId: string) =>
  call(testEnv.exchange, 'POST', '/fapi/v1/order', {
    symbol: 'BTCUSDT',
    side,
    type: 'MARKET',
    quantity,
    newClientOrderId: clientOrderId,
  });

describe('fills of orders that this system did not send', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  const start = async (env: Record<string, string> = {}): Promise<void> => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '10' } });
    gate = await testEnv.gate({ env: { ...QUICK, ...env } });
    await untilKnown(testEnv, 'BTCUSDT');
    await listening(testEnv, gate);
  };
  afterEach(() => testEnv.close());

  const untilLedger = (amount: string, timeoutMs = 5_000) =>
    eventually(
      async () => (await ledgerOf(testEnv)) === amount || undefined,
      timeoutMs,
      async () => [await ledgerOf(testEnv), gate.messages().slice(-12)],
    );
  const events = async (name: string) =>
    (await testEnv.entries(testEnv.keys.governorEvents()))
      .map(({ fields }) => fields)
      .filter(({ event }) => event === name);
  /** Closes what is left, without a person. */
  const closeAll = async () => {
    let result = {};
    await eventually(async () => {
      const { planId } = await submit(gate, 'BTCUSDT', 'FULL_CLOSE_PROPOSED');
      result = await resultOf(testEnv, planId);
      return 'executed' in result && result.executed === 'True' ? true : undefined;
    });
    return stepOf(result);
  };

  describe('told by the user stream', () => {
    // Nothing but the stream can tell: positions are read seldom.
    beforeEach(() =>
      start({ P33_POLL_SEC: '600', P33_STALE_THRESHOLD_SEC: '600', P33_EXPLAINED_PREFIXES: 'grid-,dca.' }),
    );

    it.each([
      ['adl', 'adl', /^adl_autoclose$/],
      ['liquidation', 'liquidation', /^autoclose-\d+$/],
      ['settlement', 'settlement', /^settlement_autoclose-\d+$/],
    ] as const)(
      '%s: the ledger follows with its source, event and log, and the rest can be closed [S20]',
      async (kind, source, id) => {
        const orderId = testEnv.exchange.autoclose('BTCUSDT', kind, '4');
        await untilLedger('6');
        expect(await testEnv.redis.hget(testEnv.keys.ledger('BTCUSDT'), 'source')).toBe(source);
        const [event, ...more] = await events('AUTO_CLOSE');
        expect(more).toEqual([]);
        expect(event).toMatchObject({ reason: source, action_taken: 'ledger_moved' });
        expect(JSON.parse(event?.['context'] ?? '')).toEqual({
          symbol: 'BTCUSDT',
          client_order_id: expect.stringMatching(id),
          order_id: String(orderId),
          side: 'SELL',
          executed_qty: 4,
          ledger_amt: 6,
        });
        expect(gate.messages().filter((text) => text.includes('the exchange closed part of a position'))).toHaveLength(
          1,
        );
        expect(await closeAll()).toMatchObject({ executed_qty: 6 });
        expect(held(testEnv.exchange)).toBe('0');
        expect(await testEnv.redis.exists(testEnv.keys.hold('BTCUSDT'))).toBe(0);
      },
    );

    it('two of them under one client order id count each, and each once [S20] [S18]', async () => {
      testEnv.exchange.autoclose('BTCUSDT', 'adl', '4');
      testEnv.exchange.autoclose('BTCUSDT', 'adl', '1');
      await untilLedger('5');
      expect(await events('AUTO_CLOSE')).toHaveLength(2);
      expect(await closeAll()).toMatchObject({ executed_qty: 5 });
    });

    it('a declared source closes, opens and adds: explained, and the next close needs no person [S21] [S10]', async () => {
      expect((await trade(testEnv, 'SELL', '4', 'grid-1')).status).toBe(200);
      await untilLedger('6');
      expect(await testEnv.redis.hget(testEnv.keys.ledger('BTCUSDT'), 'source')).toBe('declared:grid-');
      expect(await closeAll()).toMatchObject({ executed_qty: 6 });
      expect((await trade(testEnv, 'BUY', '2', 'dca.7')).status).toBe(200);
      await untilLedger('2');
      expect((await trade(testEnv, 'BUY', '1', 'dca.8')).status).toBe(200);
      await untilLedger('3');
      expect(await events('DECLARED_FILL')).toMatchObject([
        { reason: 'declared:grid-' },
        { reason: 'declared:dca.' },
        { reason: 'declared:dca.' },
      ]);
      expect(await closeAll()).toMatchObject({ executed_qty: 3 });
      expect(await testEnv.redis.exists(testEnv.keys.hold('BTCUSDT'))).toBe(0);
    });

    it('a close by the exchange of what the ledger does not hold moves nothing, and is reported [S20]', async () => {
      // As if the system itself had written it: a fill from before a hand's amount is noticed is part of that amount.
      await testEnv.redis.hset(testEnv.keys.ledger('BTCUSDT'), { last_known_amt: '2', written_amt: '2' });
      testEnv.exchange.autoclose('BTCUSDT', 'adl', '4');
      await eventually(
        () => gate.messages().some((text) => text.startsWith('adl says that it closed BTCUSDT')) || undefined,
      );
      expect(await ledgerOf(testEnv)).toBe('2');
      expect(await events('AUTO_CLOSE')).toEqual([]);
    });

    it('an order of anybody else moves no ledger [S10]', async () => {
      expect((await trade(testEnv, 'SELL', '4', 'by-hand')).status).toBe(200);
      await eventually(
        async () => (await testEnv.redis.hget(testEnv.keys.snapshot('BTCUSDT'), 'position_amt')) === '6' || undefined,
      );
      expect(await ledgerOf(testEnv)).toBe('10');
      const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
      expect(await resultOf(testEnv, planId)).toMatchObject({
        error: 'p33_denied',
        reason: 'reconcile_required_qty_mismatch',
      });
    });
  });

  describe('missed while the stream was silent', () => {
    beforeEach(() => start({ P33_POLL_SEC: '0.2', P33_EXPLAINED_PREFIXES: 'grid-' }));

    it('are found by the trades of the account, each counted once, and the rest can be closed [S20] [S21]', async () => {
      testEnv.exchange.silenceUserStreams(true);
      testEnv.exchange.autoclose('BTCUSDT', 'adl', '4');
      expect((await trade(testEnv, 'BUY', '1', 'grid-9')).status).toBe(200);
      await untilLedger('7', 10_000);
      expect(await events('AUTO_CLOSE')).toHaveLength(1);
      expect(await events('DECLARED_FILL')).toHaveLength(1);
      expect(await closeAll()).toMatchObject({ executed_qty: 7 });
    });

    it('are not counted where they explain a part of the difference only [S20] [S10]', async () => {
      testEnv.exchange.silenceUserStreams(true);
      testEnv.exchange.autoclose('BTCUSDT', 'adl', '4');
      expect((await trade(testEnv, 'SELL', '1', 'by-hand')).status).toBe(200);
      await eventually(
        () =>
          testEnv.exchange.records().requests.filter(({ path }) => path.endsWith('/userTrades')).length >= 2 ||
          undefined,
        10_000,
      );
      expect(await ledgerOf(testEnv)).toBe('10');
      expect(await events('AUTO_CLOSE')).toEqual([]);
    });
  });
});
