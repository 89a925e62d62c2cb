import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityOf } from '../../src/flow/1-standing.js';
import { createAdminToken } from '../harness/admin-token.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';

const LISTED = 'BTCUSDT,ETHUSDT,SOLUSDT,DOGEUSDT';
/** In APPLY_ALLOWLIST alone: nothing reads its position. */
const UNREAD = 'XRPUSDT';
const PLAN = 'aaaaaaaaaaaaaaaa';
const CLOCK = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`;

interface Said {
  readonly reason: string;
  readonly text: string;
  readonly since_ms: number | null;
  readonly until_ms: number | null;
  readonly by: string | null;
  readonly remedy: string | null;
}

let testEnv: TestEnvironment;
let gate: Gate;
let governor: Gate;
let token: string;

async function call(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  const response = await fetch(`${gate.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}
async function why(symbol: string): Promise<Said[]> {
  const { status, answer } = await call('GET', `/symbols/${symbol}/why`);
  expect({ status, detail: answer['detail'] }).toEqual({ status: 200, detail: undefined });
  const blockers = answer['blockers'] as Said[];
  expect(answer['may_trade']).toBe(blockers.length === 0);
  return blockers;
}
/** Waits until exactly these are in the way. */
const inTheWay = (symbol: string, ...reasons: string[]): Promise<Said[]> => {
  let found: Said[] = [];
  return eventually(
    async () => {
      found = await why(symbol);
      return found.map(({ reason }) => reason).join() === reasons.join() ? found : undefined;
    },
    8_000,
    () => found,
  );
};
async function nowMs(): Promise<number> {
  // Both come as text; the arithmetic makes numbers of them.
  const [sec = 0, micros = 0] = await testEnv.redis.time();
  return sec * 1000 + Math.floor(micros / 1000);
}
/** What Apply records of a strategy's request. No hash is there, so Apply does nothing with it. */
async function ask(symbol: string, fields: Record<string, string | number> = {}): Promise<void> {
  const epoch = Math.floor((await nowMs()) / 1000);
  const asked = {
    source: 'stream',
    action: 'PARTIAL_75',
    close_pct: '',
    proposal_id: 'w',
    stop: '',
    epoch,
    generation: 1,
  };
  await testEnv.redis.hset(testEnv.keys.standing(symbol), { ...asked, ...fields });
}
const on = (day: number): string => new Date(day).toISOString().slice(0, 10).replaceAll('-', '');

beforeAll(async () => {
  const positions = { BTCUSDT: '0.010', ETHUSDT: '1', SOLUSDT: '17', DOGEUSDT: '100' };
  testEnv = await TestEnvironment.create({ positions });
  const made = createAdminToken(mkdtempSync(join(tmpdir(), 'permit-gate-why-')), 'boss');
  token = made.token;
  const env = {
    SYMBOLS: LISTED,
    APPLY_ALLOWLIST: `${LISTED},${UNREAD}`,
    P33_ALLOWLIST: LISTED,
    GOV_MAX_REDUCE_QTY_PER_DAY: '5000',
    ADMIN_TOKENS_FILE: made.tokensFile,
  };
  gate = await testEnv.gate({ roles: 'apply,position-brain', http: true, env });
});
afterAll(() => testEnv.close());

describe('why a symbol does not trade', () => {
  it('names the role that no process has, until one has it', async () => {
    await ask('BTCUSDT');
    const [missing] = await inTheWay('BTCUSDT', 'role_missing');
    expect(missing).toMatchObject({
      text: 'No process with ROLES=governor is alive, and none was seen before.',
      remedy: 'ROLES=governor permit-gate serve',
    });
    governor = await testEnv.gate({ roles: 'governor', env: { SYMBOLS: LISTED, APPLY_ALLOWLIST: LISTED } });
    await inTheWay('BTCUSDT');
  });

  it('knows its symbols in any case, and no others', async () => {
    await ask('BTCUSDT');
    expect(await why('btcusdt')).toEqual([]);
    const { status, answer } = await call('GET', '/symbols/NOUSDT/why');
    expect({ status, type: answer['type'] }).toEqual({ status: 404, type: 'urn:permit-gate:problem:symbol-unknown' });
    expect(answer['detail']).toContain('BTCUSDT, ETHUSDT, SOLUSDT, DOGEUSDT');
  });

  it('names who engaged the kill switch, and who disarmed, when and why', async () => {
    await ask('BTCUSDT');
    await call('PUT', '/kill-switch', { engaged: true, reason: 'wrong prices' });
    await call('POST', '/disarm', { reason: 'a drill' });
    const [kill, disarmed] = await inTheWay('BTCUSDT', 'kill_switch_engaged', 'disarmed');
    expect(kill?.text).toMatch(new RegExp(`^The kill switch is engaged by boss since ${CLOCK}: wrong prices\\.$`));
    expect(kill).toMatchObject({
      by: 'boss',
      since_ms: expect.any(Number),
      remedy: 'permit-gate release --reason "…"',
    });
    expect(disarmed?.text).toMatch(
      new RegExp(`^The system is disarmed by boss since ${CLOCK}: a drill\\. Plans are dry runs\\.$`),
    );
    const { answer } = await call('GET', '/positions/btcusdt');
    expect((answer['blockers'] as Said[]).map(({ reason }) => reason)).toEqual(['kill_switch_engaged', 'disarmed']);
    await call('PUT', '/kill-switch', { engaged: false, reason: 'over' });
    await call('POST', '/arm', { reason: 'over' });
    await inTheWay('BTCUSDT');
    await testEnv.redis.set(
      testEnv.keys.governorDisarm(),
      JSON.stringify({ reason: 'too many errors', at_ms: await nowMs() }),
    );
    const [byRole] = await inTheWay('BTCUSDT', 'disarmed');
    expect(byRole?.text).toMatch(/^The system is disarmed by the Governor since .*: too many errors\./);
    await call('POST', '/arm', { reason: 'over' });
  });

  it('names a hold, also one that nobody can read', async () => {
    await ask('ETHUSDT');
    await call('PUT', '/positions/ETHUSDT/hold', { reason: 'strange' });
    const [hold] = await inTheWay('ETHUSDT', 'hold');
    expect(hold?.text).toMatch(new RegExp(`^ETHUSDT is on hold \\(operator\\) by boss since ${CLOCK}: strange\\.$`));
    expect(hold).toMatchObject({ by: 'boss', remedy: 'permit-gate unhold ETHUSDT --reason "…"' });
    await testEnv.redis.set(testEnv.keys.hold('ETHUSDT'), 'garbage');
    expect((await inTheWay('ETHUSDT', 'hold'))[0]?.text).toContain('what is stored of the hold is not readable');
    await testEnv.redis.del(testEnv.keys.hold('ETHUSDT'));
  });

  it('names an order that is open, and one of unknown outcome, by its plan', async () => {
    await ask('SOLUSDT');
    const { redis, keys } = testEnv;
    await redis.set(keys.inflight('SOLUSDT'), `${PLAN}:1`);
    await redis.hset(keys.journal(PLAN), {
      state: 'CLAIMED',
      symbol: 'SOLUSDT',
      attempt: 1,
      claimed_ms: (await nowMs()) - 3_000,
    });
    const [open] = await inTheWay('SOLUSDT', 'order_in_flight');
    expect(open?.text).toMatch(
      new RegExp(`^The order of plan ${PLAN} \\(attempt 1\\) on SOLUSDT is open since ${CLOCK}\\.$`),
    );
    expect(open?.remedy).toBe(`permit-gate trace ${PLAN}`);
    await redis.hset(keys.journal(PLAN), { state: 'UNKNOWN', unknown_ms: await nowMs() });
    const [unknown] = await inTheWay('SOLUSDT', 'order_unknown');
    expect(unknown?.text).toContain(
      `The outcome of the order of plan ${PLAN} (attempt 1) on SOLUSDT is unknown since `,
    );
    expect(unknown?.remedy).toContain(`permit-gate resolve ${PLAN} `);
    await redis.del(keys.inflight('SOLUSDT'), keys.journal(PLAN));
  });

  it('names both amounts of a drift, and the call that ends it', async () => {
    await ask('DOGEUSDT');
    const key = testEnv.keys.ledger('DOGEUSDT');
    await inTheWay('DOGEUSDT');
    await testEnv.redis.hset(key, 'last_known_amt', '80');
    const [drift] = await inTheWay('DOGEUSDT', 'drift');
    expect(drift?.text).toContain('The exchange says DOGEUSDT is 100, the ledger says 80; the tolerance is 1 %');
    expect(drift?.remedy).toBe('permit-gate reconcile DOGEUSDT --expected 100 --reason "…"');
    const { answer } = await call('GET', '/positions');
    const listed = answer['positions'] as { symbol: string; blockers: Said[] }[];
    expect(listed.find(({ symbol }) => symbol === 'DOGEUSDT')?.blockers).toEqual([drift]);
    await call('POST', '/positions/DOGEUSDT/reconcile', { expected_exchange_amt: '100', reason: 'ours' });
    await inTheWay('DOGEUSDT');
  });

  it('says until when a symbol cools down', async () => {
    await ask('DOGEUSDT');
    await testEnv.redis.hset(testEnv.keys.ledger('DOGEUSDT'), 'last_fill_ms', (await nowMs()) - 1_000);
    const [cooldown] = await inTheWay('DOGEUSDT', 'cooldown');
    expect(cooldown?.text).toMatch(new RegExp(`it may trade again at ${CLOCK} \\(P33_COOLDOWN_SEC is 15\\)`));
    expect((cooldown?.until_ms ?? 0) - (cooldown?.since_ms ?? 0)).toBe(15_000);
    await testEnv.redis.hset(testEnv.keys.ledger('DOGEUSDT'), 'last_fill_ms', (await nowMs()) - 60_000);
    await testEnv.redis.del(testEnv.keys.ledgerSeen('DOGEUSDT'));
    await inTheWay('DOGEUSDT');
  });

  it('says what is used of each limit, what is left, and when it is free', async () => {
    await ask('ETHUSDT');
    const { redis, keys } = testEnv;
    const at = await nowMs();
    await redis.zadd(keys.executions('ETHUSDT'), at - 100_000, 'p1:1', at - 90_000, 'p2:1', at - 3_000_000, 'p0:1');
    await redis.hset(keys.usage('ETHUSDT'), { day: on(at), notional: '4999', qty: '4999.5', version: '1' });
    const [hour, burst, notional, qty] = await inTheWay(
      'ETHUSDT',
      'hourly_limit',
      'burst_limit',
      'daily_notional_limit',
      'daily_quantity_limit',
    );
    expect(hour).toMatchObject({ until_ms: at + 600_000 });
    expect(hour?.text).toContain('ETHUSDT used 3 of 3 executions of the last hour, 0 are left (GOV_MAX_EXEC_PER_HOUR)');
    expect(burst).toMatchObject({ until_ms: at + 200_000 });
    expect(burst?.text).toContain('used 2 of 2 executions of the last five minutes');
    expect(notional?.text).toContain('ETHUSDT used 4999 of 5000 USD today (UTC), 1 are left');
    expect(notional?.until_ms).toBe(Date.parse(`${new Date(at + 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`));
    expect(qty?.text).toContain('ETHUSDT used 4999.5 of 5000 today (UTC), 0.5 are left');
    expect(qty?.text).toContain('the close that is asked for needs 0.75.');
    await redis.del(keys.executions('ETHUSDT'), keys.usage('ETHUSDT'));
    await inTheWay('ETHUSDT');
  });

  it('names a snapshot that is missing, and one that is old', async () => {
    await ask(UNREAD);
    const [allowed, , missing] = await inTheWay(UNREAD, 'not_allowed', 'ledger_missing', 'snapshot_missing');
    expect(allowed?.text).toContain(`${UNREAD} is not in P33_ALLOWLIST.`);
    expect(missing?.text).toBe(`The position of ${UNREAD} was not read from the exchange yet.`);
    await testEnv.redis.hset(testEnv.keys.snapshot(UNREAD), { position_amt: '5', ts_ms: (await nowMs()) - 90_000 });
    const [, , stale] = await inTheWay(UNREAD, 'not_allowed', 'ledger_missing', 'snapshot_stale');
    expect(stale?.text).toContain('90 s ago; 10 s are allowed (P33_STALE_THRESHOLD_SEC)');
  });

  it('names a key of the wrong type, and the command that removes it', async () => {
    const { redis, keys } = testEnv;
    await ask('SOLUSDT');
    await redis.set(keys.executions('SOLUSDT'), 'x');
    const [fault] = await inTheWay('SOLUSDT', 'symbol_fault');
    expect(fault?.text).toContain(`${keys.executions('SOLUSDT')} is a string, not a zset`);
    expect(fault?.remedy).toBe(`redis-cli DEL ${keys.executions('SOLUSDT')}`);
    await redis.del(keys.executions('SOLUSDT'));
    await inTheWay('SOLUSDT');
  });

  it('says what the strategy asks for: nothing, too long ago, or what is done', async () => {
    const { redis, keys } = testEnv;
    await redis.del(keys.standing('SOLUSDT'));
    expect((await inTheWay('SOLUSDT', 'proposal_missing'))[0]?.text).toBe('No proposal for SOLUSDT has been seen.');
    await ask('SOLUSDT', { action: 'HOLD' });
    expect((await inTheWay('SOLUSDT', 'proposal_missing'))[0]?.text).toContain(
      'The strategy asks for nothing on SOLUSDT',
    );
    await ask('SOLUSDT', { epoch: Math.floor((await nowMs()) / 1000) - 600 });
    expect((await inTheWay('SOLUSDT', 'proposal_stale'))[0]?.text).toContain('10 min old; ');
    await ask('SOLUSDT', { plan_id: PLAN });
    const done = {
      episode: 0,
      atMs: await nowMs(),
      amount: '17',
      target: '4.25',
      isDone: true,
      hasFilled: true,
      stop: '',
      wasFlat: false,
    };
    const identity = identityOf({ action: 'PARTIAL_75', closePct: '', proposalId: 'w' }, undefined);
    await redis.set(keys.takenUp('SOLUSDT', identity), JSON.stringify(done));
    const [carriedOut] = await inTheWay('SOLUSDT', 'proposal_done');
    expect(carriedOut).toMatchObject({ since_ms: done.atMs, remedy: `permit-gate trace ${PLAN}` });
    await redis.del(keys.takenUp('SOLUSDT', identity));
    const result = JSON.stringify(['error', 'p33_denied', 'reason', 'qty_below_step']);
    await redis.hset(keys.journal(PLAN), {
      state: 'BLOCKED',
      symbol: 'SOLUSDT',
      attempt: 1,
      ended_ms: await nowMs(),
      result,
    });
    const [ended] = await inTheWay('SOLUSDT', 'plan_ended');
    expect(ended?.text).toContain(`${PLAN}, ended BLOCKED: p33_denied: qty_below_step.`);
  });

  it('says until when Redis settles, and until when the exchange has banned the address', async () => {
    const { redis, keys } = testEnv;
    await ask('BTCUSDT');
    const server = await redis.hget(keys.server(), 'settle_until_ms');
    const untilMs = (await nowMs()) + 60_000;
    await redis.hset(keys.server(), 'settle_until_ms', untilMs);
    await redis.set(keys.ban(), String(untilMs), 'PX', 60_000);
    const [settling, banned] = await inTheWay('BTCUSDT', 'redis_settling', 'exchange_banned');
    expect(settling).toMatchObject({ until_ms: untilMs, remedy: null });
    expect(banned?.text).toContain('The exchange has banned this address until ');
    await redis.del(keys.ban());
    await redis.hset(keys.server(), 'settle_until_ms', server ?? '0');
    await inTheWay('BTCUSDT');
  });

  it('says when the last process of a role was seen', async () => {
    await governor.stop();
    const missing = await eventually(async () => {
      await ask('BTCUSDT');
      return (await why('BTCUSDT')).find(({ reason }) => reason === 'role_missing');
    }, 15_000);
    expect(missing.text).toMatch(
      new RegExp(`^No process with ROLES=governor is alive; the last one was seen at ${CLOCK}\\.$`),
    );
  }, 20_000);
});
