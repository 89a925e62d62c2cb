import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { RefusalAudit } from '../../src/ops/audit/refusal-audit.js';
import { AuditLog } from '../../src/redis/stores/audit-log.js';
import { OpsApp } from './ops-support.js';

let ops: OpsApp;
let other: OpsApp;
const AUDIT_KEY = 'k'.repeat(32);
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket'), environment: { AUDIT_KEY } });
  const REDIS_KEY_PREFIX = ops.environment.redisKeyPrefix;
  const environment = { REDIS_KEY_PREFIX, AUDIT_KEY, ROLES: 'governor', INSTANCE_ID: 'other' };
  other = await OpsApp.start({ socket: inject('redisSocket'), environment });
});
afterAll(async () => {
  await ops.close();
  await other.close();
});

const facts = (action: string) => ({ actor: 'a', role: 'admin', address: '::1', action, target: '', outcome: 'ok' });
// oxlint-disable-next-line typescript/no-explicit-any -- entries are asserted on member by member
type Entries = any[];
const page = async (query = '') => (await ops.call('GET', `/api/v1/audit${query}`, 'viewer')).body;
const entriesOf = async (query: string): Promise<Entries> => (await page(query)).entries;
let round = 0;
/** Actions of one test are told from those of others by this. */
let mark = '';
beforeEach(() => (mark = `round-${(round += 1)}`));
const write = async (app: OpsApp, ...names: string[]): Promise<void> => {
  for (const name of names) await app.app.get(AuditLog).record({ ...facts(`${mark}.${name}`), target: mark });
};
const namesOf = (entries: Entries): string[] => entries.map(({ action }) => action.slice(mark.length + 1));

it('lists the entries of all processes, newest first, page by page', async () => {
  for (let i = 0; i < 6; i += 1) await write(i % 2 === 0 ? ops : other, `act-${i}`);
  const query = `?limit=2&target=${mark}`;
  const first = await page(query);
  const second = await page(`${query}&cursor=${first.next_cursor}`);
  const third = await page(`${query}&cursor=${second.next_cursor}`);
  const all = [first, second, third].flatMap(({ entries }) => entries);
  expect(namesOf(all).toSorted().toReversed()).toEqual([5, 4, 3, 2, 1, 0].map((i) => `act-${i}`));
  expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted((a, b) => (a < b ? 1 : -1)));
  expect(new Set(all.map(({ chain, proof }) => `${chain} ${proof}`))).toEqual(
    new Set(['apply:ops-test proven', 'governor:other proven']),
  );
  expect(first.chain).toEqual({ intact: true });
  expect((await page(`${query}&cursor=${third.next_cursor ?? '1-1'}`)).entries).toEqual([]);
});

it('selects by actor, action, group of actions, target and time', async () => {
  await write(ops, 'a', 'b');
  const [{ at }] = await entriesOf(`?action=${mark}.b`);
  expect(namesOf(await entriesOf(`?action=${mark}.&actor=a`))).toEqual(['b', 'a']);
  expect(await entriesOf(`?action=${mark}.&actor=nobody`)).toEqual([]);
  expect(namesOf(await entriesOf(`?target=${mark}`))).toEqual(['b', 'a']);
  const ms = Date.parse(at);
  expect(namesOf(await entriesOf(`?target=${mark}&since=${at}`))).toContain('b');
  expect(await entriesOf(`?target=${mark}&since=${ms + 60_000}`)).toEqual([]);
  expect(await entriesOf(`?target=${mark}&until=${ms - 60_000}`)).toEqual([]);
  expect(namesOf(await entriesOf(`?target=${mark}&until=${ms + 60_000}`))).toEqual(['b', 'a']);
});

it.each(['cursor=abc', 'since=yesterday', 'until=x', 'limit=0', 'limit=501', 'nothing=1'])(
  'refuses ?%s',
  async (query) => {
    expect((await ops.call('GET', `/api/v1/audit?${query}`, 'viewer')).status).toBe(400);
  },
);

describe('an entry of a call', () => {
  it('has the state before and after, the reason, the amounts, the caller and the id of the call', async () => {
    const id = `request-of-${mark}`;
    const set = (who: 'operator' | 'admin', engaged: boolean) =>
      ops.call('PUT', '/api/v1/kill-switch', who, { engaged, reason: mark }, { 'x-request-id': id });
    await set('operator', true);
    const { headers } = await set('admin', false);
    expect(headers.get('x-request-id')).toBe(id);
    const [released, engaged] = await entriesOf('?action=kill_switch.');
    const state = { by: 'the-operator', engaged: true, reason: mark };
    expect(engaged).toMatchObject({ action: 'kill_switch.engage', after: state, details: { engaged: true } });
    expect(released).toMatchObject({
      action: 'kill_switch.release',
      actor: 'the-admin',
      role: 'admin',
      address: '127.0.0.1',
      request: id,
      reason: mark,
      outcome: 'ok',
      before: state,
      after: { by: 'the-admin', engaged: false },
    });
  });

  it('of arming and disarming has what each replaced', async () => {
    await ops.call('POST', '/api/v1/disarm', 'operator', { reason: `${mark}-1` });
    await ops.call('POST', '/api/v1/arm', 'admin', { reason: `${mark}-2` });
    const [armed] = await entriesOf('?action=arm');
    expect(armed).toMatchObject({
      before: { armed: false, by: 'the-operator', reason: `${mark}-1` },
      after: { armed: true, by: 'the-admin', reason: `${mark}-2` },
    });
  });

  it('of a hold has the hold that was there', async () => {
    const path = '/api/v1/positions/BTCUSDT/hold';
    await ops.call('PUT', path, 'operator', { reason: `${mark}-1` });
    await ops.call('PUT', path, 'operator', { reason: `${mark}-2` });
    await ops.call('DELETE', path, 'operator', { reason: `${mark}-3` });
    const [lifted, second, first] = await entriesOf('?action=hold.');
    expect(first).toMatchObject({ action: 'hold.set', target: 'BTCUSDT', before: { hold: null } });
    expect(second).toMatchObject({ before: { hold: { reason: `${mark}-1`, by: 'the-operator' } } });
    expect(lifted).toMatchObject({ before: { hold: { reason: `${mark}-2` } }, after: { hold: null } });
  });

  it('of a reconciliation has both amounts', async () => {
    const nowMs = Date.now();
    const { redis, keys } = ops;
    await redis.hset(keys.snapshot('BTCUSDT'), {
      position_amt: '0.062',
      ts_ms: String(nowMs),
      ts_epoch: String(nowMs / 1000),
    });
    await redis.hset(keys.ledger('BTCUSDT'), { last_known_amt: '0.002', version: '1' });
    const body = { expected_exchange_amt: '0.062', reason: mark };
    const { status } = await ops.call('POST', '/api/v1/positions/BTCUSDT/reconcile', 'operator', body);
    const [entry] = await entriesOf('?action=ledger.reconcile');
    expect([status, entry]).toEqual([
      200,
      expect.objectContaining({
        target: 'BTCUSDT',
        before: { ledger_amt: '0.002' },
        after: { ledger_amt: '0.062' },
        details: { expected_exchange_amt: '0.062' },
      }),
    ]);
  });
});

describe('refused calls', () => {
  const call = (address: string, name?: string) => ({
    caller: name === undefined ? undefined : { name, role: 'viewer' },
    address,
    call: 'GET /api/v1/status',
    outcome: 'refused: 401 A token is needed',
  });

  it('[C5] without a token are one entry, whoever makes them and however many there are', async () => {
    const refusals = ops.app.get(RefusalAudit);
    await refusals.flush();
    const before = (await entriesOf('?action=refused')).length;
    for (let i = 0; i < 50_000; i += 1) refusals.note(call(`10.${i % 100}.${(i >> 8) & 255}.${i & 255}`));
    await refusals.flush();
    const entries = await entriesOf('?action=refused');
    expect(entries.length - before).toBe(1);
    expect(entries[0]).toMatchObject({ actor: '', address: '(several)', details: { calls: 50_000 } });
    expect(entries[0].details.refused).toEqual({ '401 GET /api/v1/status': 50_000 });
    expect(JSON.stringify(entries[0]).length).toBeLessThan(1_500);
  });

  it('with a token are one entry each', async () => {
    const refusals = ops.app.get(RefusalAudit);
    for (let i = 0; i < 100; i += 1) refusals.note(call('10.0.0.9', i % 2 === 0 ? `${mark}-a` : `${mark}-b`));
    await refusals.flush();
    for (const name of ['a', 'b'])
      expect(await entriesOf(`?actor=${mark}-${name}`)).toEqual([
        expect.objectContaining({
          action: 'refused',
          address: '10.0.0.9',
          details: expect.objectContaining({ calls: 50 }),
        }),
      ]);
  });
});

describe('entries of the format of earlier versions', () => {
  it('are listed, named as such and checked for gaps', async () => {
    const old = ops.keys.earlierAudit();
    const { createHash } = await import('node:crypto');
    const { default: canonicalize } = await import('canonicalize');
    let prev = '0'.repeat(64);
    for (let i = 1; i <= 3; i += 1) {
      const at = new Date(1_700_000_000_000 + i).toISOString();
      const fields = {
        at,
        actor: 'old',
        role: 'admin',
        address: '::1',
        action: `${mark}.${i}`,
        target: '',
        reason: '',
        outcome: 'ok',
        prev,
      };
      const hash = createHash('sha256')
        .update(canonicalize(fields) ?? '')
        .digest('hex');
      await ops.redis.xadd(old, `${1_700_000_000_000 + i}-0`, ...Object.entries({ ...fields, hash }).flat());
      prev = hash;
    }
    const entries = await entriesOf('?actor=old');
    expect(namesOf(entries)).toEqual(['3', '2', '1']);
    expect(entries[0]).toMatchObject({ chain: 'earlier', proof: 'earlier format' });
    const verify = async () => (await ops.call('GET', '/api/v1/audit/verify', 'viewer')).body;
    expect((await verify()).earlier).toEqual({ entries: 3, fault: null });
    await ops.redis.xdel(old, '1700000000002-0');
    expect((await verify()).earlier.fault).toMatch(/1700000000003-0: it does not follow 1700000000001-0/);
    await ops.redis.del(old);
  });
});
