import { afterEach, describe, expect, it } from 'vitest';
import type { FaultAction } from '../../src/paper-exchange/index.js';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { resultOf, sleep, stateOf, stepOf, submit, untilKnown } from './apply-support.js';
import { untilLedger } from './issuer-support.js';

/** With `DEFAULT_TIMES=1` (`npm run test:long`) the real times, as long as an operator would wait; else a tenth of them. */
const WHOLE = process.env['DEFAULT_TIMES'] === '1';
const TIMES = WHOLE
  ? { EXCHANGE_UNKNOWN_PROOF_SEC: '30' }
  : { EXCHANGE_UNKNOWN_PROOF_SEC: '3', EXCHANGE_RECV_WINDOW_MS: '500', EXCHANGE_ORDER_TIMEOUT_MS: '500' };
const SYMBOL = 'BTCUSDT';
/** Receive window, clock skew, proof time, and the time after which the symbol is held. */
const PROOF_OVER_MS = WHOLE ? 40_000 : 8_000;
const HELD_MS = 110_000;
const LONG_MS = 300_000;

const environments: TestEnvironment[] = [];
afterEach(async () => {
  for (const testEnv of environments.splice(0)) await testEnv.close();
});

/** An exchange that fills the order, loses its reply, and shows neither order nor trade afterwards. */
async function lost(silent: boolean): Promise<{ readonly testEnv: TestEnvironment; readonly planId: string }> {
  const testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '0.040' } });
  environments.push(testEnv);
  if (silent) testEnv.exchange.addFault({ action: { type: 'silentStream' } });
  const gate = await testEnv.gate({ env: TIMES });
  await untilKnown(testEnv, SYMBOL);
  const fault = (method: string, path: string, action: FaultAction): number =>
    testEnv.exchange.addFault({ match: { method, path, symbol: SYMBOL }, action });
  fault('POST', '/order', { type: 'loseReply' });
  fault('GET', '/order', { type: 'orderNotFoundFor', ms: LONG_MS });
  fault('GET', '/userTrades', { type: 'tradesNotFoundFor', ms: LONG_MS });
  const { planId } = await submit(gate, SYMBOL, 'PARTIAL_50');
  return { testEnv, planId };
}

const resultsOf = async (testEnv: TestEnvironment, planId: string): Promise<number> =>
  (await testEnv.results()).filter(({ fields }) => fields['plan_id'] === planId).length;

describe('an order with a lost reply that look-ups do not find for longer than the proof time', () => {
  it(
    'is executed by the word of the user stream: ledger, result and limits agree [E1]',
    async () => {
      const { testEnv, planId } = await lost(false);
      const result = await resultOf(testEnv, planId, 1, 20_000);
      expect(result).toMatchObject({ decision: 'EXECUTE', executed: 'True', error: '', state: 'FILLED' });
      expect(stepOf(result)).toMatchObject({
        executed_qty: 0.02,
        client_order_id: `pg-${planId}-0-1`,
        details: { evidence: { settled_by: 'user_stream', look_up: 'not found', user_stream: '0.02 filled' } },
      });
      await untilLedger(testEnv, SYMBOL, '0.02');
      const { keys, redis } = testEnv;
      const reservation = keys.reservation(planId, '1');
      await eventually(async () => (await redis.hget(reservation, 'state')) === 'committed' || undefined);
      expect(await redis.hget(keys.usage(SYMBOL), 'qty')).toBe('0.02');
      await sleep(PROOF_OVER_MS);
      expect(await resultsOf(testEnv, planId)).toBe(1);
      expect(testEnv.orders()).toHaveLength(1);
      await untilLedger(testEnv, SYMBOL, '0.02');
    },
    HELD_MS,
  );

  it(
    'with a silent stream, while the position fell by its size: never absent; unknown, and held for an operator [E2]',
    async () => {
      const { testEnv, planId } = await lost(true);
      const { keys, redis } = testEnv;
      const because = 'the position moved by -0.02, which no trade of another order explains';
      // The hold follows a minute after the proof time; until then the guard blocks.
      const said = await eventually(
        async () =>
          WHOLE
            ? ((await redis.get(keys.hold(SYMBOL))) ?? undefined)
            : (await redis.lrange(keys.trace(planId), 0, -1)).find((step) => step.includes(because)),
        HELD_MS,
        () => redis.lrange(keys.trace(planId), -1, -1),
      );
      expect(said).toContain(because);
      expect(await stateOf(testEnv, planId)).toBe('UNKNOWN');
      expect(await redis.get(keys.inflight(SYMBOL))).toBe(`${planId}:1`);
      expect(await resultsOf(testEnv, planId)).toBe(0);
      expect(testEnv.orders()).toHaveLength(1);
    },
    HELD_MS + 30_000,
  );
});
