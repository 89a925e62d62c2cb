import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import type { MarketSymbol } from '../../src/flow/0-primitives.js';
import { PushWriter } from '../../src/position-brain/push-writer.js';
import { held, market } from '../exchange/paper-client.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, sleep, untilKnown } from './apply-support.js';
import { askPosition, eventsOf, ledgerAmt, publishResult, untilLedger, untilSettled } from './issuer-support.js';
import { listening } from './position-push-support.js';

const SYMBOL = 'BTCUSDT';
const QTY = '1';
const RULES = { P33_EXPLAINED_PREFIXES: 'grid-', P33_STALE_THRESHOLD_SEC: '60' };

let testEnv: TestEnvironment;
let gate: Gate;
let orders = 0;
afterEach(() => testEnv.close());

interface Sent {
  readonly clientOrderId: string;
  readonly orderId: string;
}

/** A service whose prefix is declared trades; nobody has reported it yet if the stream is silent. */
async function traded(prefix = 'grid-'): Promise<Sent> {
  orders += 1;
  const clientOrderId = `${prefix}${orders}`;
  const { status, json } = await market(testEnv.exchange, 'SELL', QTY, { newClientOrderId: clientOrderId });
  expect(status).toBe(200);
  return { clientOrderId, orderId: String(json['orderId']) };
}

const settled = (): Promise<true> => untilSettled(testEnv, testEnv.keys.resultStream(), 'p33');
const result = async (step: Record<string, unknown>): Promise<void> => {
  await publishResult(testEnv, SYMBOL, { side: 'SELL', ...step });
  await settled();
};

/** Every way in which a fill is reported, by what it names. */
const REPORTS: Readonly<Record<string, (sent: Sent) => Promise<unknown>>> = {
  stream: ({ clientOrderId, orderId }) =>
    gate.app.get(PushWriter, { strict: false }).order({
      kind: 'order',
      symbol: SYMBOL as MarketSymbol,
      clientOrderId,
      orderId,
      side: 'SELL',
      status: 'FILLED',
      executedQty: new Decimal(QTY),
      avgPrice: new Decimal(1),
      reduceOnly: false,
      rests: false,
      quantity: new Decimal('1'),
      timeMs: Date.now(),
    }),
  'result with both ids': ({ clientOrderId, orderId }) =>
    result({ order_id: Number(orderId), client_order_id: clientOrderId, executed_qty: QTY }),
  'result with the order id': ({ orderId }) => result({ order_id: orderId, executed_qty: Number(QTY) }),
  'result with the client order id': ({ clientOrderId }) =>
    result({ client_order_id: clientOrderId, executed_qty: QTY }),
  'ACK with both ids': async ({ clientOrderId, orderId }) => {
    await result({ order_id: Number(orderId), client_order_id: clientOrderId, executed_qty: '0' });
    await eventually(async () => (await testEnv.redis.exists(testEnv.keys.unknownFills())) === 0 || undefined);
  },
};
const pairs = Object.keys(REPORTS).flatMap((first) =>
  Object.keys(REPORTS).flatMap((second) => (first === second ? [] : [[first, second] as const])),
);

describe('one order of a declared source that is reported in several ways', () => {
  beforeEach(async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '100' } });
    gate = await testEnv.gate({ roles: 'position-brain', env: { ...QUICK, ...RULES } });
    await untilKnown(testEnv, SYMBOL);
  });

  it('moves the ledger once, in whatever order the reports come [S18] [S21] [S23]', { timeout: 60_000 }, async () => {
    testEnv.exchange.silenceUserStreams(true);
    for (const [first, second] of pairs) {
      const sent = await traded();
      for (const report of [first, second, first]) await REPORTS[report]?.(sent);
      const amount = held(testEnv.exchange);
      // What a result without the order's id says is found among the trades; so is what nobody reported.
      await untilLedger(testEnv, SYMBOL, amount, 10_000);
      await sleep(50);
      expect([first, second, await ledgerAmt(testEnv, SYMBOL)]).toEqual([first, second, amount]);
    }
    expect(held(testEnv.exchange)).toBe(String(100 - pairs.length));
    await eventually(async () => (await askPosition(testEnv, SYMBOL))['allow'] === true || undefined);
  });

  it('by the live stream, then by its result with both ids: once, with its source [S21]', async () => {
    await listening(testEnv, gate);
    const sent = await traded();
    await untilLedger(testEnv, SYMBOL, '99');
    await REPORTS['result with both ids']?.(sent);
    await REPORTS['ACK with both ids']?.(sent);
    await sleep(500);
    expect(await ledgerAmt(testEnv, SYMBOL)).toBe('99');
    expect(await eventsOf(testEnv, 'DECLARED_FILL')).toHaveLength(1);
  });

  it('of a prefix that is not declared counts by its results, once, whichever ids they name part of [S23] [S1]', async () => {
    testEnv.exchange.silenceUserStreams(true);
    const sent = await traded('guide-');
    await REPORTS['ACK with both ids']?.(sent);
    await untilLedger(testEnv, SYMBOL, '99');
    await REPORTS['result with both ids']?.(sent);
    await REPORTS['result with the order id']?.(sent);
    await sleep(300);
    expect(await ledgerAmt(testEnv, SYMBOL)).toBe('99');
  });

  it('whose id is that of no exchange order counts under its client order id, each of them part of [S1]', async () => {
    testEnv.exchange.silenceUserStreams(true);
    for (const order_id of [0, 'none', 'none', '']) {
      const { clientOrderId } = await traded('guide-');
      await result({ order_id, client_order_id: clientOrderId, executed_qty: QTY });
    }
    await untilLedger(testEnv, SYMBOL, '96');
    expect(held(testEnv.exchange)).toBe('96');
  });

  it('without the order id starts the cooldown at once all the same part of [S9]', async () => {
    testEnv.exchange.silenceUserStreams(true);
    const { clientOrderId } = await traded();
    const last = (): Promise<string | null> => testEnv.redis.hget(testEnv.keys.ledger(SYMBOL), 'last_fill_ms');
    const earlier = await last();
    await result({ client_order_id: clientOrderId, executed_qty: QTY });
    expect(Number(await last())).toBeGreaterThan(Number(earlier ?? '0'));
  });
});
