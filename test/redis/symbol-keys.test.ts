import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import { identityOf } from '../../src/flow/1-standing.js';
import { KEY_TABLE, type KeyName } from '../../src/redis/keys/keys.js';
import { SYMBOL_KEYS } from '../../src/redis/keys/symbol-keys.js';
import { LedgerStore } from '../../src/redis/stores/ledger-store.js';
import { PlanRecords } from '../../src/redis/stores/plan-records.js';
import { KeyTypes } from '../../src/redis/stores/key-types.js';
import { PROPOSAL_INTAKE, type ProposalIntake } from '../../src/runtime/proposal-intake.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  orderRequests,
  QUICK,
  resultOf,
  sleep,
  submit,
  untilKnown,
} from './apply-support.js';
import { OpsApp } from './ops-support.js';

/** The Position Brain writes `ledgerSeen` anew at its next cycle, whatever it is. */
const STAYING = SYMBOL_KEYS.filter((name) => name !== 'ledgerSeen');
const [BTC, ETH] = ['BTCUSDT', 'ETHUSDT'];
const env = { ...QUICK, APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT', P33_POLL_SEC: '0.1', GOV_DISARM_ON_ERROR_COUNT: '2' };

describe('a key of one symbol that is of the wrong type', () => {
  let testEnv: TestEnvironment;
  let gate: Gate;
  let ops: OpsApp;
  beforeEach(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '10', ETHUSDT: '10' } });
    gate = await testEnv.gate({ env });
    await untilKnown(testEnv, BTC, ETH);
    ops = await OpsApp.start({
      socket: inject('redisSocket'),
      environment: { APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT', REDIS_KEY_PREFIX: testEnv.prefix },
    });
  });
  afterEach(async () => {
    await ops.close();
    await testEnv.close();
  });

  const typeFaults = async (symbol: string) =>
    (await gate.app.get(KeyTypes, { strict: false }).faults([BTC, symbol])).get(symbol);
  const keyOf = (name: KeyName, symbol: string): string => (testEnv.keys[name] as (symbol: string) => string)(symbol);
  const get = (path: string) => ops.call('GET', path, 'viewer');
  const ordersOf = (symbol: string): number =>
    orderRequests(testEnv).filter(({ params }) => params['symbol'] === symbol).length;
  /** What becomes of a proposal: `executed` of its result, or that it was not taken. */
  async function close(symbol: string): Promise<string> {
    const taken = await submit(gate, symbol, 'PARTIAL_50').catch(() => undefined);
    if (taken?.decision !== 'EXECUTE') return 'not taken';
    return (await resultOf(testEnv, taken.planId))['executed'] ?? '';
  }
  /** A fill that was just made may stand in the way of the next for a moment. */
  const untilClosed = (symbol: string) => eventually(async () => (await close(symbol)) === 'True' || undefined);
  async function corrupt(key: string, name: KeyName): Promise<void> {
    await testEnv.redis.del(key);
    if (KEY_TABLE[name].type === 'string') await testEnv.redis.hset(key, 'not', 'ours');
    else await testEnv.redis.set(key, 'not ours');
  }

  it('can be any of these', () => {
    expect(SYMBOL_KEYS.toSorted()).toEqual([
      'epoch',
      'executions',
      'hold',
      'inflight',
      'ledger',
      'ledgerSeen',
      'proposal',
      'refused',
      'snapshot',
      'standing',
      'suspended',
      'unsettled',
      'usage',
    ]);
  });

  it.each(STAYING)('%s: that symbol alone, named by readiness and positions, never a 500 [R14]', async (name) => {
    const key = keyOf(name, ETH);
    const before = await testEnv.redis.dumpBuffer(key);
    const isString = KEY_TABLE[name].type === 'string';
    await corrupt(key, name);
    const sent = ordersOf(ETH);
    // Both are asked for at once, and the other symbol again while the first is in trouble.
    const [other] = await Promise.all([close(BTC), close(ETH)]);
    expect(other).toBe('True');
    await untilClosed(BTC);
    // Some of them are no part of the decision about an operator's proposal.
    const isFree = ['refused', 'proposal'].includes(name);
    expect(isFree ? sent : ordersOf(ETH)).toBe(sent);

    await corrupt(key, name);
    const named = new RegExp(
      `^${key} is a ${isString ? 'hash' : 'string'}, not a ${KEY_TABLE[name].type}: .*redis-cli DEL`,
    );
    const list = await get('/api/v1/positions');
    expect(list.status).toBe(200);
    expect(list.body.positions).toMatchObject([
      { symbol: BTC, faults: [] },
      { symbol: ETH, faults: expect.arrayContaining([expect.stringMatching(named)]) },
    ]);
    const ready = await get('/health/ready');
    expect(ready.status).toBe(200);
    expect(ready.body.details.symbols.stopped).toEqual({ [ETH]: expect.stringMatching(named) });
    // As the role's own Redis user sees it.
    expect(await typeFaults(ETH)).toEqual([expect.stringMatching(named)]);
    for (const path of [`/api/v1/positions/${ETH}`, '/api/v1/limits', '/api/v1/plans', '/api/v1/status'])
      expect([path, (await get(path)).status]).toEqual([path, 200]);
    expect(await testEnv.redis.exists(testEnv.keys.governorDisarm())).toBe(0);

    await testEnv.redis.del(key, keyOf('hold', ETH));
    if (before !== null && name === 'ledger') await testEnv.redis.restore(key, 0, before);
    await eventually(async () =>
      (await get('/api/v1/positions')).body.positions[1].faults.length === 0 ? true : undefined,
    );
    expect((await get('/health/ready')).body.details.symbols).toBeUndefined();
  });

  it('the target of a proposal: that proposal alone is refused, and its key is named [R14]', async () => {
    const { redis, keys } = testEnv;
    const intake = gate.app.get<ProposalIntake>(PROPOSAL_INTAKE, { strict: false });
    const propose = (symbol: string) => intake.submit(symbol, proposalFields('PARTIAL_50'), 'stream');
    const proposal = { action: 'PARTIAL_50', closePct: '', proposalId: '' } as const;
    const key = keys.takenUp(ETH, identityOf(proposal, undefined));
    const first = await propose(ETH);
    expect(await resultOf(testEnv, first.planId)).toMatchObject({ executed: 'True' });
    expect(await redis.type(key)).toBe('string');
    await redis.del(key);
    await redis.hset(key, 'not', 'ours');
    const sent = ordersOf(ETH);
    const [refused, other] = await Promise.all([propose(ETH), propose(BTC)]);
    expect(refused).toMatchObject({ decision: 'SKIP', reasonCodes: ['repeat_suppressed'] });
    expect(await resultOf(testEnv, other.planId)).toMatchObject({ executed: 'True' });
    expect(ordersOf(ETH)).toBe(sent);
    const named = `${key} is a hash, not a string: ${ETH} is stopped. Delete it (redis-cli DEL ${key})`;
    expect((await get('/api/v1/positions')).body.positions).toMatchObject([
      { symbol: BTC, faults: [] },
      { symbol: ETH, faults: [expect.stringContaining(named)] },
    ]);
    expect((await get('/health/ready')).body.details.symbols.stopped).toEqual({
      [ETH]: expect.stringContaining(named),
    });
    expect(await typeFaults(ETH)).toEqual([expect.stringContaining(named)]);
  });

  it('a ledger: fills of that time are marked as counted, and reconciling replaces it [R14]', async () => {
    const ledgers = gate.app.get(LedgerStore, { strict: false });
    await corrupt(keyOf('ledger', ETH), 'ledger');
    const source = { symbol: ETH, planId: 'a'.repeat(16), attempt: 1, orderId: '7', entryId: '' };
    const fill = {
      identity: 'pg-a-0-1',
      side: 'SELL',
      executedQty: new Decimal(2),
      timeMs: Date.now() - 60_000,
    } as const;
    for (let times = 0; times < 2; times += 1)
      expect(await ledgers.applyFill(source, fill)).toEqual({ kind: 'no_ledger' });
    expect((await ledgers.counted(ETH, 'pg-a-0-1')).toFixed()).toBe('2');
    const body = { expected_exchange_amt: '10', reason: 'somebody wrote over it' };
    const path = `/api/v1/positions/${ETH}/reconcile`;
    const answer = await eventually(async () => {
      const each = await ops.call('POST', path, 'operator', body);
      return each.status === 200 ? each : undefined;
    });
    expect(answer.body).toMatchObject({
      ledger: { state: 'present', last_known_amt: '10', source: 'reconcile' },
      faults: [],
    });
    await untilClosed(ETH);
  });

  it.each(['a hash', 'no number'])(
    'a position epoch that is %s: nothing is claimed, and nothing half way [R14]',
    async (what) => {
      const key = keyOf('epoch', ETH);
      if (what === 'a hash') await corrupt(key, 'epoch');
      else await testEnv.redis.set(key, 'many');
      expect(await close(ETH)).toBe('False');
      // Written by hand, a permit carries no epoch: the claim itself must refuse.
      const { planId } = await submit(gate, ETH, 'PARTIAL_50');
      await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit(ETH, 5, 10) });
      expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'False' });
      expect(ordersOf(ETH)).toBe(0);
      expect(await testEnv.redis.exists(keyOf('inflight', ETH))).toBe(0);
      await testEnv.redis.del(key);
      await untilClosed(ETH);
    },
  );
});

describe('the journal of one plan that is of the wrong type', () => {
  it('keeps the recovery from no other plan [R14]', async () => {
    const testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '10' } });
    try {
      const { redis, keys } = testEnv;
      const first = await testEnv.gate({ roles: 'apply', env: { ...env, APPLY_PERMIT_WAIT_MS: '400' } });
      const { planId } = await submit(first, BTC, 'PARTIAL_50');
      await first.stop();
      // Nobody is given the plan's entry again: the recovery alone can find it.
      await redis.xgroup('DESTROY', keys.planStream(), 'apply');
      await redis.set(keys.journal('broken'), 'not ours');
      await redis.zadd(keys.openPlans(), 1, 'broken');
      await sleep(400);
      const second = await testEnv.gate({ roles: 'apply', env });
      expect(await resultOf(testEnv, planId)).toMatchObject({ error: 'plan_expired' });
      expect(second.messages()).toContain('an open plan cannot be looked after');
      expect((await second.app.get(PlanRecords, { strict: false }).open()).map((plan) => plan.planId)).not.toContain(
        'broken',
      );
    } finally {
      await testEnv.close();
    }
  });
});
