import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyFolder } from '../harness/signing-keys.js';
import { resultOf, stateOf } from './apply-support.js';
import { ApprovalStage, aWhile, type Json, problemOf, wish } from './approvals-support.js';

const keys = new KeyFolder();
let stage: ApprovalStage;
beforeAll(async () => {
  const positions = { BTCUSDT: '0.100', ETHUSDT: '1.000' };
  stage = await ApprovalStage.open(positions, 'defaults: { approval: manual }', {}, keys);
});
afterAll(async () => {
  await stage.close();
  keys.remove();
});
/** Of the symbols: just after a start, a process may still say that it is not ready. */
const attention = async (): Promise<Json[]> =>
  ((await stage.call('vera', 'GET', '/status')).answer['attention'] as Json[]).filter(({ symbol }) => symbol !== null);

describe('a plan that waits for a person', () => {
  it('is named by the status, and executed on signed permits of its next attempt when it is approved: part of [G10]', async () => {
    await stage.propose('BTCUSDT', wish('PARTIAL_50', 'signed'));
    const planId = await stage.untilWaiting('BTCUSDT');
    expect(await attention()).toEqual([
      {
        reason: 'approval_waiting',
        symbol: 'BTCUSDT',
        text: expect.stringMatching(
          new RegExp(`^Plan ${planId} of BTCUSDT waits for an approval since .* UTC, until `),
        ),
        since_ms: expect.any(Number),
        until_ms: expect.any(Number),
        by: null,
        remedy: `permit-gate approve ${planId} --reason "…"`,
      },
    ]);
    expect((await stage.approve(planId)).answer).toMatchObject({ outcome: 'approved' });
    expect(await resultOf(stage.testEnv, planId, 2)).toMatchObject({ executed: 'True', state: 'FILLED' });
    expect(await attention()).toEqual([]);
    const trace = (await stage.testEnv.redis.lrange(stage.testEnv.keys.trace(planId), 0, -1)).map(
      (step) => JSON.parse(step) as Record<string, string>,
    );
    const claimed = trace.find(({ step }) => step === 'claimed');
    for (const issuer of ['governor', 'p33'] as const)
      expect(JSON.parse(claimed?.[issuer] ?? '{}')).toMatchObject({
        issuer,
        kid: keys.key(issuer).kid,
        attempt: 2,
        sig: expect.stringMatching(/^[\w-]{86}$/) as string,
      });
  });

  it('of a suspended symbol is not approved, and waits on; allowed again, it is', async () => {
    const symbol = 'ETHUSDT';
    await stage.propose(symbol, wish('PARTIAL_50', 'suspended'));
    const planId = await stage.untilWaiting(symbol);
    expect((await stage.call('anna', 'DELETE', `/allowlist/${symbol}`, { reason: 'delisting' })).status).toBe(200);
    expect(await problemOf(stage.approve(planId))).toBe('409 symbol-suspended');
    await aWhile();
    expect(await stateOf(stage.testEnv, planId)).toBe('WAITING_APPROVAL');
    expect(await stage.waiting(symbol)).toMatchObject([{ plan_id: planId, approvals: [] }]);
    expect((await attention()).map(({ reason, remedy }) => [reason, remedy])).toEqual([
      ['symbol_suspended', `permit-gate allow ${symbol} --reason "…"`],
      ['approval_waiting', `permit-gate approve ${planId} --reason "…"`],
    ]);
    expect(stage.ordersOf(symbol)).toBe(0);
    expect((await stage.call('boss', 'PUT', `/allowlist/${symbol}`, { reason: 'listed' })).status).toBe(200);
    expect((await stage.approve(planId)).answer).toMatchObject({ outcome: 'approved' });
    expect(await resultOf(stage.testEnv, planId, 2)).toMatchObject({ executed: 'True' });
  });
});
