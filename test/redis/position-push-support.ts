import { randomUUID } from 'node:crypto';
import { eventually } from '../harness/eventually.js';
import type { Gate, TestEnvironment } from '../harness/test-environment.js';

/** Reads seldom enough that what is stored meanwhile came by push, or by a read that a push or a reconnect asked for. */
export const SELDOM = { P33_POLL_SEC: '600', P33_STALE_THRESHOLD_SEC: '600' } as const;

export const amountOf = async (testEnv: TestEnvironment, symbol = 'BTCUSDT'): Promise<string | null> =>
  testEnv.redis.hget(testEnv.keys.snapshot(symbol), 'position_amt');

export const ledgerOf = async (testEnv: TestEnvironment, symbol = 'BTCUSDT'): Promise<string | null> =>
  testEnv.redis.hget(testEnv.keys.ledger(symbol), 'last_known_amt');

/** The stream sends events, the positions were read after that, and the ledger exists. */
export async function listening(testEnv: TestEnvironment, gate: Gate): Promise<void> {
  await eventually(
    async () => /^user_stream_up 1$/m.test(await gate.metrics()) && (await ledgerOf(testEnv)) !== null,
    8_000,
    () => gate.messages(),
  );
  // The read that follows the connection, and the second after it in which no other follows.
  await new Promise((resolve) => setTimeout(resolve, 1_200));
}

/** What the Position Brain says to a plan of a foreign Apply. */
export async function verdict(testEnv: TestEnvironment, symbol = 'BTCUSDT'): Promise<Record<string, unknown>> {
  const planId = `plan-${randomUUID().slice(0, 8)}`;
  const steps = JSON.stringify([{ step: 'CLOSE_FULL', type: 'market_reduce_only', side: 'close', pct: 100 }]);
  const fields = {
    plan_id: planId,
    symbol,
    action: 'FULL_CLOSE_PROPOSED',
    kill_score: '0.5',
    decision: 'EXECUTE',
    steps,
  };
  await testEnv.redis.xadd(testEnv.keys.planStream(), '*', ...Object.entries(fields).flat());
  const permit = await eventually(
    async () => (await testEnv.redis.get(testEnv.keys.positionPermit(planId))) ?? undefined,
  );
  return JSON.parse(permit) as Record<string, unknown>;
}

/** The amounts a symbol's snapshot shows from now on, each change once; ends with the returned function. */
export function watchAmounts(testEnv: TestEnvironment, symbol = 'BTCUSDT'): () => Promise<(string | null)[]> {
  const seen: (string | null)[] = [];
  const ending = new AbortController();
  const watched = (async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const amount = await amountOf(testEnv, symbol);
      if (amount !== seen.at(-1)) seen.push(amount);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  return async () => {
    ending.abort();
    await watched;
    return seen;
  };
}
