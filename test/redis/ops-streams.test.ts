import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { TestEnvironment } from '../harness/test-environment.js';
import { QUICK, sleep, untilKnown } from './apply-support.js';
import { ledgerAmt, publishResult, untilLedger } from './issuer-support.js';
import { type Answer, OpsApp } from './ops-support.js';

const SILENT_MS = 10_000;

let testEnv: TestEnvironment;
let ops: OpsApp;
afterAll(async () => {
  for (const running of open) {
    await running.ops.close();
    await running.testEnv.close();
  }
});

interface Running {
  readonly testEnv: TestEnvironment;
  readonly ops: OpsApp;
}

const open = new Set<Running>();
async function start(): Promise<Running> {
  const made = await TestEnvironment.create({ positions: { BTCUSDT: '0.100' } });
  const environment = { REDIS_KEY_PREFIX: made.prefix };
  const running = { testEnv: made, ops: await OpsApp.start({ socket: inject('redisSocket'), environment }) };
  open.add(running);
  return running;
}

/** Each with entries of a consumer that has been silent for long enough. */
const dead: { readonly running: Running; readonly left: string[] }[] = [];
beforeAll(async () => {
  for (let n = 0; n < 2; n += 1) {
    const running = await start();
    dead.push({ running, left: await leftBy(running.testEnv, 'p33-dead', 3) });
  }
  // Claimed by hand a moment ago, as an operator at a shell does: idle for too short a time to be taken over soon.
  for (const { running, left } of dead) {
    const { redis, keys } = running.testEnv;
    await redis.xclaim(keys.resultStream(), 'p33', 'p33-dead', 0, ...left);
  }
  await sleep(SILENT_MS + 100);
});

/** Goes on with one of the two; answers with the entries of the silent consumer. */
function begin(at: 0 | 1): string[] {
  const found = dead[at];
  if (found === undefined) throw new Error('not started');
  ({ testEnv, ops } = found.running);
  return found.left;
}

const claim = (
  stream: string,
  group: string,
  body: object = {},
  who: 'operator' | 'admin' = 'admin',
): Promise<Answer> =>
  ops.call('POST', `/api/v1/streams/${encodeURIComponent(stream)}/groups/${group}/claim`, who, {
    min_idle_ms: SILENT_MS,
    reason: 'its host is gone',
    ...body,
  });

/** Result entries that a consumer read and never acknowledged. */
async function leftBy(where: TestEnvironment, consumer: string, count: number): Promise<string[]> {
  const { redis, keys } = where;
  await redis.xgroup('CREATE', keys.resultStream(), 'p33', '0', 'MKSTREAM').catch(() => undefined);
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const step = { side: 'SELL', executed_qty: 0.01, order_id: `${consumer}-${n}` };
    ids.push(await publishResult(where, 'BTCUSDT', step));
  }
  await redis.xreadgroup('GROUP', 'p33', consumer, 'STREAMS', keys.resultStream(), '>');
  return ids;
}

const problemKind = ({ body }: Answer): string => `${body.status} ${String(body.type).split(':').at(-1)}`;

it('entries of a dead consumer are moved to live ones and handled once; entries of a live one stay [R3] [S1]', async () => {
  const left = begin(0);
  const { redis, keys } = testEnv;
  // An amount without a time would hold from when it is noticed, and the fills below would be part of it.
  await redis.hset(keys.ledger('BTCUSDT'), { last_known_amt: '0.1', updated_at: String(Date.now() / 1000 - 60) });
  const stuck = await leftBy(testEnv, 'p33-stuck', 1);
  await testEnv.gate({ roles: 'position-brain', env: { ...QUICK, INSTANCE_ID: 'alive' } });
  await untilKnown(testEnv, 'BTCUSDT');
  await eventually(async () => {
    const consumers = JSON.stringify(await redis.xinfo('CONSUMERS', keys.resultStream(), 'p33'));
    return consumers.includes('p33-alive') || undefined;
  });
  const { status, body } = await claim(keys.resultStream(), 'p33');
  expect(status).toBe(200);
  expect(body).toEqual({
    stream: keys.resultStream(),
    group: 'p33',
    // It holds its lease; the other has only read lately.
    to: 'p33-alive',
    claimed: left.map((id) => ({ id, from: 'p33-dead' })),
    gone: 0,
    more: false,
  });
  await untilLedger(testEnv, 'BTCUSDT', '0.07', 10_000);
  const pending = (await redis.xpending(keys.resultStream(), 'p33', '-', '+', 10)) as [string, string][];
  expect(pending.map(([id, consumer]) => [id, consumer])).toEqual(stuck.map((id) => [id, 'p33-stuck']));
  expect((await claim('apply.result', 'p33', { consumer: 'p33-stuck', min_idle_ms: 600_000 })).body).toMatchObject({
    status: 409,
    type: 'urn:permit-gate:problem:consumer-alive',
  });
  // Everything again: nothing is left to claim, and nothing counts twice.
  expect((await claim('apply.result', 'p33', { consumer: 'p33-dead' })).body.claimed).toEqual([]);
  expect(await ledgerAmt(testEnv, 'BTCUSDT')).toBe('0.07');
  const { entries } = (await ops.call('GET', '/api/v1/audit?action=stream.claim', 'viewer')).body;
  expect(entries.at(-1)).toMatchObject({
    action: 'stream.claim',
    actor: 'the-admin',
    target: `${keys.resultStream()} p33`,
    reason: 'its host is gone',
    outcome: 'ok',
  });
});

it('trimmed entries are no longer pending, and a live consumer keeps its entries, however old', async () => {
  const [held = '', ...left] = begin(1);
  const { redis, keys } = testEnv;
  // While it holds its lease it lives, however long it has not read: a quiet night is no fault.
  await redis.set(keys.lease('p33', 'dead'), 'token');
  expect((await claim('apply.result', 'p33')).body).toEqual({
    stream: keys.resultStream(),
    group: 'p33',
    to: null,
    claimed: [],
    gone: 0,
    more: false,
  });
  expect((await claim('apply.result', 'p33', { consumer: 'p33-dead' })).body).toMatchObject({
    status: 409,
    detail: 'p33-dead holds its lease: its entries are being handled.',
  });
  await redis.del(keys.lease('p33', 'dead'));
  await redis.xdel(keys.resultStream(), left[0] ?? '');
  // A live consumer has been at this one for a minute: it is not taken from it.
  await redis.xclaim(keys.resultStream(), 'p33', 'p33-alive', 0, held, 'IDLE', 60_000);
  expect((await claim('apply.result', 'p33')).body).toMatchObject({
    to: 'p33-alive',
    claimed: [{ id: left[1], from: 'p33-dead' }],
    gone: 1,
  });
  const pending = (await redis.xpending(keys.resultStream(), 'p33', '-', '+', 10)) as [string, string][];
  expect(pending.map(([id]) => id)).toEqual([held, left[1]]);
});

it('only the streams and groups of this system can be claimed, by an admin, for a reason', async () => {
  ({ testEnv, ops } = await start());
  const { redis, keys } = testEnv;
  await redis.xgroup('CREATE', keys.auditApply('ops-test'), 'p33', '$', 'MKSTREAM');
  const refused: [Promise<Answer>, string][] = [
    [claim(keys.auditApply('ops-test'), 'p33'), '404 stream-unknown'],
    [claim('elsewhere', 'p33'), '404 stream-unknown'],
    [claim('apply.result', 'apply'), '404 group-unknown'],
    [claim('apply.plan', 'p33'), '409 group-missing'],
    [claim('apply.plan', 'p33', {}, 'operator'), '403 role-missing'],
    [claim('apply.plan', 'p33', { reason: '' }), '400 invalid-request'],
    [claim('apply.plan', 'p33', { min_idle_ms: 9_999 }), '400 invalid-request'],
    [claim('apply.plan', 'p33', { min_idle_ms: '15000' }), '400 invalid-request'],
  ];
  for (const [answer, expected] of refused) expect(problemKind(await answer)).toBe(expected);
  await redis.xgroup('CREATE', keys.planStream(), 'p33', '$', 'MKSTREAM');
  expect((await claim('apply.plan', 'p33')).body).toMatchObject({ to: null, claimed: [] });
  await redis.xgroup('CREATECONSUMER', keys.planStream(), 'p33', 'p33-alive');
  expect(problemKind(await claim('apply.plan', 'p33', { consumer: 'p33-none' }))).toBe('404 consumer-unknown');
  expect((await claim('apply.plan', 'p33')).body.claimed).toEqual([]);
});

it('a process of ours is dead as soon as its lease is gone, and its entries wait for nobody', async () => {
  ({ testEnv, ops } = await start());
  const { redis, keys } = testEnv;
  const [left = ''] = await leftBy(testEnv, 'p33-killed', 1);
  const lives = async (): Promise<Record<string, string>> => {
    const { streams } = (await ops.call('GET', '/api/v1/streams', 'viewer')).body;
    const groups = streams.flatMap((stream: { groups: object[] }) => stream.groups) as {
      consumers: { name: string; life: string }[];
    }[];
    return Object.fromEntries(groups.flatMap(({ consumers }) => consumers.map(({ name, life }) => [name, life])));
  };
  // Nothing is known of it but that it read a moment ago, as a service of another make does.
  expect(await lives()).toEqual({ 'p33-killed': 'reading' });
  expect(problemKind(await claim('apply.result', 'p33', { consumer: 'p33-killed' }))).toBe('409 consumer-alive');
  // What a killed process leaves: what it said about itself, and no lease.
  await redis.hset(keys.fleet('p33'), 'killed', `${Date.now()} {"version":"0.1.0","ended":false}`);
  expect(await lives()).toEqual({ 'p33-killed': 'dead' });
  expect(problemKind(await claim('apply.result', 'p33'))).toBe('409 no-live-consumer');
  await redis.xgroup('CREATECONSUMER', keys.resultStream(), 'p33', 'p33-next');
  await redis.set(keys.lease('p33', 'next'), 'token');
  expect(await lives()).toEqual({ 'p33-killed': 'dead', 'p33-next': 'alive' });
  expect((await claim('apply.result', 'p33')).body).toMatchObject({
    to: 'p33-next',
    claimed: [{ id: left, from: 'p33-killed' }],
  });
});
