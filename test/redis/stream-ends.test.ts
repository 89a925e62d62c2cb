import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { STREAM_NAMES, type StreamName } from '../../src/redis/streams/stream-renewal.js';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import {
  foreignPermit,
  GRANT,
  issueWithEvent,
  orderRequests,
  QUICK,
  resultOf,
  stateOf,
  submit,
  untilKnown,
  untilState,
} from './apply-support.js';
import { ledgerAmt, publishResult, untilLedger } from './issuer-support.js';
import { type Answer, OpsApp } from './ops-support.js';

const GREATEST = '18446744073709551615-18446744073709551615';
/** Entries are still taken after it, and all their times are wrong. */
const FAR_AHEAD = '9000000000000-0';

let testEnv: TestEnvironment;
let ops: OpsApp;
beforeEach(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
  ops = await OpsApp.start({ socket: inject('redisSocket'), environment: { REDIS_KEY_PREFIX: testEnv.prefix } });
});
afterEach(async () => {
  await ops.close();
  await testEnv.close();
});

const key = (name: StreamName): string => testEnv.keys[name]();
const end = (name: StreamName, id = GREATEST): Promise<string | null> => testEnv.redis.xadd(key(name), id, 'junk', '1');
const renewStream = (stream: string): Promise<Answer> =>
  ops.call('POST', `/api/v1/streams/${encodeURIComponent(stream)}/renew`, 'admin', { reason: 'it was ended' });
const renew = (name: StreamName): Promise<Answer> => renewStream(key(name));
const readyWhen = (status: number): Promise<Answer> => ops.readyWhen(status, 12_000);

describe('with the greatest possible id in every stream', () => {
  it('control works, readiness names every stream and its remedy, and one call each repairs it [R15]', async () => {
    const { redis, keys } = testEnv;
    await redis.mset(keys.killSwitch(), '{"engaged":false}', keys.arm(), '{"armed":true}');
    await readyWhen(200);
    for (const name of STREAM_NAMES) await end(name);
    await redis.xadd(ops.auditStream, GREATEST, 'junk', '1');
    const calls: [string, string, 'operator' | 'admin', object][] = [
      ['PUT', '/api/v1/kill-switch', 'operator', { engaged: true, reason: 'r1' }],
      ['PUT', '/api/v1/kill-switch', 'admin', { engaged: false, reason: 'r2' }],
      ['POST', '/api/v1/disarm', 'operator', { reason: 'r3' }],
      ['POST', '/api/v1/arm', 'admin', { reason: 'r4' }],
      ['PUT', '/api/v1/positions/BTCUSDT/hold', 'operator', { reason: 'r5' }],
      ['DELETE', '/api/v1/positions/BTCUSDT/hold', 'operator', { reason: 'r6' }],
    ];
    for (const [method, path, who, body] of calls) expect((await ops.call(method, path, who, body)).status).toBe(200);
    expect(JSON.parse((await redis.get(keys.arm())) ?? '')).toMatchObject({ armed: true, reason: 'r4' });

    const { body } = await readyWhen(503);
    for (const name of STREAM_NAMES)
      expect(body.error.redis_streams.reason).toContain(
        `${key(name)} was given the id ${GREATEST}, which is beyond the reach of Redis' clock: it takes no entries, or their times are wrong: permit-gate streams renew ${key(name)} --reason <text>`,
      );
    expect(body.error.redis_streams.reason).toContain(`6 events wait in ${keys.keptEvents()}`);
    // Six calls, and that somebody wrote to the audit.
    expect(body.error.audit.reason).toContain('7 audit entries of this process wait to be stored');

    for (const name of STREAM_NAMES)
      expect((await renew(name)).body).toMatchObject({ outcome: 'renewed', stream: key(name) });
    const audit = 'audit:apply:ops-test';
    expect((await renewStream(audit)).body).toMatchObject({ outcome: 'renewed', stream: ops.auditStream });
    expect((await renewStream(ops.auditStream)).body).toMatchObject({ outcome: 'fine' });
    await readyWhen(200);
    const events = (await testEnv.entries(keys.governorEvents())).map(({ fields }) => fields['event'] ?? 'junk');
    expect(events).toEqual(
      expect.arrayContaining([
        'junk',
        'KILL_SWITCH_ENGAGED',
        'KILL_SWITCH_RELEASED',
        'DISARMED',
        'ARMED',
        'HOLD',
        'HOLD_CLEARED',
      ]),
    );
    expect(events.filter((event) => event === 'STREAM_RENEWED')).toHaveLength(STREAM_NAMES.length + 1);
    const audited = (await testEnv.entries(ops.auditStream))
      .filter(({ fields }) => fields['action'] !== 'audit.damage')
      .map(({ fields }) => fields['reason']);
    expect(audited.slice(0, 7)).toEqual([undefined, 'r1', 'r2', 'r3', 'r4', 'r5', 'r6']);
    expect(audited.slice(7)).toEqual(Array(STREAM_NAMES.length + 2).fill('it was ended'));
    // What was appended by a hand stays in the audit, and shows.
    expect((await ops.call('GET', '/api/v1/audit?limit=100', 'viewer')).body.chain.intact).toBe(false);
  });

  it('only an admin renews, only streams of this system, and one that takes entries is left alone', async () => {
    const { redis, keys } = testEnv;
    const path = `/api/v1/streams/${encodeURIComponent(keys.planStream())}/renew`;
    expect((await ops.call('POST', path, 'operator', { reason: 'r' })).status).toBe(403);
    expect((await ops.call('POST', path, 'admin', { reason: '' })).status).toBe(400);
    expect((await ops.call('POST', '/api/v1/streams/elsewhere/renew', 'admin', { reason: 'r' })).status).toBe(404);
    expect((await renew('planStream')).body).toMatchObject({ outcome: 'absent' });
    const id = await redis.xadd(keys.planStream(), '*', 'a', '1');
    expect((await renew('planStream')).body).toEqual({ stream: keys.planStream(), outcome: 'fine', last_id: id });
    await redis.set(keys.resultStream(), 'text');
    expect((await readyWhen(503)).body.error.redis_streams.reason).toContain(
      `${keys.resultStream()} takes no entries (WRONGTYPE`,
    );
    expect((await renew('resultStream')).body).toMatchObject({ outcome: 'replaced', type: 'string' });
    expect((await redis.xinfo('GROUPS', keys.resultStream())) as unknown[]).toHaveLength(2);
  });
});

describe('a plan', () => {
  it('gets its permits while the permit events take no entries, and by their events after the renewal [R15]', async () => {
    const gate = await testEnv.gate({ env: { ...QUICK, APPLY_PERMIT_WAIT_MS: '4000' } });
    await untilKnown(testEnv, 'BTCUSDT');
    await end('permitEvents');
    const first = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, first.planId)).toMatchObject({ executed: 'True' });
    expect(gate.messages()).toContain(
      'permits are stored without their event: Apply finds them by its check, a little later',
    );
    await gate.stop();
    // The reader has seen the greatest id. The check of the waiting plans is too rare to find these permits in time.
    const env = { ...QUICK, APPLY_PERMIT_WAIT_MS: '6000', APPLY_PERMIT_STEP_MS: '5000', INSTANCE_ID: 'reader' };
    const reader = await testEnv.gate({ roles: 'apply', env });
    expect((await renew('permitEvents')).body).toMatchObject({ outcome: 'renewed' });
    const { planId } = await submit(reader, 'BTCUSDT', 'FULL_CLOSE_PROPOSED');
    await untilState(testEnv, planId, 'WAITING');
    await issueWithEvent(testEnv, planId, 'governor', GRANT);
    await issueWithEvent(testEnv, planId, 'p33', foreignPermit('BTCUSDT', 0.005, 0.005));
    const result = await resultOf(testEnv, planId);
    expect(result).toMatchObject({ executed: 'True' });
    expect(Number(result['wait_ms'])).toBeLessThan(4_000);
  });

  it('is not published, and nothing of it is, while the plan stream takes no entries [R15]', async () => {
    const gate = await testEnv.gate({ env: QUICK });
    await untilKnown(testEnv, 'BTCUSDT');
    await end('planStream');
    const proposal = { proposal_id: 'one' };
    await expect(submit(gate, 'BTCUSDT', 'PARTIAL_75', proposal)).rejects.toThrow(/exhausted the last possible ID/);
    expect(await testEnv.redis.keys(`${testEnv.prefix}apply:journal:*`)).toEqual([]);
    expect(await testEnv.redis.keys(`${testEnv.prefix}apply:dedupe:*`)).toEqual([]);
    await renew('planStream');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75', proposal);
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', attempt: '1' });
  });

  it('of a dry run keeps its permits and its state while its result cannot be published [R15]', async () => {
    const { redis, keys } = testEnv;
    const gate = await testEnv.gate({ env: { ...QUICK, APPLY_PERMIT_WAIT_MS: '2000' } });
    await untilKnown(testEnv, 'BTCUSDT');
    await redis.set(keys.arm(), '{"armed":false}');
    await end('resultStream');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await eventually(() => gate.messages().some((line) => /could not be handled/.test(line)) || undefined);
    expect(await redis.exists(keys.governorPermit(planId), keys.positionPermit(planId))).toBe(2);
    expect((await redis.lrange(keys.trace(planId), 0, -1)).join()).not.toMatch(/claimed|result/);
    await renew('resultStream');
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'False', attempt: '1' });
  });

  it('that filled keeps its guard while its result cannot be published; then it has one result, and the ledger follows [R15]', async () => {
    const gate = await testEnv.gate({ env: QUICK });
    await untilKnown(testEnv, 'BTCUSDT');
    await end('resultStream');
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_75');
    await eventually(
      () => orderRequests(testEnv).length === 1 || undefined,
      5_000,
      () => gate.messages(),
    );
    await eventually(
      () => gate.messages().some((line) => /could not be handled/.test(line)) || undefined,
      3_000,
      () => gate.messages(),
    );
    expect(await stateOf(testEnv, planId)).toMatch(/CLAIMED|UNKNOWN/);
    expect(await testEnv.redis.exists(testEnv.keys.inflight('BTCUSDT'))).toBe(1);
    await expect(submit(gate, 'BTCUSDT', 'UNKNOWN_ACTION')).rejects.toThrow(/exhausted the last possible ID/);
    const plans = (await testEnv.entries(testEnv.keys.planStream())).filter(
      ({ fields }) => fields['decision'] === 'SKIP',
    );
    expect(plans).toEqual([]);
    await renew('resultStream');
    expect(await resultOf(testEnv, planId, 1, 15_000)).toMatchObject({ executed: 'True' });
    await untilLedger(testEnv, 'BTCUSDT', '0.003');
    expect(orderRequests(testEnv)).toHaveLength(1);
  });
});

describe('an id far in the future', () => {
  it('loses no result: those after it that a group has not applied are appended again, the others are not [R15]', async () => {
    const { redis, keys } = testEnv;
    await redis.hset(keys.ledger('BTCUSDT'), { last_known_amt: '0.1', updated_at: String(Date.now() / 1000 - 60) });
    for (const group of ['p33', 'governor']) await redis.xgroup('CREATE', keys.resultStream(), group, '0', 'MKSTREAM');
    const fill = (n: number): Promise<string> =>
      publishResult(testEnv, 'BTCUSDT', { side: 'SELL', executed_qty: 0.01, order_id: `order-${n}` });
    const before = await fill(1);
    await end('resultStream', FAR_AHEAD);
    const applied = await fill(2);
    const pending = await fill(3);
    for (const group of ['p33', 'governor']) {
      await redis.xreadgroup('GROUP', group, `${group}-dead`, 'STREAMS', keys.resultStream(), '>');
      await redis.xack(keys.resultStream(), group, FAR_AHEAD, applied);
    }
    await redis.xack(keys.resultStream(), 'governor', before, pending);
    await fill(4);
    expect((await readyWhen(503)).body.error.redis_streams.reason).toContain('which is beyond the reach');
    expect((await renew('resultStream')).body).toMatchObject({ outcome: 'renewed', moved: 2, removed: 2 });
    const orders = (await testEnv.entries(keys.resultStream())).map(({ id, fields }) => [
      Number(id.split('-')[0]) < Date.now() + 60_000,
      /order-\d/.exec(fields['steps_results'] ?? '')?.[0],
    ]);
    expect(orders).toEqual([
      [true, 'order-1'],
      [true, 'order-3'],
      [true, 'order-4'],
    ]);
    await testEnv.gate({ roles: 'position-brain', env: { ...QUICK, INSTANCE_ID: 'dead' } });
    await untilLedger(testEnv, 'BTCUSDT', '0.07', 10_000);
    await eventually(async () => (await redis.xpending(keys.resultStream(), 'p33'))[0] === 0 || undefined);
    expect(await ledgerAmt(testEnv, 'BTCUSDT')).toBe('0.07');
  });
});
