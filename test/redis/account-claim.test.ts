import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { Redis } from 'ioredis';
import { LeaseKeeper } from '../../src/redis/stores/lease-keeper.js';
import { AccountClaim, CLAIM_TTL_MS, type TradedSymbols } from '../../src/redis/stores/account-claim.js';
import { Environment } from '../../src/config/environment.js';
import { EXCHANGE } from '../../src/exchange/exchange.port.js';
import { keysFor } from '../../src/redis/keys/keys.js';
import { accountIdOf } from '../../src/runtime/account-registration.js';
import { ControlWatch } from '../../src/runtime/control-watch.js';
import { ProcessHealth } from '../../src/runtime/process-health.js';
import { StartRefused } from '../../src/runtime/start-refused.js';
import { eventually } from '../harness/eventually.js';
import { EVERY_POINT } from '../harness/points.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { type Gate, type GateOptions, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, submit } from './apply-support.js';

const SEEDS = EVERY_POINT ? 40 : 9;
const SETTLE_MS = 3_000;

/** One process of a cell, as far as its claim goes. */
function processOn(redis: Redis, prefix: string): AccountClaim {
  const keys = keysFor(prefix);
  const named = { token: randomUUID() } as LeaseKeeper;
  return new AccountClaim(scriptsOn(redis, keys), keys, named, SETTLE_MS);
}

const cell = (prefix: string, ...symbols: string[]): TradedSymbols => ({
  prefix,
  symbols,
  instance: `host-of-${prefix}`,
  roles: ['apply'],
});

describe('claims on one account', () => {
  let redis: Redis;
  let account: string;
  beforeEach(() => {
    redis = new Redis({ path: inject('redisSocket') });
    account = randomUUID().replaceAll('-', '');
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await redis.del(keysFor('').accountClaims(account));
    redis.disconnect();
  });

  it.each([
    ['one of many symbols', ['AUSDT', 'BUSDT'], ['BUSDT', 'CUSDT'], 'the same account: BUSDT. It'],
    ['all symbols against one', [], ['BUSDT'], 'the same account: BUSDT. It'],
    ['one symbol against all', ['AUSDT'], [], 'the same account: AUSDT. It'],
    ['all symbols against all', [], [], 'the same account: every symbol. It'],
  ])('of two cells that share %s: the second is refused [K7]', async (_what, first, second, text) => {
    expect(await processOn(redis, 'a:').take(account, cell('a:', ...first))).toEqual([]);
    const later = processOn(redis, 'b:');
    expect(await later.take(account, cell('b:', ...second))).toMatchObject([
      { prefix: 'a:', symbols: first, instance: 'host-of-a:', roles: ['apply'] },
    ]);
    expect(later.isHeld).toBe(false);
    expect(later.fault).toContain(text);
    expect(later.fault).toMatch(
      /REDIS_KEY_PREFIX a:, since 20\d\d-\S+Z, process host-of-a: \(apply\)\. .*APPLY_ALLOWLIST/,
    );
  });

  it('of cells with other symbols, of copies of one cell, and on other accounts are all held', async () => {
    const held = [
      await processOn(redis, 'a:').take(account, cell('a:', 'AUSDT', 'BUSDT')),
      await processOn(redis, 'a:').take(account, cell('a:', 'BUSDT', 'CUSDT')),
      await processOn(redis, 'b:').take(account, cell('b:', 'DUSDT')),
    ];
    expect(held).toEqual([[], [], []]);
    expect(await processOn(redis, 'b:').take(account, cell('b:', 'CUSDT'))).toHaveLength(1);
    const other = `${account}x`;
    expect(await processOn(redis, 'b:').take(other, cell('b:', 'AUSDT'))).toEqual([]);
    await redis.del(keysFor('').accountClaims(other));
  });

  it('made at the same moment: exactly one is held, whichever arrives first [K7]', async () => {
    const connections = [0, 1, 2].map(() => new Redis({ path: inject('redisSocket') }));
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const round = `${account}${seed}`;
      const cells = ['a:', 'b:', 'c:'].map((prefix, at) => ({
        claim: processOn(connections[(at + seed) % 3] ?? redis, prefix),
        traded: cell(prefix, 'SHAREDUSDT', ...(seed % 2 === 0 ? [`${at}USDT`] : [])),
      }));
      const order = seed % 3;
      const shuffled = [...cells.slice(order), ...cells.slice(0, order)];
      const taken = await Promise.all(shuffled.map(({ claim, traded }) => claim.take(round, traded)));
      expect(
        taken.filter((others) => others.length === 0),
        `seed ${seed}`,
      ).toHaveLength(1);
      await redis.del(keysFor('').accountClaims(round));
    }
    for (const connection of connections) connection.disconnect();
  });

  it('count for less than they last: an order that was signed before can no longer arrive when another cell takes over', async () => {
    const claim = processOn(redis, 'a:');
    const nowMs = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(nowMs);
    await claim.take(account, cell('a:', 'AUSDT'));
    clock.mockReturnValue(nowMs + CLAIM_TTL_MS - SETTLE_MS - 100);
    expect(claim.isHeld).toBe(true);
    clock.mockReturnValue(nowMs + CLAIM_TTL_MS - SETTLE_MS + 1);
    expect(claim.isHeld).toBe(false);
    expect(claim.fault).toContain('was not renewed in time');
    expect(await claim.renewIfDue()).toBeUndefined();
    expect(claim.isHeld).toBe(true);
  });

  it('that lapsed are taken back, unless another cell has taken them meanwhile; then they wait for its end', async () => {
    const [one, other] = [processOn(redis, 'a:'), processOn(redis, 'b:')];
    await one.take(account, cell('a:', 'AUSDT'));
    await redis.del(keysFor('').accountClaims(account));
    await other.take(account, cell('b:', 'AUSDT'));
    one.doubt();
    expect(one.isHeld).toBe(false);
    expect(await one.renewIfDue()).toBe('lost');
    expect(await one.renewIfDue()).toBeUndefined();
    expect(one.fault).toContain('REDIS_KEY_PREFIX b:');
    await redis.del(keysFor('').accountClaims(account));
    expect(await one.renewIfDue()).toBe('held');
    expect(await other.renewIfDue()).toBeUndefined();
    other.doubt();
    expect(await other.renewIfDue()).toBe('lost');
  });

  it('end for what no process writes: garbage, another type, and a time that Redis’ clock left behind', async () => {
    const key = keysFor('').accountClaims(account);
    const far = Date.now() + 3_600_000;
    const text = JSON.stringify(cell('b:', 'AUSDT'));
    await redis.hset(key, {
      garbage: 'x',
      half: `1 ${far} {"prefix":1}`,
      json: `1 ${far} [`,
      behind: `1 ${far} ${text}`,
    });
    expect(await processOn(redis, 'a:').take(account, cell('a:', 'AUSDT'))).toHaveLength(1);
    expect(await redis.hkeys(key)).toEqual(['behind']);
    const [, expires = ''] = ((await redis.hget(key, 'behind')) ?? '').split(' ');
    expect(Number(expires)).toBeLessThanOrEqual(Date.now() + CLAIM_TTL_MS + 1_000);
    await redis.set(key, 'a text');
    expect(await processOn(redis, 'a:').take(account, cell('a:', 'AUSDT'))).toEqual([]);
  });
});

describe('two cells on one Redis', () => {
  let first: TestEnvironment;
  let second: TestEnvironment;
  beforeEach(async () => {
    first = await TestEnvironment.create({ positions: { BTCUSDT: '0.010', ETHUSDT: '1' } });
    second = await TestEnvironment.create();
  });
  afterEach(async () => {
    await Promise.all([first.close(), second.close()]);
  });

  const both = { APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT' };
  /** A gate of the second cell on the account of the first. */
  const gateOfSecond = (env: Record<string, string> = {}, options: GateOptions = {}): Promise<Gate> => {
    const { restUrl, wsUrl } = first.exchange;
    return second.gate({ ...options, env: { EXCHANGE_REST_URL: restUrl, EXCHANGE_WS_URL: wsUrl, ...env } });
  };
  const claimOf = (gate: Gate): AccountClaim => gate.app.get(AccountClaim, { strict: false });

  it('and one account: the second refuses to start and says who trades which symbol; the roles of one prefix start freely [K7]', async () => {
    await first.gate({ env: both });
    const refused = await gateOfSecond({ APPLY_ALLOWLIST: 'ETHUSDT,XRPUSDT' }, { start: false });
    const [error] = await Promise.all([
      refused.supervisor.start().catch((reason: unknown) => reason),
      first.gate({ env: { APPLY_ALLOWLIST: 'ETHUSDT,SOLUSDT' } }),
    ]);
    expect(error).toBeInstanceOf(StartRefused);
    expect(String(error)).toMatch(/account [0-9a-f]{32}: another deployment trades the same account: ETHUSDT\. It has/);
    expect(String(error)).toContain(`REDIS_KEY_PREFIX ${first.prefix}, since 20`);
    expect(String(error)).not.toContain('XRPUSDT');
    expect(await second.redis.exists(second.keys.account())).toBe(0);
    await refused.stop();
    // Other symbols of the same account, and a dry run of the same symbols.
    const dry = { APPLY_ALLOWLIST: 'BTCUSDT', APPLY_MODE: 'dry_run', INSTANCE_ID: 'dry' };
    await Promise.all([gateOfSecond({ APPLY_ALLOWLIST: 'XRPUSDT' }), gateOfSecond(dry, { roles: 'position-brain' })]);
  });

  it('and one account: a cell that ended frees its symbols after the last moment of its orders, a killed one after its lease', async () => {
    const leaving = await first.gate({ env: { EXCHANGE_RECV_WINDOW_MS: '100' } });
    const account = accountOf(leaving);
    await leaving.stop();
    const ended = await first.redis.hvals(first.keys.accountClaims(account));
    expect(ended).toHaveLength(1);
    const nowMs = Date.now();
    const killed = JSON.stringify(cell(first.prefix, 'BTCUSDT'));
    await first.redis.hset(first.keys.accountClaims(account), 'killed', `${nowMs} ${nowMs + 2_000} ${killed}`);
    const started = performance.now();
    const next = await gateOfSecond();
    expect(claimOf(next).isHeld).toBe(true);
    expect(performance.now() - started).toBeGreaterThan(1_500);
  });

  it('a conflict at run time: the cell whose claim is gone is not ready, sends nothing and gives no permit, until it has the claim again [K7]', async () => {
    const gate = await first.gate({ env: { ...QUICK, ...both } });
    const account = accountOf(gate);
    const claims = first.keys.accountClaims(account);
    const other = processOn(second.redis, second.prefix);
    await first.redis.del(claims);
    expect(await other.take(account, cell(second.prefix, 'ETHUSDT'))).toEqual([]);
    const claim = claimOf(gate);
    const watch = gate.app.get(ControlWatch, { strict: false });
    claim.doubt();
    await watch.look();
    const part = (): unknown => gate.app.get(ProcessHealth, { strict: false }).exchangePart()[1];
    const fault = expect.stringContaining(`REDIS_KEY_PREFIX ${second.prefix}`);
    expect(part()).toEqual({ part: 'account', fault });
    const { planId } = await submit(gate, 'BTCUSDT', 'PARTIAL_50');
    const denied = await resultOf(first, planId);
    expect(denied).toMatchObject({ executed: 'False', error: 'p33_denied', reason: 'exchange_unreachable' });
    // Permits that were given before, or by another service, are not used either.
    const unseen = vi.spyOn(claim, 'fault', 'get').mockReturnValue(undefined);
    const unsent = await resultOf(first, (await submit(gate, 'ETHUSDT', 'PARTIAL_50')).planId);
    expect(unsent).toMatchObject({ executed: 'False', error: 'exchange_unavailable' });
    expect(unsent['reason']).toContain('another deployment on this Redis');
    unseen.mockRestore();
    expect(first.orders()).toEqual([]);
    await first.redis.del(claims);
    await eventually(() => claim.isHeld || undefined, 5_000);
    await eventually(
      () => (first.orders().length > 0 ? true : undefined),
      10_000,
      () => gate.messages().slice(-20),
    );
    expect(first.orders()[0]).toMatchObject({ reduceOnly: true });
    // Redis was emptied: what was claimed before counts no more.
    await first.redis.del(claims, first.keys.server());
    expect(await other.take(account, cell(second.prefix, 'ETHUSDT'))).toEqual([]);
    await watch.look();
    expect(part()).toEqual({ part: 'account', fault });
  });

  function accountOf(gate: Gate): string {
    return accountIdOf(gate.app.get(Environment, { strict: false }), gate.app.get(EXCHANGE, { strict: false }));
  }
});
