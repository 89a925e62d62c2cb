import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import type { Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, submit, untilKnown } from './apply-support.js';
import { worldOf } from './many-symbols.js';

const [FIRST, LOW, FULL, HIGH, HELD, OTHER] = [
  'BTCUSDT',
  'ETHUSDT',
  'SOLUSDT',
  'XRPUSDT',
  'BNBUSDT',
  'ADAUSDT',
] as const;
const FILLERS = ['DOGEUSDT', 'LINKUSDT', 'DOTUSDT', FIRST] as const;
const SYMBOLS = [...FILLERS, LOW, FULL, HIGH, HELD, OTHER];
const ORDERS = FILLERS.length;
const MAX_AGE_SEC = 2;

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-capacity-'));
afterAll(() => rmSync(folder, { recursive: true }));

const world = (): Promise<TestEnvironment> =>
  worldOf(SYMBOLS, folder, {
    limits: { ordersPer10s: ORDERS },
    positions: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, '10'])),
  });

const envOf = (testEnv: TestEnvironment) => ({
  ...QUICK,
  APPLY_ALLOWLIST: SYMBOLS.join(','),
  APPLY_MAX_ATTEMPTS: '1',
  APPLY_PROPOSAL_MAX_AGE_SEC: String(MAX_AGE_SEC),
  EXCHANGE_ADDRESS_GROUP: testEnv.prefix.slice(0, -1),
});

/** Uses up the orders of the exchange's present ten seconds, with at least six of them to go. */
async function useUpOrders(testEnv: TestEnvironment, gate: Gate): Promise<void> {
  await untilKnown(testEnv, ...SYMBOLS);
  const leftMs = 10_000 - (Date.now() % 10_000);
  if (leftMs < 6_000) await sleep(leftMs + 50);
  for (const symbol of FILLERS) {
    const { planId } = await submit(gate, symbol, 'PARTIAL_25', {}, 'stream');
    expect(await resultOf(testEnv, planId)).toMatchObject({ error: '', executed: 'True' });
  }
}

async function ask(testEnv: TestEnvironment, symbol: string, action: string, killScore: string): Promise<void> {
  const fields = proposalFields(action, { kill_score: killScore, last_update_epoch: String(Date.now() / 1000) });
  await testEnv.redis.xadd(testEnv.keys.proposalStream(), '*', 'symbol', symbol, ...Object.entries(fields).flat());
}

const untilWaiting = (gate: Gate, count: number): Promise<unknown> =>
  eventually(
    async () => (await gate.metrics()).includes(`plans_waiting_for_capacity ${count}\n`) || undefined,
    5_000,
    () => gate.messages().slice(-12),
  );

const reasonsOf = async (testEnv: TestEnvironment, symbol: string): Promise<string[]> =>
  (await testEnv.results())
    .filter(({ fields }) => fields['symbol'] === symbol)
    .map(({ fields }) => (fields['reason'] ?? '').split(':')[0] ?? '');

it(
  'what the order limit holds up goes on when it frees, past its age, the most urgent first; not what was withdrawn or replaced',
  { timeout: 40_000 },
  async () => {
    const testEnv = await world();
    try {
      const gate = await testEnv.gate({ env: envOf(testEnv) });
      await useUpOrders(testEnv, gate);
      await ask(testEnv, LOW, 'PARTIAL_50', '0.3');
      await ask(testEnv, FULL, 'FULL_CLOSE_PROPOSED', '0.3');
      await ask(testEnv, HIGH, 'PARTIAL_50', '0.5');
      await ask(testEnv, HELD, 'PARTIAL_50', '0.5');
      await ask(testEnv, OTHER, 'PARTIAL_50', '0.2');
      await untilWaiting(gate, 5);
      await ask(testEnv, HELD, 'HOLD', '0.5');
      await ask(testEnv, OTHER, 'PARTIAL_25', '0.2');
      // The HOLD ends the wait at once; what was replaced gives its place to what replaced it.
      await untilWaiting(gate, 4);
      expect(testEnv.orders()).toHaveLength(ORDERS);
      await eventually(() => testEnv.orders().length === ORDERS + 4 || undefined, 12_000);
      const later = testEnv.orders().slice(ORDERS);
      expect(later.map(({ symbol }) => symbol)).toEqual([HIGH, FULL, LOW, OTHER]);
      // Until the next ten seconds it was longer than a proposal may be old.
      expect(await reasonsOf(testEnv, HELD)).toContain('proposal_withdrawn');
      expect(String(later.at(-1)?.quantity)).toMatch(/^2\.50*$/);
      const planned = (await testEnv.plans()).filter(({ fields }) => fields['decision'] === 'EXECUTE');
      expect(planned.map(({ fields }) => fields['attempt'])).toEqual(planned.map(() => '1'));
      await untilWaiting(gate, 0);
    } finally {
      await testEnv.close();
    }
  },
);

it(
  'what waits is taken up again after a restart, and gets no order once the kill switch is engaged',
  { timeout: 40_000 },
  async () => {
    const testEnv = await world();
    try {
      const env = { ...envOf(testEnv), APPLY_PROPOSAL_MAX_AGE_SEC: '60', INSTANCE_ID: 'again' };
      const first = await testEnv.gate({ env });
      await useUpOrders(testEnv, first);
      await ask(testEnv, LOW, 'PARTIAL_50', '0.3');
      await testEnv.propose(HIGH, 'PARTIAL_50');
      await untilWaiting(first, 2);
      await first.stop();
      const again = await testEnv.gate({ env });
      await untilWaiting(again, 2);
      await ask(testEnv, HELD, 'PARTIAL_50', '0.1');
      await untilWaiting(again, 3);
      await testEnv.redis.set(testEnv.keys.killSwitch(), '1');
      await eventually(
        async () => (await reasonsOf(testEnv, HELD)).includes('kill_switch_active') || undefined,
        14_000,
      );
      await untilWaiting(again, 0);
      for (const symbol of [LOW, HIGH]) expect(await reasonsOf(testEnv, symbol)).toContain('kill_switch_active');
      expect(testEnv.orders()).toHaveLength(ORDERS);
    } finally {
      await testEnv.close();
    }
  },
);
