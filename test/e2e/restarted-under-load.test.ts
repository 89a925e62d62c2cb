import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { keysFor } from '../../src/redis/keys/keys.js';
import { Random } from '../chaos/random.js';
import { type AdminToken, createAdminToken } from '../harness/admin-token.js';
import { ChildProcesses, kill } from '../harness/child-processes.js';
import { eventually } from '../harness/eventually.js';
import { olderBuild } from '../harness/older-build.js';
import { type GateProcess, startGate } from '../harness/gate-process.js';
import { PAPER_KEYS, UNLIMITED } from '../harness/paper-exchange-process.js';
import { proposalFields } from '../harness/proposals.js';
import { MAIN } from '../harness/program.js';
import { RedisServer } from '../harness/redis-server.js';
import { TEST_ADMIN, writeRedisConf, writeUsersFile } from '../harness/users-file.js';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { isAfter, keptIn } from './kept-keys.js';
import { type Role, ROLES, ROLL_ENV, ROLL_POSITIONS, rollUnderLoad, SIX, THREE } from './roll-support.js';

/** Twenty in `npm run test:long`; test/redis/acl-restart.test.ts restarts the shipped Redis in every run. */
const RESTARTS = Number(process.env['RESTARTS'] ?? 0);
const SEED = Number(process.env['RESTART_SEED'] ?? 1);
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const LOAD_MS = 2_500;
const PROPOSE_EVERY_MS = 60;
/** After a restart of Redis nothing is claimed until lost orders can no longer arrive, and have had time to show. */
const PROOF_SEC = '5';
const ORDERS_WITHIN_MS = 40_000;
/** Of a roll: from the first publication of a plan to its last result. */
const WORST_DELAY_MS = 4_000;
/** Of a roll: the others were replaced by the next proposal of their symbol while they waited. */
const LEAST_EXECUTED = 0.8;

const keys = keysFor('quantum:');
let folder: string;
let redisServer: RedisServer;
let exchange: PaperExchange;
let redis: Redis;
let admin: AdminToken;
const processes = new ChildProcesses();
afterEach(async () => {
  redis.disconnect();
  await processes.killAll();
  await Promise.all([exchange.close(), redisServer.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

async function begin(positions: Readonly<Record<string, string>>): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'permit-gate-restarts-'));
  const [acl, conf] = [join(folder, 'users.acl'), join(folder, 'redis.conf')];
  writeUsersFile(acl);
  writeRedisConf(conf, acl, folder);
  redisServer = await new RedisServer({ file: conf, processes }).start();
  exchange = await startPaperExchange({ port: 0, positions, limits: UNLIMITED });
  redis = connect();
  admin = createAdminToken(folder, 'admin');
}

function connect(): Redis {
  const client = new Redis({
    path: redisServer.socketPath,
    username: TEST_ADMIN,
    password: TEST_ADMIN,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 50,
  });
  client.on('error', () => undefined);
  return client;
}

async function startRole(
  role: Role | 'all',
  own: Readonly<Record<string, string>> = {},
  main = MAIN,
): Promise<GateProcess> {
  const user = role === 'all' ? 'permit-gate' : `permit-gate-${role}`;
  const operator = 'permit-gate-operator';
  const variables = {
    APPLY_MODE: 'testnet',
    ROLES: role === 'all' ? ROLES.join(',') : role,
    INSTANCE_ID: 'restarted',
    APPLY_ALLOWLIST: SYMBOLS.join(','),
    APPLY_POLL_SEC: '0.2',
    P33_POLL_SEC: '0.3',
    P33_METRICS_PORT: '0',
    P33_COOLDOWN_SEC: '0',
    GOV_MAX_EXEC_PER_HOUR: '100000',
    GOV_MAX_EXEC_PER_5MIN: '100000',
    GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000000',
    REDIS_URL: `unix://${redisServer.socketPath}`,
    REDIS_USERNAME: user,
    REDIS_PASSWORD: user,
    ADMIN_TOKENS_FILE: admin.tokensFile,
    EXCHANGE_REST_URL: exchange.restUrl,
    EXCHANGE_UNKNOWN_PROOF_SEC: PROOF_SEC,
    ...(role === 'apply' || role === 'all'
      ? { REDIS_OPERATOR_USERNAME: operator, REDIS_OPERATOR_PASSWORD: operator }
      : {}),
    ...PAPER_KEYS,
    ...own,
  };
  return startGate(variables, folder, { main, processes });
}

const startRoles = (): Promise<GateProcess[]> => Promise.all(ROLES.map((role) => startRole(role)));
const orders = (): number => exchange.records().orders.length;
async function setKillSwitch(gate: GateProcess | undefined, engaged: boolean): Promise<void> {
  const response = await fetch(`${gate?.url}/api/v1/kill-switch`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ engaged, reason: 'restart test' }),
  });
  expect([response.status, response.status === 200 ? '' : await response.text()]).toEqual([200, '']);
}

/** New proposals for every symbol, one after the other, until it is stopped. Answers with the stamps that Redis has acknowledged. */
function strategies(): () => Promise<ReadonlyMap<string, number>> {
  const acknowledged = new Map<string, number>();
  const stopped = new AbortController();
  const running = (async () => {
    for (let count = 0; !stopped.signal.aborted; count += 1) {
      const symbol = SYMBOLS[count % SYMBOLS.length] ?? '';
      const fields = proposalFields('CLOSE_PCT', { close_pct: '1', proposal_id: `${Date.now()}-${count}` });
      try {
        await redis.hset(keys.proposal(symbol), fields);
        acknowledged.set(symbol, Number(fields['last_update_epoch']));
      } catch (error) {
        // Redis is gone for now: this stamp was not acknowledged.
        if (!(error instanceof Error)) throw error;
      }
      await sleep(PROPOSE_EVERY_MS);
    }
  })();
  return async () => {
    stopped.abort();
    await running;
    return acknowledged;
  };
}

/** Everything goes down, in any order, by signal or by crash; then everything comes back. */
async function restartAll(gates: readonly GateProcess[], random: Random): Promise<GateProcess[]> {
  const gateSignal = random.pick(['SIGTERM', 'SIGKILL'] as const);
  const downs = [
    ...gates.map((gate) => () => kill(gate.program.child, gateSignal)),
    random.chance(0.5) ? () => redisServer.kill() : () => redisServer.end(),
  ];
  if (random.chance(0.3)) await redis.bgrewriteaof().catch(() => undefined);
  while (downs.length > 0) {
    const [down] = downs.splice(random.between(0, downs.length - 1), 1);
    await down?.();
    await sleep(random.between(0, 100));
  }
  await redisServer.start();
  await eventually(() => redis.ping().catch(() => undefined), 10_000);
  return startRoles();
}

it.runIf(RESTARTS > 0)(
  `${RESTARTS} restarts of everything under load, on the shipped files: no key is lost, and no order leaves while stopped [R11]`,
  async () => {
    process.stdout.write(`restarts under load: RESTART_SEED=${SEED}\n`);
    const random = new Random(SEED);
    await begin(Object.fromEntries(SYMBOLS.map((symbol) => [symbol, '1000'])));
    let gates = await startRoles();
    for (let round = 1; round <= RESTARTS; round += 1) {
      const before = orders();
      const stop = strategies();
      await eventually(() => orders() > before, ORDERS_WITHIN_MS);
      await sleep(random.between(0, LOAD_MS));
      const isStopped = round % 2 === 1;
      if (isStopped) await setKillSwitch(gates[2], true);
      const [ordersBefore, keysBefore] = [orders(), await keptIn(redis)];
      gates = await restartAll(gates, random);
      const acknowledged = await stop();
      const keysAfter = await keptIn(redis);
      const lost = [...keysBefore].filter(([name, id]) => {
        const now = keysAfter.get(name);
        return now === undefined || !isAfter(now, id);
      });
      expect(lost, `round ${round}, RESTART_SEED=${SEED}`).toEqual([]);
      for (const [symbol, stamp] of acknowledged)
        expect(Number(await redis.hget(keys.proposal(symbol), 'last_update_epoch'))).toBeGreaterThanOrEqual(stamp);
      if (!isStopped) continue;
      await sleep(4_000);
      expect(orders(), `orders while stopped in round ${round}, RESTART_SEED=${SEED}`).toBe(ordersBefore);
      await setKillSwitch(gates[2], false);
    }
    // Every order of the exchange is one that a plan knows, and its fill has moved the ledger.
    const own = exchange.records().orders;
    expect(own.length).toBeGreaterThan(RESTARTS);
    for (const { clientOrderId } of own) {
      const planId = clientOrderId.split('-')[1] ?? '';
      const state = await eventually(async () => (await redis.hget(keys.journal(planId), 'state')) ?? undefined);
      expect([clientOrderId, state]).not.toEqual([clientOrderId, 'BLOCKED']);
    }
    await setKillSwitch(gates[2], true);
    for (const symbol of SYMBOLS) {
      const held = exchange.records().positions.find((position) => position.symbol === symbol)?.amount;
      await eventually(
        async () => (await redis.hget(keys.ledger(symbol), 'last_known_amt')) === held || undefined,
        60_000,
      );
    }
  },
  120_000 + RESTARTS * 60_000,
);

it.runIf(RESTARTS > 0)(
  `${RESTARTS} rolls of six instances under 10 proposals/s, half of them between two versions: nothing lost, nothing doubled`,
  async () => {
    await begin(ROLL_POSITIONS);
    const older = olderBuild();
    const own = { ...ROLL_ENV, APPLY_ALLOWLIST: Object.keys(ROLL_POSITIONS).join(',') };
    // To the older version, back to this one, and twice within this one.
    const builds = Array.from({ length: RESTARTS }, (_, at) => (at % 4 === 0 ? older : MAIN));
    const report = await rollUnderLoad(
      builds,
      { redis, reading: connect(), keys, exchange },
      (role, copy, main) => startRole(role, { ...own, INSTANCE_ID: `${role}-${copy}` }, main),
      SIX,
    );
    process.stdout.write(`rolls under load: ${JSON.stringify(report)}\n`);
    expect(report.violations).toEqual([]);
    expect(report.proposals).toBeGreaterThan(RESTARTS * 50);
    expect(report.executed).toBeGreaterThan(report.proposals * LEAST_EXECUTED);
    expect(report.worstPlanMs).toBeLessThanOrEqual(WORST_DELAY_MS);
  },
  600_000 + RESTARTS * 120_000,
);

/** Both builds are this one: an older one takes minutes to build. `npm run test:long` rolls between two versions. */
it('each of three instances is replaced once under 10 proposals/s: nothing lost, nothing doubled, no order left behind', async () => {
  await begin(ROLL_POSITIONS);
  // So that a process that ends has orders on their way.
  exchange.addFault({ match: { method: 'POST', path: '/order' }, times: -1, action: { type: 'delay', ms: 250 } });
  const own = { ...ROLL_ENV, APPLY_ALLOWLIST: Object.keys(ROLL_POSITIONS).join(',') };
  const report = await rollUnderLoad(
    [MAIN],
    { redis, reading: connect(), keys, exchange },
    (role, copy, main) => startRole(role, { ...own, INSTANCE_ID: copy }, main),
    THREE,
  );
  expect(report).toMatchObject({ violations: [], unknown: 0 });
  expect(report.executed).toBeGreaterThan(report.proposals * LEAST_EXECUTED);
  expect(report.worstPlanMs).toBeLessThanOrEqual(WORST_DELAY_MS);
}, 120_000);
