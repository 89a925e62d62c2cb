import { afterEach, describe, expect, it } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import { eventually } from '../harness/eventually.js';
import { PROPOSAL_INTAKE, type ProposalIntake } from '../../src/runtime/proposal-intake.js';
import { proposalFields } from '../harness/proposals.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { QUICK, type ResultFields, sleep, untilKnown } from './apply-support.js';

const SYMBOL = 'BTCUSDT';
const ONCE = { ...QUICK, APPLY_REPEAT_POLICY: 'once_per_episode', P33_POLL_SEC: '0.1' };

let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

const say = (fields: Record<string, string>): Promise<unknown> =>
  testEnv.redis.hset(testEnv.keys.proposal(SYMBOL), fields);

async function executed(): Promise<ResultFields[]> {
  return (await testEnv.results()).map(({ fields }) => fields).filter((fields) => fields['executed'] === 'True');
}

const position = (): string =>
  testEnv.exchange.records().positions.find(({ symbol }) => symbol === SYMBOL)?.amount ?? '0';

async function closed(target: string, timeoutMs = 10_000): Promise<void> {
  await eventually(
    async () => Promise.resolve(position() === target || undefined),
    timeoutMs,
    () => ({
      position: position(),
      orders: testEnv.orders().map(({ quantity }) => quantity),
    }),
  );
}

/** Stamps the proposal anew every 100 ms until `during` is over. */
async function stampedThrough(action: string, more: Record<string, string>, during: Promise<unknown>): Promise<void> {
  const timer = setInterval(() => void say(proposalFields(action, more)), 100);
  await during.finally(() => clearInterval(timer));
}

describe('the share that a proposal asks for', () => {
  it.each([
    ['PARTIAL_25', {}, '0.75'],
    ['CLOSE_PCT', { close_pct: '12.5' }, '0.875'],
    ['CLOSE_PCT', { close_pct: '100' }, '0'],
  ])('of %s %j is closed [L9]', async (action, more, left) => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await testEnv.gate({ env: ONCE });
    await untilKnown(testEnv, SYMBOL);
    await say(proposalFields(action, more));
    await closed(left);
    const [only, ...others] = await eventually(async () => ((await executed()).length > 0 ? executed() : undefined));
    expect([only?.['state'], others]).toEqual(['FILLED', []]);
  });

  it.each(['0', '-5', '100.1', 'half', '', 'NaN', '0x32', '33.33333333333333333333'])(
    'that cannot be one (%j) is refused, and nothing is sent; part of [L9]',
    async (pct) => {
      testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
      await testEnv.gate({ env: ONCE });
      await untilKnown(testEnv, SYMBOL);
      await say(proposalFields('CLOSE_PCT', { close_pct: pct }));
      const refusal = await eventually(async () => (await testEnv.plans())[0]?.fields);
      expect(refusal).toMatchObject({ decision: 'ERROR', reason_codes: 'proposal_invalid' });
      expect(testEnv.orders()).toEqual([]);
    },
  );

  it('left over in a hash that asks for something else says nothing; part of [L9]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await testEnv.gate({ env: ONCE });
    await untilKnown(testEnv, SYMBOL);
    await say(proposalFields('PARTIAL_50', { close_pct: '10' }));
    await closed('0.5');
    expect(position()).toBe('0.5');
  });
});

describe('a standing proposal', () => {
  it('that is stamped all the time is carried out once, and its target is never passed [L3] [L4]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await testEnv.gate({ env: ONCE });
    await untilKnown(testEnv, SYMBOL);
    await stampedThrough('PARTIAL_50', {}, sleep(3_000));
    expect(position()).toBe('0.5');
    expect(testEnv.orders()).toHaveLength(1);
  });

  it('goes to the target of its first stamp although a person closes some of it meanwhile [L4]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const apply = await testEnv.gate({ roles: 'apply,position-brain', env: { ...ONCE, APPLY_PERMIT_WAIT_MS: '300' } });
    await untilKnown(testEnv, SYMBOL);
    await say(proposalFields('PARTIAL_50'));
    await eventually(
      async () => (await testEnv.results()).some(({ fields }) => fields['error'] === 'permit_timeout') || undefined,
    );
    await apply.stop();
    testEnv.exchange.setPosition(SYMBOL, '0.7');
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', '0.7');
    await testEnv.gate({ env: ONCE });
    await stampedThrough('PARTIAL_50', {}, closed('0.5'));
    await sleep(1_000);
    expect(position()).toBe('0.5');
    expect(testEnv.orders().map(({ quantity }) => quantity)).toEqual(['0.2']);
  });

  it('whose target somebody else has reached is done: target_reached; part of [L4]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const apply = await testEnv.gate({ roles: 'apply,position-brain', env: { ...ONCE, APPLY_PERMIT_WAIT_MS: '300' } });
    await untilKnown(testEnv, SYMBOL);
    await say(proposalFields('PARTIAL_50', { proposal_id: 'p' }));
    await eventually(
      async () => (await testEnv.results()).some(({ fields }) => fields['error'] === 'permit_timeout') || undefined,
    );
    await apply.stop();
    testEnv.exchange.setPosition(SYMBOL, '0.4');
    await testEnv.redis.hset(testEnv.keys.ledger(SYMBOL), 'last_known_amt', '0.4');
    await testEnv.gate({ env: ONCE });
    const told = eventually(
      async () =>
        (await testEnv.plans()).some(({ fields }) => fields['reason_codes'] === 'target_reached') ||
        (await testEnv.results()).some(({ fields }) => fields['error'] === 'target_reached') ||
        undefined,
    );
    await stampedThrough('PARTIAL_50', { proposal_id: 'p' }, told);
    expect(testEnv.orders()).toEqual([]);
  });

  it('by hash, stream and API at once, written in several ways, is one plan of the strategy [L8]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await testEnv.gate({ env: ONCE });
    await untilKnown(testEnv, SYMBOL);
    const stop = (price: string) => proposalFields('UPDATE_SL', { new_sl_proposed: price, proposal_id: 's' });
    await say(stop('33795.40'));
    for (const price of ['33795.4', '+33795.400', '3.37954e4'])
      await testEnv.redis.xadd(
        testEnv.keys.proposalStream(),
        '*',
        'symbol',
        SYMBOL,
        ...Object.entries(stop(price)).flat(),
      );
    await eventually(async () => (await executed()).length > 0 || undefined);
    await say(stop('33795.400'));
    await sleep(1_000);
    expect((await executed()).map(({ state }) => state)).toEqual(['PLACED']);
  });
});

describe('what is left of a close', () => {
  it('beyond the market maximum is closed by several orders, each with both permits [L5]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    testEnv.exchange.setRules(SYMBOL, { marketMaxQty: '0.4' });
    await testEnv.gate({ env: { ...ONCE, GOV_MAX_EXEC_PER_HOUR: '1', GOV_MAX_EXEC_PER_5MIN: '1' } });
    await untilKnown(testEnv, SYMBOL);
    await say(proposalFields('FULL_CLOSE_PROPOSED'));
    await closed('0', 20_000);
    expect(testEnv.orders().map(({ quantity }) => quantity)).toEqual(['0.4', '0.4', '0.2']);
    const results = await eventually(async () => ((await executed()).length === 3 ? executed() : undefined));
    expect(new Set(results.map((result) => result['plan_id'])).size).toBe(3);
    expect(await testEnv.redis.exists(testEnv.keys.governorDisarm())).toBe(0);
    const sum = results.reduce((total, result) => {
      const [step] = JSON.parse(result['steps_results'] ?? '[]') as { executed_qty: number }[];
      return total.plus(step?.executed_qty ?? 0);
    }, new Decimal(0));
    expect(sum.toFixed()).toBe('1');
  });

  it('after an order that ended with a part of it filled is tried again while the proposal stands, old as it is [L6]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await testEnv.gate({ env: { ...ONCE, APPLY_PROPOSAL_MAX_AGE_SEC: '1', P33_COOLDOWN_SEC: '2' } });
    await untilKnown(testEnv, SYMBOL);
    testEnv.exchange.addFault({
      match: { method: 'POST', path: '/order' },
      action: { type: 'respondAs', status: 'EXPIRED', executedQty: '0.5' },
      times: 1,
    });
    await say(proposalFields('FULL_CLOSE_PROPOSED'));
    await closed('0', 15_000);
    await eventually(async () => (await executed()).length === 2 || undefined);
    expect((await executed()).map(({ state }) => state)).toEqual(['PARTLY_FILLED', 'FILLED']);
  });

  it('is not closed once the proposal was withdrawn; part of [L1]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    testEnv.exchange.setRules(SYMBOL, { marketMaxQty: '0.4' });
    await testEnv.gate({ env: { ...ONCE, P33_COOLDOWN_SEC: '1' } });
    await untilKnown(testEnv, SYMBOL);
    await say(proposalFields('FULL_CLOSE_PROPOSED'));
    await closed('0.6');
    await say(proposalFields('HOLD'));
    await sleep(3_000);
    expect(position()).toBe('0.6');
    const [first] = await executed();
    expect(await testEnv.redis.hget(testEnv.keys.journal(first?.['plan_id'] ?? ''), 'state')).toBe('FILLED');
  });
});

describe("an operator's proposal", () => {
  it('is not withdrawn by the strategy, whose plans wait for it, and ends by DELETE; part of [L1]', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const gate = await testEnv.gate({ roles: 'apply,position-brain', env: { ...ONCE, APPLY_PERMIT_WAIT_MS: '300' } });
    await untilKnown(testEnv, SYMBOL);
    const intake = gate.app.get<ProposalIntake>(PROPOSAL_INTAKE, { strict: false });
    const { planId } = await intake.submit(SYMBOL, proposalFields('PARTIAL_25'), 'api');
    await say(proposalFields('HOLD'));
    await eventually(
      async () => (await testEnv.results()).some(({ fields }) => fields['error'] === 'permit_timeout') || undefined,
    );
    await say(proposalFields('PARTIAL_50'));
    await sleep(300);
    const published = async (): Promise<string[]> =>
      (await testEnv.plans())
        .filter(({ fields }) => fields['decision'] === 'EXECUTE')
        .map(({ fields }) => fields['action'] ?? '');
    expect(await published()).toEqual(['PARTIAL_25']);
    expect(await intake.withdraw(SYMBOL, 'a mistake')).toEqual({ planId, outcome: 'withdrawn' });
    const last = (await testEnv.results())
      .map(({ fields }) => fields)
      .findLast((fields) => fields['plan_id'] === planId);
    expect(last).toMatchObject({ error: 'proposal_withdrawn', reason: 'an operator withdrew it: a mistake' });
    // The strategy's turn comes, and the plan of the operator has no other attempt.
    await eventually(async () => (await published()).includes('PARTIAL_50') || undefined);
    await sleep(2_500);
    expect((await published()).filter((action) => action === 'PARTIAL_25')).toHaveLength(1);
    expect(testEnv.orders()).toEqual([]);
    expect(await intake.withdraw(SYMBOL, 'again')).toMatchObject({ outcome: 'none' });
    expect(await intake.withdraw('ETHUSDT', 'none')).toEqual({ planId: '', outcome: 'none' });
  });
});
