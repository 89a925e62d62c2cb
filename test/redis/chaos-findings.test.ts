import { afterEach, describe, expect, it } from 'vitest';
import { market } from '../exchange/paper-client.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, sleep, stateOf, submit, untilKnown, untilState } from './apply-support.js';

/** What the chaos runs found, each held down by the smallest scene that shows it. */
describe('a scene the chaos runs found', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  it('a process without an account starts on a prefix that has one, also a second time', async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
    await (await testEnv.gate({ env: QUICK })).stop();
    const keyless = { ...QUICK, ROLES: 'governor', APPLY_MODE: 'testnet' };
    for (let starts = 0; starts < 2; starts += 1) {
      const governor = await testEnv.gate({ roles: 'governor', env: keyless });
      expect(governor.messages()).toContain('permit-gate running');
      await governor.stop();
    }
    expect(await testEnv.redis.get(testEnv.keys.account())).toMatch(/^testnet:/);
  });

  it.each([
    ['', { between: 0, byHand: false }],
    [', and many plans were published since', { between: 520, byHand: false }],
    [', and a person sold at the same time', { between: 0, byHand: true }],
  ])(
    'an order that never arrived is proven absent although our order before it traded a moment ago%s [O2]',
    async (_and, { between, byHand }) => {
      testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.100' } });
      const env = {
        ...QUICK,
        APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT',
        EXCHANGE_ORDER_TIMEOUT_MS: '300',
        EXCHANGE_RECV_WINDOW_MS: '300',
      };
      const gate = await testEnv.gate({ env });
      await untilKnown(testEnv, 'BTCUSDT');
      const first = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
      expect(await resultOf(testEnv, first.planId)).toMatchObject({ executed: 'True' });
      await Promise.all(Array.from({ length: between }, () => submit(gate, 'ETHUSDT', 'HOLD')));
      testEnv.exchange.addFault({
        match: { method: 'POST', path: '/order' },
        action: { type: 'loseRequest' },
        times: 1,
      });
      // Until the snapshot has caught up with the first fill the answer is to wait.
      const second = await eventually(async () => {
        const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
        await eventually(async () => /UNKNOWN|BLOCKED/.test((await stateOf(testEnv, planId)) ?? '') || undefined);
        return (await stateOf(testEnv, planId)) === 'UNKNOWN' ? planId : undefined;
      }, 15_000);
      if (byHand) await market(testEnv.exchange, 'SELL', '0.010');
      expect(await resultOf(testEnv, second, 1, 15_000)).toMatchObject({
        error: 'order_not_found',
        state: 'NOT_FOUND',
      });
      expect(testEnv.orders()).toHaveLength(byHand ? 2 : 1);
      expect(await testEnv.redis.exists(testEnv.keys.hold('BTCUSDT'), testEnv.keys.inflight('BTCUSDT'))).toBe(0);
    },
  );

  describe("while an operator's plan is open", () => {
    const toStream = (action: string): Promise<unknown> => {
      const fields = { symbol: 'BTCUSDT', ...proposalFields(action), proposal_id: 'streamed-once' };
      return testEnv.redis.xadd(testEnv.keys.proposalStream(), '*', ...Object.entries(fields).flat());
    };
    const position = (): string | undefined =>
      testEnv.exchange.records().positions.find(({ symbol }) => symbol === 'BTCUSDT')?.amount;

    it('a proposal that came through the stream once waits, and is carried out after it [L8]', async () => {
      testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1' } });
      const gate = await testEnv.gate({ env: QUICK });
      await untilKnown(testEnv, 'BTCUSDT');
      testEnv.exchange.addFault({
        match: { method: 'POST', path: '/order' },
        action: { type: 'delay', ms: 800, when: 'before' },
        times: 1,
      });
      const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_25', {}, 'api');
      await untilState(testEnv, planId, 'CLAIMED');
      await toStream('PARTIAL_50');
      await eventually(async () => Promise.resolve(position() === '0.375' || undefined), 8_000);
      expect(testEnv.orders()).toHaveLength(2);
    });

    it('a proposal of the stream that waits for it outlives the end of its process [L8] [R8]', async () => {
      testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1' } });
      const gate = await testEnv.gate({
        roles: 'apply,position-brain',
        env: { ...QUICK, INSTANCE_ID: 'one', APPLY_PERMIT_WAIT_MS: '3000' },
      });
      await untilKnown(testEnv, 'BTCUSDT');
      const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_25', {}, 'api');
      await untilState(testEnv, planId, 'WAITING');
      await toStream('PARTIAL_50');
      await sleep(1_000);
      await gate.stop();
      expect(await testEnv.redis.xlen(testEnv.keys.deadLetters())).toBe(0);
      await testEnv.gate({ env: { ...QUICK, INSTANCE_ID: 'one' } });
      await eventually(async () => Promise.resolve(position() === '0.375' || undefined), 15_000);
      expect(testEnv.orders()).toHaveLength(2);
    });

    it('the rest of a close that an order filled in part waits, and goes on after it [L4] [L6]', async () => {
      testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1' } });
      const gate = await testEnv.gate({ env: { ...QUICK, P33_COOLDOWN_SEC: '1' } });
      await untilKnown(testEnv, 'BTCUSDT');
      testEnv.exchange.addFault({
        match: { method: 'POST', path: '/order' },
        action: { type: 'respondAs', status: 'EXPIRED' },
        times: 1,
      });
      await toStream('PARTIAL_50');
      await eventually(async () => Promise.resolve(position() === '0.75' || undefined));
      // The cooldown makes it wait for its second attempt, until after the rest of the close is due.
      await submit(gate, 'BTCUSDT', 'PARTIAL_25', {}, 'api');
      await eventually(async () => Promise.resolve(position() === '0.5' || undefined), 12_000);
      expect(testEnv.orders()).toHaveLength(3);
    });
  });
});
