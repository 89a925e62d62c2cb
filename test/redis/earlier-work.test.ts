import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { EXCHANGE, type ExchangePort } from '../../src/exchange/exchange.port.js';
import { type MarketSymbol } from '../../src/flow/0-primitives.js';
import { ServerIdentity } from '../../src/redis/connection/server-identity.js';
import { PROPOSAL_INTAKE, type ProposalIntake } from '../../src/runtime/proposal-intake.js';
import { parseProposal } from '../../src/flow/1-proposal.js';
import { planIdOf } from '../../src/flow/2-plan.js';
import { placeReduceOnly } from '../harness/place-order.js';
import { proposalFields } from '../harness/proposals.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, type ResultFields, sleep, untilKnown } from './apply-support.js';

const SYMBOL = 'BTCUSDT';
const ONCE = { ...QUICK, APPLY_REPEAT_POLICY: 'once_per_episode', P33_POLL_SEC: '0.1' };

let testEnv: TestEnvironment;
afterEach(() => testEnv.close());

const say = (fields: Record<string, string>): Promise<unknown> =>
  testEnv.redis.hset(testEnv.keys.proposal(SYMBOL), fields);

const executed = async (): Promise<ResultFields[]> =>
  (await testEnv.results()).map(({ fields }) => fields).filter((fields) => fields['executed'] === 'True');

const refusals = async (): Promise<(string | undefined)[]> =>
  (await testEnv.plans()).map(({ fields }) => fields['reason_codes']);

const position = (): string =>
  testEnv.exchange.records().positions.find(({ symbol }) => symbol === SYMBOL)?.amount ?? '0';

/** Stamps the proposal anew for two seconds. */
async function stampedOn(action: string, more: Record<string, string> = {}): Promise<void> {
  for (let times = 0; times < 20; times += 1) {
    await say(proposalFields(action, more));
    await sleep(100);
  }
}

/** An order that a process with another Redis has sent; nothing of it is here. */
async function traded(clientOrderId: string): Promise<void> {
  const gate = await testEnv.gate({ env: ONCE });
  await untilKnown(testEnv, SYMBOL);
  const symbol = SYMBOL as MarketSymbol;
  const exchange = gate.app.get<ExchangePort>(EXCHANGE, { strict: false });
  const outcome = await placeReduceOnly(exchange, { symbol, side: 'SELL', quantity: '0.5', clientOrderId });
  expect(outcome.kind).toBe('accepted');
  await gate.stop();
  await testEnv.redis.del(...(await testEnv.redis.keys(`${testEnv.prefix}*`)));
}

/** What a process sees after another server, or this one without its last writes, has answered. */
async function startedAfterChange(): Promise<Gate> {
  const gate = await testEnv.gate({ env: ONCE });
  await untilKnown(testEnv, SYMBOL);
  const changedMs = Date.now();
  await testEnv.redis.hset(testEnv.keys.server(), 'changed_ms', String(changedMs));
  const server = gate.app.get(ServerIdentity, { strict: false });
  await eventually(() => Promise.resolve(server.known?.changedMs === changedMs || undefined), 10_000);
  return gate;
}

async function carriedOut(gate: Gate): Promise<void> {
  await untilKnown(testEnv, SYMBOL);
  await say(proposalFields('PARTIAL_50'));
  await eventually(async () => (await executed()).length === 1 || undefined, 10_000);
  await gate.stop();
}

describe('a proposal that nothing is stored of', () => {
  it.each([
    ['what was taken up', (keys: readonly string[]) => keys.filter((key) => key.includes('apply:taken-up:'))],
    [
      'what was taken up, and what is asked for',
      (keys: readonly string[]) => keys.filter((key) => /apply:(taken-up|standing):/.test(key)),
    ],
  ])('is not done again when Redis has lost %s', async (_what, lost) => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await carriedOut(await testEnv.gate({ env: ONCE }));
    const gone = lost(await testEnv.redis.keys(`${testEnv.prefix}*`));
    expect(gone.length).toBeGreaterThan(0);
    await testEnv.redis.del(...gone);
    await testEnv.gate({ env: ONCE });
    await stampedOn('PARTIAL_50');
    expect(position()).toBe('0.5');
    expect(testEnv.orders()).toHaveLength(1);
    expect(await refusals()).toContain('repeat_suppressed');
  });

  it('counts as of the present episode when Redis has lost which one it is', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const gate = await testEnv.gate({ env: ONCE });
    await untilKnown(testEnv, SYMBOL);
    await say(proposalFields('HOLD'));
    await eventually(async () => (await testEnv.redis.hget(testEnv.keys.standing(SYMBOL), 'episode')) ?? undefined);
    await carriedOut(gate);
    await testEnv.redis.del(testEnv.keys.standing(SYMBOL));
    await testEnv.gate({ env: ONCE });
    await stampedOn('PARTIAL_50');
    expect(testEnv.orders()).toHaveLength(1);
  });

  it('is not done again when a foreign result under the same plan id carried it out', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const fields = proposalFields('PARTIAL_50', { proposal_id: randomUUID() });
    const gate = await testEnv.gate({ env: ONCE });
    await untilKnown(testEnv, SYMBOL);
    await gate.stop();
    const reading = parseProposal(SYMBOL, fields);
    if (!reading.ok) throw new Error(reading.detail);
    const result = { plan_id: planIdOf(reading.proposal), symbol: SYMBOL, executed: 'True', steps_results: '[]' };
    await testEnv.redis.xadd(testEnv.keys.resultStream(), '*', ...Object.entries(result).flat());
    await testEnv.gate({ roles: 'apply,governor', env: ONCE });
    await say(fields);
    await eventually(async () => (await refusals()).includes('repeat_suppressed') || undefined, 10_000);
    expect(testEnv.orders()).toEqual([]);
  });
});

describe('an order of ours that has traded', () => {
  it.each([
    ['pg-0123456789abcdef-0-1', true],
    ['somebody-else-1', false],
  ])('as %s, on another Redis that knows nothing of it, puts the symbol on hold: %s', async (clientOrderId, isHeld) => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await traded(clientOrderId);
    expect(position()).toBe('0.5');
    await startedAfterChange();
    await stampedOn('PARTIAL_50');
    const hold = await testEnv.redis.get(testEnv.keys.hold(SYMBOL));
    expect(hold === null ? '' : (JSON.parse(hold) as { reason: string }).reason).toContain(isHeld ? clientOrderId : '');
    expect(hold !== null).toBe(isHeld);
    expect(isHeld ? position() : '0.5').toBe('0.5');
  });

  it('is compared once: a hold that an operator has cleared stays cleared', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    await traded('pg-0123456789abcdef-0-1');
    await startedAfterChange();
    await say(proposalFields('PARTIAL_50'));
    await eventually(async () => (await testEnv.redis.get(testEnv.keys.hold(SYMBOL))) ?? undefined, 10_000);
    await testEnv.redis.del(testEnv.keys.hold(SYMBOL));
    await say(proposalFields('HOLD'));
    await sleep(300);
    await stampedOn('PARTIAL_50');
    expect(await testEnv.redis.get(testEnv.keys.hold(SYMBOL))).toBeNull();
  });

  it('is asked for again while the exchange cannot be asked: nothing is published until then, and the caller is told', async () => {
    testEnv = await TestEnvironment.create({ positions: { [SYMBOL]: '1' } });
    const gate = await startedAfterChange();
    const down = { type: 'status', status: 503, body: 'down' } as const;
    testEnv.exchange.addFault({ match: { method: 'GET', path: '/userTrades' }, action: down, times: -1 });
    const intake = gate.app.get<ProposalIntake>(PROPOSAL_INTAKE, { strict: false });
    await expect(intake.submit(SYMBOL, proposalFields('PARTIAL_50'), 'api')).rejects.toThrow(
      /^Redis was restarted, .* it cannot be asked: .* Nothing was published\.$/,
    );
    await say(proposalFields('PARTIAL_50'));
    await sleep(500);
    expect(await testEnv.plans()).toEqual([]);
    testEnv.exchange.clearFaults();
    await say(proposalFields('PARTIAL_50'));
    await eventually(async () => (await executed()).length === 1 || undefined, 10_000);
  });
});
