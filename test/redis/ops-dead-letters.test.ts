import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { GROUPS } from '../../src/redis/keys/groups.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { placeDeadLetter } from '../harness/dead-letter.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  orderRequests,
  QUICK,
  resultOf,
  sleep,
  stateOf,
  submit,
  untilKnown,
  untilState,
} from './apply-support.js';
import { deadLetters, ledgerAmt, untilLedger, untilSettled } from './issuer-support.js';
import { type Answer, OpsApp } from './ops-support.js';

type Fields = Record<string, string>;

const get = (ops: OpsApp, path: string): Promise<Answer> => ops.call('GET', `/api/v1${path}`, 'viewer');
const settle = (ops: OpsApp, id: string, what: 'replay' | 'discard', reason = 'ticket 7'): Promise<Answer> =>
  ops.call('POST', `/api/v1/dead-letters/${id}/${what}`, 'admin', { reason });

/** Sets an entry aside as a consumer of `group` does; answers with the letter's id. */
async function deadLetter(
  testEnv: Pick<TestEnvironment, 'redis' | 'keys'>,
  stream: string,
  group: string,
  id: string,
  fields: Fields,
) {
  return placeDeadLetter(testEnv.redis, testEnv.keys, stream, group, { id, fields }, 'made by a test');
}

describe('dead letters', () => {
  let ops: OpsApp;
  let here: Pick<TestEnvironment, 'redis' | 'keys'>;
  beforeAll(async () => {
    ops = await OpsApp.start({ socket: inject('redisSocket') });
    here = { redis: ops.redis as TestEnvironment['redis'], keys: ops.keys };
  });
  afterAll(() => ops.close());
  beforeEach(() => ops.clear());

  async function letter(fields: Fields = { hello: 'world' }, group: string = GROUPS.p33): Promise<string> {
    const stream = ops.keys.resultStream();
    await ops.redis.xgroup('CREATE', stream, group, '$', 'MKSTREAM').catch(() => undefined);
    const id = (await ops.redis.xadd(stream, '*', ...Object.entries(fields).flat())) ?? '';
    return deadLetter(here, stream, group, id, fields);
  }

  it('are listed newest first, page by page, and read one by one', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift(await letter({ n: String(n) }));
    const first = (await get(ops, '/dead-letters?limit=3')).body;
    const second = (await get(ops, `/dead-letters?limit=3&cursor=${first.next_cursor}`)).body;
    expect([...first.dead_letters, ...second.dead_letters].map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(second.next_cursor).toBeNull();
    const { body } = await get(ops, `/dead-letters/${ids[0]}`);
    expect(body).toEqual({
      id: ids[0],
      at_ms: Number(ids[0]?.split('-')[0]),
      stream: ops.keys.resultStream(),
      group: 'p33',
      entry_id: expect.stringMatching(/^\d+-\d+$/),
      reason: 'made by a test',
      deliveries: 1,
      fields: { n: '4' },
      settled: null,
    });
    expect((await get(ops, '/dead-letters?cursor=x')).status).toBe(400);
    for (const unknown of ['1-1', 'x', '9'.repeat(40)])
      expect((await get(ops, `/dead-letters/${unknown}`)).body).toMatchObject({
        status: 404,
        type: 'urn:permit-gate:problem:dead-letter-unknown',
      });
  });

  it('are discarded once, by an admin, with name and time; the entry is not handled again', async () => {
    const id = await letter();
    expect((await ops.call('POST', `/api/v1/dead-letters/${id}/discard`, 'operator', { reason: 'x' })).status).toBe(
      403,
    );
    expect((await ops.call('POST', `/api/v1/dead-letters/${id}/discard`, 'admin', { reason: ' ' })).status).toBe(400);
    expect((await get(ops, `/dead-letters/${id}`)).body.settled).toBeNull();
    const { status, body } = await settle(ops, id, 'discard');
    expect(status).toBe(200);
    const settled = { outcome: 'discarded', by: 'the-admin', reason: 'ticket 7', at_ms: expect.any(Number) };
    expect(body).toMatchObject({ id, settled });
    expect((await get(ops, '/dead-letters')).body.dead_letters[0].settled).toEqual(settled);
    for (const what of ['replay', 'discard'] as const)
      expect((await settle(ops, id, what)).body).toMatchObject({
        status: 409,
        type: 'urn:permit-gate:problem:dead-letter-settled',
        settled,
      });
    expect((await ops.redis.xpending(ops.keys.resultStream(), 'p33'))[0]).toBe(0);
    const { entries } = (await get(ops, '/audit')).body;
    expect(entries.map(({ action, outcome }: Fields) => `${action} ${outcome}`).slice(0, 4)).toEqual([
      'dead_letter.discard refused: 409 The dead letter is already settled',
      'dead_letter.replay refused: 409 The dead letter is already settled',
      'dead_letter.discard ok',
      'dead_letter.discard refused: 400 The request is not valid',
    ]);
    expect(entries[2]).toMatchObject({ actor: 'the-admin', target: id, reason: 'ticket 7' });
  });

  it('are replayed to the group that dead-lettered them, with the same id; the second replay is refused', async () => {
    const stream = ops.keys.resultStream();
    await ops.redis.xgroup('CREATE', stream, 'governor', '$', 'MKSTREAM');
    const id = await letter();
    const entryId = (await get(ops, `/dead-letters/${id}`)).body.entry_id;
    const { status, body } = await settle(ops, id, 'replay');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      settled: { outcome: 'replayed', by: 'the-admin' },
      effect: 'none',
      detail: expect.stringMatching(/^it still cannot be read \(plan_id is "".*will be dead-lettered again$/),
    });
    const [pending] = (await ops.redis.xpending(stream, 'p33', '-', '+', 10)) as [string, string, number, number][];
    expect(pending?.[0]).toBe(entryId);
    expect(pending?.[1]).toBe('p33-replay');
    // Longer idle than any consumer waits before it takes an entry over.
    expect(pending?.[2]).toBeGreaterThan(60_000);
    expect((await ops.redis.xpending(stream, 'governor'))[0]).toBe(0);
    expect(await ops.redis.xlen(stream)).toBe(1);
    expect((await settle(ops, id, 'replay')).body).toMatchObject({
      status: 409,
      type: 'urn:permit-gate:problem:dead-letter-settled',
      settled: { outcome: 'replayed', by: 'the-admin', reason: 'ticket 7' },
    });
  });

  it('are settled once by a hundred simultaneous calls, and a repeated call with a key gets the same answer', async () => {
    const id = await letter();
    const answers = await Promise.all(Array.from({ length: 100 }, () => settle(ops, id, 'replay')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(99);
    const other = await letter();
    const call = (): Promise<Answer> =>
      ops.call('POST', `/api/v1/dead-letters/${other}/replay`, 'admin', { reason: 'x' }, { 'idempotency-key': 'k' });
    const first = await call();
    const second = await call();
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
  });

  it.each<[string, string, (id: string) => Promise<unknown>]>([
    ['entry-gone', 'was trimmed from', () => ops.redis.xtrim(ops.keys.resultStream(), 'MAXLEN', 0)],
    ['group-missing', 'has no group p33 now', () => ops.redis.xgroup('DESTROY', ops.keys.resultStream(), 'p33')],
  ])('whose replay has nowhere to go are refused and stay open (%s)', async (kind, detail, before) => {
    const id = await letter();
    await before(id);
    const { body } = await settle(ops, id, 'replay');
    expect(body).toMatchObject({ status: 409, type: `urn:permit-gate:problem:${kind}` });
    expect(body.detail).toContain(detail);
    expect((await get(ops, `/dead-letters/${id}`)).body.settled).toBeNull();
    expect((await settle(ops, id, 'discard')).status).toBe(200);
  });

  it.each([
    ['journal', () => ops.keys.journal('aaaaaaaaaaaaaaaa'), 'p33'],
    ['a stream without that group', () => ops.keys.proposalStream(), 'p33'],
    ['the audit', () => ops.auditStream, 'p33'],
  ])('that name a foreign key (%s) can only be discarded', async (_what, stream, group) => {
    const fields = { stream: stream(), group, entry_id: '1-1', reason: 'x', deliveries: '1', fields: 'no JSON' };
    const id = (await ops.redis.xadd(ops.keys.deadLetters(), '*', ...Object.entries(fields).flat())) ?? '';
    expect((await settle(ops, id, 'replay')).body).toMatchObject({
      status: 409,
      type: 'urn:permit-gate:problem:dead-letter-foreign',
    });
    expect((await settle(ops, id, 'discard')).body.settled.outcome).toBe('discarded');
  });

  it('lose their settlement when they are trimmed', async () => {
    const old = await letter();
    await settle(ops, old, 'discard');
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`1-${n}`, '{}']));
    await ops.redis.hset(ops.keys.settledDeadLetters(), many);
    const id = await letter();
    await settle(ops, id, 'discard');
    expect((await ops.redis.hkeys(ops.keys.settledDeadLetters())).toSorted()).toEqual([old, id].toSorted());
  });

  it('name the connection that is needed when the Redis user may not settle them', async () => {
    const id = await letter();
    const user = `${ops.environment.redisKeyPrefix.slice(0, -1)}-reader`;
    await ops.redis.call('ACL', 'SETUSER', user, 'on', '>secret', '+@all', `~${ops.environment.redisKeyPrefix}*`);
    await ops.redis.call('ACL', 'SETUSER', user, 'resetkeys', `%R~${ops.environment.redisKeyPrefix}*`);
    for (const key of [ops.auditStream, ops.keys.auditHeads(), ops.keys.server(), ops.keys.governorEvents()])
      await ops.redis.call('ACL', 'SETUSER', user, `~${key}`);
    const limited = await OpsApp.start({
      socket: inject('redisSocket'),
      environment: {
        REDIS_KEY_PREFIX: ops.environment.redisKeyPrefix,
        REDIS_USERNAME: user,
        REDIS_PASSWORD: 'secret',
      },
    });
    try {
      const { body } = await settle(limited, id, 'replay');
      expect(body).toMatchObject({ status: 503, type: 'urn:permit-gate:problem:redis-right-missing' });
      expect(body.detail).toContain('REDIS_OPERATOR_USERNAME');
      expect((await get(ops, `/dead-letters/${id}`)).body.settled).toBeNull();
    } finally {
      await limited.close();
      await ops.redis.call('ACL', 'DELUSER', user);
    }
  });
});

describe('a replay among running roles', () => {
  let testEnv: TestEnvironment;
  let ops: OpsApp;
  let gate: Gate;
  beforeEach(async () => {
    testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.100' } });
    ops = await OpsApp.start({ socket: inject('redisSocket'), environment: { REDIS_KEY_PREFIX: testEnv.prefix } });
  });
  afterEach(async () => {
    await ops.close();
    await testEnv.close();
  });

  const entryOf = async (stream: string, planId: string): Promise<{ id: string; fields: Fields }> => {
    const found = (await testEnv.entries(stream)).find(({ fields }) => fields['plan_id'] === planId);
    if (found === undefined) throw new Error(`${stream} has no entry of ${planId}`);
    return found;
  };

  it('of every entry of a filled plan does not trade or count again [R5] [S1] [G3]', async () => {
    gate = await testEnv.gate({ env: { ...QUICK, SYMBOLS: 'BTCUSDT' } });
    await untilKnown(testEnv, 'BTCUSDT');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    await untilLedger(testEnv, 'BTCUSDT', '0.05');
    const { keys } = testEnv;
    await untilSettled(testEnv, keys.resultStream(), 'governor');
    const usage = await testEnv.redis.hgetall(keys.usage('BTCUSDT'));
    const plan = await entryOf(keys.planStream(), planId);
    const result = await entryOf(keys.resultStream(), planId);
    const replays: [string, string, { id: string; fields: Fields }, string][] = [
      [keys.planStream(), 'apply', plan, 'the attempt is FILLED: it is not carried out a second time'],
      [keys.planStream(), 'governor', plan, 'the attempt is FILLED: it is not carried out a second time'],
      [keys.planStream(), 'p33', plan, 'the attempt is FILLED: it is not carried out a second time'],
      [keys.resultStream(), 'p33', result, 'the ledger has counted this fill already, and counts it once'],
      [keys.resultStream(), 'governor', result, 'the limits of this attempt are settled, or none were reserved'],
    ];
    for (const [stream, group, entry, detail] of replays) {
      const id = await deadLetter(testEnv, stream, group, entry.id, entry.fields);
      expect((await settle(ops, id, 'replay')).body).toMatchObject({ effect: 'none', detail });
    }
    for (const [stream, group] of replays)
      await eventually(async () => (await testEnv.redis.xpending(stream, group))[0] === 0 || undefined, 10_000);
    expect(orderRequests(testEnv)).toHaveLength(1);
    expect(testEnv.orders()).toHaveLength(1);
    expect(await testEnv.results()).toHaveLength(1);
    expect(await ledgerAmt(testEnv, 'BTCUSDT')).toBe('0.05');
    expect(await testEnv.redis.hgetall(keys.usage('BTCUSDT'))).toEqual(usage);
    expect(await deadLetters(testEnv)).toHaveLength(replays.length);
  });

  it('of a waiting plan, to two Apply processes at once, leads to one order [R5] [P7]', async () => {
    const env = { ...QUICK, APPLY_PERMIT_WAIT_MS: '12000' };
    gate = await testEnv.gate({ roles: 'apply', env });
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    await untilState(testEnv, planId, 'WAITING');
    const plan = await entryOf(testEnv.keys.planStream(), planId);
    const id = await deadLetter(testEnv, testEnv.keys.planStream(), 'apply', plan.id, plan.fields);
    await testEnv.gate({ roles: 'apply', env });
    expect((await settle(ops, id, 'replay')).body).toMatchObject({ effect: 'possible' });
    // By then it is taken over, by either of them.
    await sleep(5_500);
    await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('BTCUSDT', 0.05, 0.1) });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    await eventually(
      async () => (await testEnv.redis.xpending(testEnv.keys.planStream(), 'apply'))[0] === 0 || undefined,
    );
    expect(orderRequests(testEnv)).toHaveLength(1);
    expect(await stateOf(testEnv, planId)).toBe('FILLED');
  });

  it('of a copy of a plan is dead-lettered again as a new dead letter, and causes no order [A10]', async () => {
    gate = await testEnv.gate({ env: { ...QUICK, SYMBOLS: 'BTCUSDT' } });
    await untilKnown(testEnv, 'BTCUSDT');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    await resultOf(testEnv, planId);
    const { id: entryId, fields } = await entryOf(testEnv.keys.planStream(), planId);
    const copyId = await testEnv.redis.xadd(testEnv.keys.planStream(), '*', ...Object.entries(fields).flat());
    const letter = await eventually(async () =>
      (await get(ops, '/dead-letters')).body.dead_letters.find(({ group }: Fields) => group === 'apply'),
    );
    expect(letter.entry_id).toBe(copyId);
    expect((await settle(ops, letter.id, 'replay')).body).toMatchObject({
      effect: 'none',
      detail: `the attempt was published as entry ${entryId}: this one is a copy, and will be dead-lettered again`,
    });
    await eventually(async () => {
      const { dead_letters: all } = (await get(ops, '/dead-letters')).body;
      return (
        all.filter((each: Fields) => each['entry_id'] === copyId && each['group'] === 'apply').length === 2 || undefined
      );
    }, 10_000);
    expect(orderRequests(testEnv)).toHaveLength(1);
  });

  it('of a result whose ledger could not be written makes the ledger count it once [R5] [S11]', async () => {
    gate = await testEnv.gate({ env: { ...QUICK, SYMBOLS: 'BTCUSDT' } });
    await untilKnown(testEnv, 'BTCUSDT');
    const { keys, redis } = testEnv;
    const filled = JSON.stringify([
      { step: 'CLOSE_FULL', status: 'filled', side: 'SELL', executed_qty: 0.03, order_id: '77', reduce_only: true },
    ]);
    const entry = { plan_id: 'bbbbbbbbbbbbbbbb', symbol: 'BTCUSDT', decision: 'EXECUTE', executed: 'True' };
    // What the fill would be remembered under is in the way.
    await redis.lpush(keys.fill('BTCUSDT', '77'), 'x');
    await redis.xadd(keys.resultStream(), '*', ...Object.entries({ ...entry, steps_results: filled }).flat());
    const letter = await eventually(
      async () => (await get(ops, '/dead-letters')).body.dead_letters.find(({ group }: Fields) => group === 'p33'),
      10_000,
    );
    expect(letter).toMatchObject({ deliveries: 5, reason: expect.stringContaining('WRONGTYPE') });
    expect((await settle(ops, letter.id, 'discard')).status).toBe(200);
    expect(await ledgerAmt(testEnv, 'BTCUSDT')).toBe('0.1');
    const again = await deadLetter(testEnv, keys.resultStream(), 'p33', letter.entry_id, letter.fields);
    await redis.del(keys.fill('BTCUSDT', '77'));
    expect((await settle(ops, again, 'replay')).body).toMatchObject({
      effect: 'possible',
      detail: 'the ledger counts the part of this fill that it has not counted yet',
    });
    await untilLedger(testEnv, 'BTCUSDT', '0.07', 10_000);
    await untilSettled(testEnv, keys.resultStream(), 'p33');
    expect(await ledgerAmt(testEnv, 'BTCUSDT')).toBe('0.07');
  });
});
