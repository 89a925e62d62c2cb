import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountClaim } from '../../src/redis/stores/account-claim.js';
import { ControlFence } from '../../src/redis/stores/control-fence.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import type { LeaseKeeper } from '../../src/redis/stores/lease-keeper.js';
import { keysFor } from '../../src/redis/keys/keys.js';
import { Replicas } from '../../src/redis/connection/replicas.js';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { ControlWatch } from '../../src/runtime/control-watch.js';
import { ServerIdentity } from '../../src/redis/connection/server-identity.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { freePort } from '../harness/ports.js';
import { RedisServer } from '../harness/redis-server.js';
import { scriptsOn } from '../harness/scripts-on.js';
import {
  foreignPermit,
  GRANT,
  handwrite,
  orderRequests,
  QUICK,
  resultOf,
  sleep,
  stepOf,
  submit,
  untilState,
  untilKnown,
} from './apply-support.js';
import { pino } from 'pino';

const keys = keysFor('quantum:');
const SETTLE_MS = 700;
const A_LEASE = [
  { lease: 'l', fleet: 'f' },
  { token: 't', ttlMs: 60_000, instance: 'i', about: '', keepMs: 0 },
] as const;
const AOF = ['--appendonly', 'yes', '--appendfsync', 'always', '--repl-diskless-sync-delay', '0'];

let folder: string;
let servers: RedisServer[];
let clients: Redis[];
let testEnvs: TestEnvironment[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'permit-gate-tail-'));
  servers = [];
  clients = [];
  testEnvs = [];
});
afterEach(async () => {
  for (const testEnv of testEnvs) await testEnv.close();
  for (const client of clients) client.disconnect();
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(more: readonly string[] = []): Promise<RedisServer> {
  const server = await new RedisServer({ config: [...AOF, ...more] }).start();
  servers.push(server);
  return server;
}

function connect(path: string): Redis {
  const client = new Redis({ path, retryStrategy: () => 20, maxRetriesPerRequest: null });
  // Servers are killed here: that a connection is lost is no news.
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

/** Where clients find the server of the moment, whichever it is. */
function pointTo(server: RedisServer): string {
  const path = join(folder, 'redis.sock');
  rmSync(path, { force: true });
  symlinkSync(server.socketPath, path);
  return path;
}

/** A primary on a port and a replica that has all it has. */
async function pair(): Promise<{ primary: RedisServer; replica: RedisServer }> {
  const port = await freePort();
  const primary = await serve(['--port', String(port), '--bind', '127.0.0.1']);
  const replica = await serve(['--replicaof', '127.0.0.1', String(port)]);
  const asked = connect(replica.socketPath);
  await eventually(
    async () => (await asked.info('replication')).includes('master_link_status:up') || undefined,
    10_000,
  );
  return { primary, replica };
}

/** The replica stops following: what is written from now on is what a failover loses. */
async function detach(replica: RedisServer): Promise<void> {
  await connect(replica.socketPath).replicaof('NO', 'ONE');
}

describe('the identity of the Redis server', () => {
  it('is recorded first, is the same for every process, and is not a change', async () => {
    const { socketPath } = await serve();
    const first = new ServerIdentity(connect(socketPath), keys, SETTLE_MS);
    const noted = await first.confirm();
    expect(noted).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{40}:[0-9a-f]{40}$/),
      sinceMs: expect.any(Number),
      changedMs: 0,
      settleUntilMs: 0,
      clockStepsMs: 0,
      stepMs: 0,
    });
    expect(await new ServerIdentity(connect(socketPath), keys, SETTLE_MS).confirm()).toEqual(noted);
    expect(await connect(socketPath).exists(keys.governorEvents())).toBe(0);
  });

  it('changes with a restart, and the next script call notices before it runs [R6]', async () => {
    const server = await serve();
    const client = connect(server.socketPath);
    const scripts = scriptsOn(client, keys, SETTLE_MS);
    const changes: number[] = [];
    scripts.server.onChange(({ changedMs, settleUntilMs }) => changes.push(settleUntilMs - changedMs));
    await scripts.run('hold_lease', ...A_LEASE);
    await server.kill();
    await server.start();
    await eventually(async () => (await client.ping()) === 'PONG' || undefined);
    expect(changes).toEqual([]);
    await scripts.run('hold_lease', ...A_LEASE);
    expect(changes).toEqual([SETTLE_MS]);
    expect(await client.xrange(keys.governorEvents(), '-', '+')).toMatchObject([
      [expect.any(String), expect.arrayContaining(['REDIS_CHANGED', 'restarted', 'claims_wait'])],
    ]);
    // A later process sees the same change, and does not record a second one.
    const later = await scriptsOn(connect(server.socketPath), keys, SETTLE_MS).server.confirm();
    expect(later).toEqual(scripts.server.known);
  });

  it('changes with a promotion, also back to a server that knew the scripts before [R6]', async () => {
    const { primary, replica } = await pair();
    const client = connect(pointTo(primary));
    const scripts = scriptsOn(client, keys, SETTLE_MS);
    const reasons = async (): Promise<unknown[]> =>
      (await client.xrange(keys.governorEvents(), '-', '+')).map(([, fields]) => fields[fields.indexOf('reason') + 1]);
    const lease = (): Promise<unknown> => scripts.run('hold_lease', ...A_LEASE);
    await lease();
    const port = Number(
      /port:(\d+)/.exec(await client.info('server'))?.[1] ?? /tcp_port:(\d+)/.exec(await client.info('server'))?.[1],
    );
    const follower = connect(replica.socketPath);
    await eventually(async () => (await follower.exists(keys.server())) === 1 || undefined);
    await detach(replica);
    pointTo(replica);
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no').catch(() => undefined);
    await eventually(async () => !(await client.info('server')).includes(`tcp_port:${port}`) || undefined);
    await lease();
    expect(await reasons()).toEqual(['promoted']);
    const second = scripts.server.known?.id;
    // Back: the first primary follows the second, is promoted again, and still has the scripts of its first reign.
    const old = connect(primary.socketPath);
    const otherPort = await freePort();
    await connect(replica.socketPath).config('SET', 'port', String(otherPort));
    await old.replicaof('127.0.0.1', otherPort);
    await eventually(
      async () => (await old.info('replication')).includes('master_link_status:up') || undefined,
      10_000,
    );
    await old.replicaof('NO', 'ONE');
    pointTo(primary);
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'no').catch(() => undefined);
    await eventually(async () => (await client.info('server')).includes(`tcp_port:${port}\r`) || undefined);
    await lease();
    expect(await reasons()).toEqual(['promoted', 'promoted']);
    expect(scripts.server.known?.id).not.toBe(second);
  });

  it('stays the same when a first replica joins it', async () => {
    const port = await freePort();
    const primary = await serve(['--port', String(port), '--bind', '127.0.0.1']);
    const client = connect(primary.socketPath);
    const before = await new ServerIdentity(client, keys, SETTLE_MS).confirm();
    const replica = connect((await serve(['--replicaof', '127.0.0.1', String(port)])).socketPath);
    await eventually(
      async () => (await replica.info('replication')).includes('master_link_status:up') || undefined,
      10_000,
    );
    const after = await new ServerIdentity(client, keys, SETTLE_MS).confirm();
    expect(after.id).not.toBe(before.id);
    expect(after).toMatchObject({ changedMs: 0, settleUntilMs: 0 });
  });

  it.each<[string, boolean]>([
    ['this process notes it again', false],
    ['another process has noted it since', true],
  ])('data that was emptied under a running process counts as changed: %s [R4]', async (_how, byAnother) => {
    const { socketPath } = await serve();
    const client = connect(socketPath);
    const identity = new ServerIdentity(client, keys, SETTLE_MS);
    await identity.confirm();
    await sleep(2);
    await client.flushall();
    if (byAnother) await new ServerIdentity(connect(socketPath), keys, SETTLE_MS).confirm();
    const { changedMs, settleUntilMs } = await identity.confirm();
    expect(settleUntilMs - changedMs).toBe(SETTLE_MS);
  });
});

describe('a stop that Redis has lost', () => {
  const silent = pino({ level: 'silent' });
  const ARMED = { armed: true, by: 'start-up', reason: 'initial value', at_ms: 1 };
  const RELEASED = { engaged: false, by: 'start-up', reason: 'initial value', at_ms: 1 };

  function processOn(path: string, minReplicas = 0) {
    const redis = connect(path);
    const runner = scriptsOn(redis, keys, SETTLE_MS);
    const fence = new ControlFence();
    const replicas = new Replicas(minReplicas === 0 ? undefined : connect(path), keys, minReplicas);
    const store = new ControlStore(redis, runner, runner, keys, fence, replicas);
    const account = new AccountClaim(runner, keys, { token: 'process' } as LeaseKeeper, SETTLE_MS);
    return { redis, store, fence, watch: new ControlWatch(store, runner.server, account, new RedisClock(), silent) };
  }

  it('still counts for each process that has seen it, and is written again by the first that may [C2] [R6]', async () => {
    const { primary, replica } = await pair();
    const path = pointTo(primary);
    const acting = processOn(path);
    const other = processOn(path);
    await acting.store.init({ killSwitch: RELEASED, arm: ARMED });
    await eventually(async () => ((await connect(replica.socketPath).exists(keys.arm())) === 1 ? true : undefined));
    await detach(replica);
    await acting.store.setKillSwitch({ engaged: true, by: 'alice', reason: 'stop', at_ms: 2 });
    await acting.store.setArm({ armed: false, by: 'alice', reason: 'stop', at_ms: 2 });
    await other.watch.look();
    pointTo(replica);
    await primary.kill();
    const fresh = connect(path);
    await eventually(async () => (await fresh.get(keys.killSwitch()))?.includes('"engaged":false') || undefined);
    await eventually(async () => (await other.redis.ping().catch(() => '')) === 'PONG' || undefined);
    expect(await other.store.read()).toMatchObject({
      killSwitch: { engaged: true, by: 'alice' },
      arm: { armed: false, by: 'alice' },
    });
    expect([other.fence.lastSeenKillSeq, other.fence.lastSeenDisarmSeq]).toEqual([2, 2]);
    await other.watch.look();
    expect(JSON.parse((await fresh.get(keys.killSwitch())) ?? '')).toMatchObject({
      engaged: true,
      by: 'alice',
      seq: 2,
    });
    expect(JSON.parse((await fresh.get(keys.arm())) ?? '')).toMatchObject({ armed: false, by: 'alice', seq: 2 });
    // What an operator then says is newer, and holds.
    await other.store.setKillSwitch({ engaged: false, by: 'bob', reason: 'go', at_ms: 3 });
    await acting.watch.look();
    expect(await acting.store.read()).toMatchObject({
      killSwitch: { engaged: false, by: 'bob', seq: 3 },
      arm: { armed: false },
    });
  });

  it('on too few replicas is set, and the store says that they lack it [R6]', async () => {
    const alone = processOn((await serve()).socketPath, 1);
    await alone.store.init({ killSwitch: RELEASED, arm: ARMED });
    await alone.store.setKillSwitch({ engaged: true, by: 'a', reason: 'r', at_ms: 2 });
    expect(await alone.store.missingReplicas('the kill switch')).toBe(
      'the kill switch reached 0 replicas of the 1 that REDIS_MIN_REPLICAS asks for',
    );
    expect((await alone.store.stored()).killSwitch).toMatchObject({ engaged: true });
  });

  it('ends with a newer release, and a release is never written again', () => {
    const fence = new ControlFence();
    const state = (seq: number, engaged: boolean, armed: boolean) => ({
      killSwitch: { seq, engaged, by: '', reason: '', at_ms: 0 },
      arm: { seq, armed, by: '', reason: '', at_ms: 0 },
      governorDisarm: undefined,
    });
    fence.observe(state(1, false, true));
    expect(fence.lost(state(0, true, false))).toEqual({
      killSwitch: undefined,
      arm: undefined,
      governorDisarm: undefined,
    });
    fence.observe(state(2, true, false));
    expect(fence.lost(state(1, false, true))).toMatchObject({ killSwitch: { seq: 2 }, arm: { seq: 2 } });
    expect(fence.lost({ killSwitch: undefined, arm: undefined, governorDisarm: undefined })).toMatchObject({
      killSwitch: { seq: 2 },
    });
    fence.observe(state(3, false, true));
    expect([fence.lastSeenKillSeq, fence.lastSeenDisarmSeq]).toEqual([0, 0]);
    // The Governor's own, until somebody arms.
    const governorDisarm = { reason: 'burst_breach', at_ms: 5 };
    fence.observe({ ...state(3, false, true), governorDisarm });
    expect(fence.lastSeenDisarmSeq).toBe(4);
    expect(fence.lost(state(3, false, true)).governorDisarm).toEqual(governorDisarm);
    fence.observe(state(4, false, true));
    expect(fence.lastSeenDisarmSeq).toBe(0);
  });
});

describe('an order that Redis has lost', () => {
  const env = { ...QUICK, EXCHANGE_RECV_WINDOW_MS: '300', APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT' };

  /** A gate whose Redis is about to forget all that is written from now on. */
  async function forgetful(
    roles: string,
    more: Record<string, string> = {},
    known: (testEnv: TestEnvironment, gate: Gate) => Promise<void> = () => Promise.resolve(),
  ): Promise<{ testEnv: TestEnvironment; gate: Gate; failOver: () => Promise<void> }> {
    const { primary, replica } = await pair();
    const path = pointTo(primary);
    const testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1', ETHUSDT: '10' } }, path);
    testEnvs.push(testEnv);
    const gate = await testEnv.gate({ roles, env: { ...env, ...more, REDIS_URL: `unix://${path}` } });
    if (roles.includes('position-brain')) await untilKnown(testEnv, 'BTCUSDT', 'ETHUSDT');
    await known(testEnv, gate);
    // The replica has all there is until now.
    await testEnv.redis.set(`${testEnv.prefix}mark`, '1');
    expect(await testEnv.redis.wait(1, 10_000)).toBe(1);
    await detach(replica);
    const failOver = async (): Promise<void> => {
      pointTo(replica);
      await primary.kill();
      await eventually(
        async () =>
          (await testEnv.redis.hget(testEnv.keys.server(), 'changed_ms').catch(() => undefined)) !== '0' || undefined,
        5_000,
      );
    };
    return { testEnv, gate, failOver };
  }

  it('is found before the same plan sends it again: no second order, and the symbol is held [R6] [O13]', async () => {
    const { testEnv, gate, failOver } = await forgetful('apply');
    const proposal = { proposal_id: 'p-1', computed_at_utc: new Date().toISOString() };
    const permits = { governor: GRANT, p33: foreignPermit('BTCUSDT', 0.5, 1) };
    const first = await submit(gate, 'BTCUSDT', 'PARTIAL_50', proposal);
    await handwrite(testEnv, first.planId, permits);
    expect(await resultOf(testEnv, first.planId)).toMatchObject({ executed: 'True' });
    await failOver();
    expect(await testEnv.results()).toEqual([]);
    const settledMs = Number(await testEnv.redis.hget(testEnv.keys.server(), 'settle_until_ms'));
    await sleep(Math.max(0, settledMs - Date.now()) + 50);
    const again = await submit(gate, 'BTCUSDT', 'PARTIAL_50', proposal);
    expect(again).toMatchObject({ planId: first.planId, decision: 'EXECUTE', attempt: 1 });
    await handwrite(testEnv, again.planId, permits);
    const result = await resultOf(testEnv, again.planId);
    expect(result).toMatchObject({ executed: 'False', error: 'order_outcome_unknown' });
    expect(stepOf(result)['details']).toMatchObject({
      client_order_id: `pg-${first.planId}-0-1`,
      status: 'FILLED',
      executed_qty: 0.5,
    });
    expect(orderRequests(testEnv)).toHaveLength(1);
    expect(JSON.parse((await testEnv.redis.get(testEnv.keys.hold('BTCUSDT'))) ?? '')).toMatchObject({
      cause: 'order_outcome_unknown',
      by: 'apply',
    });
  });

  it('is found although its plan is known: the symbol is held, and the hold names the order; part of [K3] [R6]', async () => {
    let planId = '';
    const { testEnv, failOver } = await forgetful('apply', { APPLY_PERMIT_WAIT_MS: '9000' }, async (before, gate) => {
      ({ planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50'));
      await untilState(before, planId, 'WAITING');
    });
    await handwrite(testEnv, planId, { governor: GRANT, p33: foreignPermit('BTCUSDT', 0.5, 1) });
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    await failOver();
    expect(await testEnv.redis.exists(testEnv.keys.journal(planId))).toBe(1);
    const hold = await eventually(
      async () => (await testEnv.redis.get(testEnv.keys.hold('BTCUSDT'))) ?? undefined,
      15_000,
    );
    expect(JSON.parse(hold)).toMatchObject({
      cause: 'order_outcome_unknown',
      by: 'apply',
      reason: expect.stringContaining(`order pg-${planId}-0-1 (SELL 0.5, FILLED, executed 0.5 at the exchange)`),
    });
    expect(await testEnv.redis.get(testEnv.keys.hold('ETHUSDT'))).toBeNull();
  }, 30_000);

  it('blocks permits of its symbol for the proof time, and of other symbols only for the settling time [R6]', async () => {
    const { testEnv, gate, failOver } = await forgetful('apply,governor,position-brain', {
      EXCHANGE_UNKNOWN_PROOF_SEC: '12',
    });
    const before = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, before.planId)).toMatchObject({ executed: 'True' });
    // A step that is still under way would find the new server, and be right there.
    await eventually(
      async () => (await testEnv.redis.hget(testEnv.keys.ledger('BTCUSDT'), 'last_known_amt')) === '0.5' || undefined,
    );
    await sleep(300);
    await failOver();
    const soon = await submit(gate, 'ETHUSDT', 'PARTIAL_50');
    const early = await resultOf(testEnv, soon.planId);
    expect(early).toMatchObject({ executed: 'False', error: 'p33_denied', reason: 'stale_exchange_state' });
    expect(stepOf(early)['details']).toMatchObject({ cause: 'redis_changed', settles_in_seconds: expect.any(Number) });
    // Its next attempts come by themselves, and the first after all has settled is carried out.
    const executed = await eventually(
      async () =>
        (await testEnv.results()).find(
          ({ fields }) => fields['plan_id'] === soon.planId && fields['executed'] === 'True',
        ),
      15_000,
      () => testEnv.results(),
    );
    const { changed_ms: changed, settle_until_ms: settled } = await testEnv.redis.hgetall(testEnv.keys.server());
    expect(Number(executed.fields['timestamp']) * 1000).toBeGreaterThanOrEqual(Number(settled));
    const traded = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    const held = await resultOf(testEnv, traded.planId);
    expect(held).toMatchObject({ error: 'p33_denied', reason: 'cooldown_in_flight' });
    expect(stepOf(held)['details']).toMatchObject({ cause: 'traded_before_redis_changed' });
    await sleep(Math.max(0, Number(changed) + 12_000 - Date.now()) + 100);
    // The order that the new server knows nothing of was found before the first proposal of its symbol was taken up.
    expect(await testEnv.redis.get(testEnv.keys.hold('BTCUSDT'))).toContain(`pg-${before.planId}-0-1`);
    const last = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, last.planId)).toMatchObject({
      error: 'p33_denied',
      reason: 'reconcile_hold_active',
    });
    expect(orderRequests(testEnv)).toHaveLength(2);
  }, 40_000);
});
