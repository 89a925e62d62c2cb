import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { Decimal } from '../../src/flow/0-decimal.js';
import { PositionStore } from '../../src/redis/stores/position-store.js';
import { letTrade } from '../harness/control.js';
import { type Answer, type Name, OpsApp, publish, redisNowMs, writeClaimed } from './ops-support.js';

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: { SYMBOLS: 'BTCUSDT,ETHUSDT,SOLUSDT', APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT', GOV_PERMIT_TTL: '61' },
  });
});
afterAll(() => ops.close());
beforeEach(async () => {
  await ops.clear();
  await letTrade(ops.redis, ops.keys);
});

const call = (method: string, path: string, who: Name, body?: object, headers = {}): Promise<Answer> =>
  ops.call(method, `/api/v1${path}`, who, body, headers);
const kindOf = ({ body }: Answer): string => `${body.status} ${String(body.type).split(':').at(-1)}`;
const newestAudit = async (action: string): Promise<Record<string, unknown>> =>
  (await call('GET', `/audit?limit=50&action=${action}`, 'viewer')).body.entries[0];
const snapshot = async (symbol: string, amount: string, ageMs = 0): Promise<void> => {
  await ops.app.get(PositionStore).recordSnapshot({
    symbol,
    tsMs: (await redisNowMs(ops)) - ageMs,
    amount: new Decimal(amount),
    entryPrice: new Decimal(1),
    markPrice: new Decimal(1),
    unrealizedPnl: new Decimal(0),
    leverage: '5',
    source: 'rest',
    restingReduceQty: new Decimal(0),
  });
};

const REASON = { reason: 'x' };
const CLOSE = { pct: 50, expected_exchange_amt: '1', ...REASON };

it.each<[Name, string, string, object]>([
  ['viewer', 'POST', '/positions/BTCUSDT/close', CLOSE],
  ['operator', 'POST', '/flatten', REASON],
  ['viewer', 'POST', '/plans/aaaaaaaaaaaaaaaa/retry', REASON],
  ['viewer', 'DELETE', '/allowlist/BTCUSDT', REASON],
  ['operator', 'PUT', '/allowlist/BTCUSDT', REASON],
  ['operator', 'POST', '/streams/apply.plan/groups/apply/skip', { to: 'latest', ...REASON }],
])("a %s's token is not enough for %s %s, and a reason is needed", async (who, method, path, body) => {
  expect(kindOf(await call(method, path, who, body))).toBe('403 role-missing');
  expect(kindOf(await call(method, path, 'admin', { ...body, reason: ' ' }))).toBe('400 invalid-request');
  expect(ops.context.submitted).toEqual([]);
});

it('the configuration lists each variable with its group, and marks what is not the default', async () => {
  const { configuration, settings } = (await call('GET', '/config', 'admin')).body;
  const of = (name: string): unknown => settings.find((each: { name: string }) => each.name === name);
  expect(settings.map(({ name }: { name: string }) => name)).toEqual(Object.keys(configuration));
  expect(of('GOV_PERMIT_TTL')).toEqual({ name: 'GOV_PERMIT_TTL', group: 'Governor', value: 61, is_default: false });
  expect(of('P33_PERMIT_TTL')).toMatchObject({ value: 60, is_default: true });
  expect(of('P33_ALLOWLIST')).toMatchObject({ value: ['BTCUSDT', 'ETHUSDT'], is_default: true });
  expect(of('SYMBOLS')).toMatchObject({ is_default: false });
  expect(of('BINANCE_API_SECRET')).toMatchObject({ value: '[not set]', is_default: true });
});

describe('a hold that nobody can read', () => {
  it.each([
    ['no JSON', 'set', ['garbage']],
    ['an empty text', 'set', ['']],
    ['a list', 'rpush', ['x']],
  ])('(%s) is shown, blocks, and is lifted by an operator', async (_what, command, args) => {
    await ops.redis.call(command, ops.keys.hold('BTCUSDT'), ...args);
    const { status, body } = await call('GET', '/positions', 'viewer');
    expect(status).toBe(200);
    expect(body.positions[0].hold).toEqual({
      cause: 'unreadable',
      reason: 'what is stored of the hold is not readable',
      by: '',
      at_ms: null,
    });
    expect(body.positions[0].blockers).toContainEqual(
      expect.objectContaining({ reason: 'hold', remedy: 'permit-gate unhold BTCUSDT --reason "…"' }),
    );
    const { body: metrics } = await ops.call('GET', '/metrics');
    expect(metrics).toContain('holds_active{symbol="BTCUSDT"} 1');
    const lifted = await call('DELETE', '/positions/BTCUSDT/hold', 'operator', REASON);
    expect(lifted.body).toEqual({ symbol: 'BTCUSDT', hold: null });
    expect(await newestAudit('hold.clear')).toMatchObject({
      before: { hold: { reason: expect.stringContaining('not readable') } },
    });
    expect(await ops.redis.exists(ops.keys.hold('BTCUSDT'))).toBe(0);
  });
});

describe('closing', () => {
  it('says why nothing is proposed, and proposes nothing', async () => {
    expect(kindOf(await call('POST', '/positions/BTCUSDT/close', 'operator', CLOSE))).toBe('409 no-snapshot');
    await snapshot('BTCUSDT', '1', 11_000);
    expect(kindOf(await call('POST', '/positions/BTCUSDT/close', 'operator', CLOSE))).toBe('409 snapshot-old');
    expect(kindOf(await call('POST', '/positions/DOGEUSDT/close', 'operator', CLOSE))).toBe('404 symbol-unknown');
    const { body } = await call('POST', '/flatten', 'admin', REASON);
    expect(body.symbols).toMatchObject([
      { symbol: 'BTCUSDT', outcome: 'not_published', next: expect.stringContaining('was read 11 s ago') },
      {
        symbol: 'ETHUSDT',
        outcome: 'not_published',
        exchange_amt: null,
        next: expect.stringContaining('not read yet'),
      },
      { symbol: 'SOLUSDT', outcome: 'not_published' },
    ]);
    expect(ops.context.submitted).toEqual([]);
  });

  it('by flatten is refused in production, and by every call where Apply does not run', async () => {
    const { environment, context } = ops;
    const { intake } = context;
    Object.assign(environment, { applyMode: 'production' });
    await snapshot('BTCUSDT', '1');
    expect(kindOf(await call('POST', '/flatten', 'admin', REASON))).toBe('409 production');
    Object.assign(environment, { applyMode: 'dry_run' });
    expect(intake).toBeDefined();
    expect(context.submitted).toEqual([]);
    const without = await OpsApp.start({
      socket: inject('redisSocket'),
      context: (made) => (made.intake = undefined),
    });
    expect(kindOf(await without.call('POST', '/api/v1/flatten', 'admin', REASON))).toBe('503 role-not-here');
    expect(kindOf(await without.call('POST', '/api/v1/positions/BTCUSDT/close', 'operator', CLOSE))).toBe(
      '503 role-not-here',
    );
    await without.close();
  });

  it('of a share is a proposal with it, all of it a full close; a dry run is called one', async () => {
    await snapshot('BTCUSDT', '-1');
    const close = (pct: unknown) =>
      call('POST', '/positions/BTCUSDT/close', 'operator', { pct, expected_exchange_amt: -1, reason: 'x' });
    expect((await close('33.3')).body.next).toContain('a dry run: no order is sent');
    for (const pct of [100, 'all', '100.0']) await close(pct);
    expect(ops.context.submitted).toMatchObject([
      { source: 'operator', fields: { harvest_action: 'CLOSE_PCT', close_pct: '33.3', kill_score: '0' } },
      ...Array.from({ length: 3 }, () => ({ fields: { harvest_action: 'FULL_CLOSE_PROPOSED' } })),
    ]);
    const ids = ops.context.submitted.map(({ fields }) => fields['proposal_id']);
    expect(new Set(ids).size).toBe(4);
  });
});

describe('suspending', () => {
  const suspend = (symbol: string): Promise<Answer> => call('DELETE', `/allowlist/${symbol}`, 'operator', REASON);

  it('waits for the orders of the symbol that were claimed before, and for no others', async () => {
    const nowMs = await redisNowMs(ops);
    await writeClaimed(ops, 'plan-btc', { accept_until_ms: nowMs + 400 });
    await writeClaimed(ops, 'plan-eth', { symbol: 'ETHUSDT', accept_until_ms: nowMs + 60_000 });
    const { status, body } = await suspend('BTCUSDT');
    expect({ status, in_flight: body.in_flight }).toMatchObject({
      status: 200,
      in_flight: [{ plan_id: 'plan-btc', state_before: 'CLAIMED', settled: 'window_passed' }],
    });
    expect(await redisNowMs(ops)).toBeGreaterThan(nowMs + 400);
  });

  it('is only ended within the lists of the configuration, and an old answer of that does not count', async () => {
    await suspend('SOLUSDT');
    const refused = await call('PUT', '/allowlist/SOLUSDT', 'admin', REASON);
    expect(kindOf(refused)).toBe('409 not-configured');
    expect(refused.body.detail).toContain('SOLUSDT is not in APPLY_ALLOWLIST and not in P33_ALLOWLIST.');
    expect(await ops.redis.exists(ops.keys.suspended('SOLUSDT'))).toBe(1);

    const key = { 'idempotency-key': 'allow-1' };
    await suspend('BTCUSDT');
    const allow = (): Promise<Answer> => call('PUT', '/allowlist/BTCUSDT', 'admin', REASON, key);
    expect((await allow()).body).toMatchObject({ allowed: true, changed: true });
    expect((await allow()).headers.get('idempotent-replayed')).toBe('true');
    await suspend('BTCUSDT');
    expect(kindOf(await allow())).toBe('409 answer-outdated');
    expect(await ops.redis.exists(ops.keys.suspended('BTCUSDT'))).toBe(1);
  });
});

describe('the second stop', () => {
  const kill = (who: Name, reason: string) => call('PUT', '/kill-switch', who, { engaged: true, reason });

  it('keeps who engaged the switch first, why and when, says so, and is audited itself', async () => {
    const first = (await kill('operator', 'wrong prices')).body;
    expect(first).toMatchObject({ was_engaged: false, by: 'the-operator', reason: 'wrong prices' });
    const second = (await kill('admin', 'me too')).body;
    const { by, reason, at_ms } = first;
    expect(second).toMatchObject({ engaged: true, was_engaged: true, by, reason, at_ms });
    expect((await call('GET', '/kill-switch', 'viewer')).body).toMatchObject({ by, reason, at_ms });
    expect(await newestAudit('kill_switch.engage')).toMatchObject({
      actor: 'the-admin',
      reason: 'me too',
      before: { engaged: true, by, reason },
    });
    await call('PUT', '/kill-switch', 'admin', { engaged: false, reason: 'over' });
    expect((await kill('admin', 'anew')).body).toMatchObject({ was_engaged: false, by: 'the-admin', reason: 'anew' });
  });

  it('names itself where what is stored names nobody', async () => {
    await ops.redis.set(ops.keys.killSwitch(), '{"engaged":true}');
    expect((await kill('operator', 'mine')).body).toMatchObject({ by: 'the-operator', reason: 'mine' });
  });
});

describe('skipping a backlog', () => {
  const skip = (body: object, stream = 'apply.plan', group = 'governor'): Promise<Answer> =>
    call('POST', `/streams/${stream}/groups/${group}/skip`, 'admin', { to: 'latest', ...REASON, ...body });
  const add = async (fields: Record<string, string> = { decision: 'SKIP', plan_id: 'x' }): Promise<string> =>
    (await ops.redis.xadd(ops.keys.planStream(), '*', ...Object.entries(fields).flat())) ?? '';
  const delivered = async (): Promise<unknown> => {
    const { body } = await call('GET', '/streams', 'viewer');
    const { groups } = body.streams.find(({ stream }: { stream: string }) => stream === ops.keys.planStream());
    return groups.find(({ group }: { group: string }) => group === 'governor');
  };
  beforeEach(() => ops.redis.xgroup('CREATE', ops.keys.planStream(), 'governor', '$', 'MKSTREAM'));

  it('goes on after the entry that is named, counts what is left behind, and never goes back', async () => {
    const ids = [await add(), await add(), await add(), await add()];
    await ops.redis.xreadgroup('GROUP', 'governor', 'governor-dead', 'COUNT', 1, 'STREAMS', ops.keys.planStream(), '>');
    const { status, body } = await skip({ to: ids[2] });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        stream: ops.keys.planStream(),
        group: 'governor',
        from: ids[0],
        to: ids[2],
        unread: 2,
        acknowledged: 1,
        lost: [],
      },
    });
    expect(await delivered()).toMatchObject({ last_delivered_id: ids[2], pending: 0 });
    expect(await newestAudit('stream.skip')).toMatchObject({
      before: { last_delivered_id: ids[0] },
      after: { to: ids[2], unread: 2, acknowledged: 1 },
    });
    expect(kindOf(await skip({ to: ids[1] }))).toBe('409 already-read');
    expect((await skip({})).body).toMatchObject({ from: ids[2], to: ids[3], unread: 1 });
    expect((await skip({})).body).toMatchObject({ from: ids[3], to: ids[3], unread: 0 });
  });

  it('of entries that would still change something needs force, read ones too', async () => {
    const unread = await publish(ops, 'aaaaaaaaaaaaaaaa');
    const refused = await skip({});
    expect(kindOf(refused)).toBe('409 backlog-matters');
    expect(refused.body).toMatchObject({
      count: 1,
      entries: [{ id: unread, detail: expect.stringContaining('open') }],
    });
    await ops.redis.xreadgroup('GROUP', 'governor', 'governor-dead', 'COUNT', 1, 'STREAMS', ops.keys.planStream(), '>');
    expect(kindOf(await skip({}))).toBe('409 backlog-matters');
    expect(await delivered()).toMatchObject({ pending: 1 });
    expect((await skip({ force: true })).body).toMatchObject({ acknowledged: 1, lost: [{ id: unread }] });
    expect(await delivered()).toMatchObject({ pending: 0 });
  });

  it('of a result whose fill the ledger has not counted needs force', async () => {
    await ops.redis.xgroup('CREATE', ops.keys.resultStream(), 'p33', '0', 'MKSTREAM');
    const steps = [
      {
        step: 'CLOSE_PARTIAL_50',
        status: 'FILLED',
        order_id: '7',
        side: 'SELL',
        executed_qty: '0.5',
        client_order_id: 'pg-aaaaaaaaaaaaaaaa-0-1',
      },
    ];
    const result = {
      plan_id: 'aaaaaaaaaaaaaaaa',
      symbol: 'BTCUSDT',
      decision: 'EXECUTE',
      executed: 'True',
      would_execute: 'True',
      steps_results: JSON.stringify(steps),
      error: '',
      timestamp: '1',
      schema: '1',
      attempt: '1',
      mode: 'testnet',
    };
    await ops.redis.xadd(ops.keys.resultStream(), '*', ...Object.entries(result).flat());
    const refused = await skip({}, 'apply.result', 'p33');
    expect(kindOf(refused)).toBe('409 backlog-matters');
    await ops.redis.set(ops.keys.fill('BTCUSDT', 'pg-aaaaaaaaaaaaaaaa-0-1'), '0.5');
    expect((await skip({}, 'apply.result', 'p33')).body).toMatchObject({ unread: 1, lost: [] });
  });

  it('is refused for what is no stream, group or id of this system', async () => {
    expect(kindOf(await skip({}, 'elsewhere'))).toBe('404 stream-unknown');
    expect(kindOf(await skip({}, 'apply.result', 'apply'))).toBe('404 group-unknown');
    expect(kindOf(await skip({}, 'apply.plan', 'p33'))).toBe('409 group-missing');
    for (const to of ['$', '0', '1-', 'x', 7])
      expect(kindOf(await skip({ to })), String(to)).toBe('400 invalid-request');
  });
});

describe('the permits of a plan', () => {
  it('are shown with their life, and of a signature only the beginning', async () => {
    const { redis, keys } = ops;
    const sig = 'A'.repeat(86);
    const permit = { granted: true, computed_qty: 0.5, issuer: 'governor', kid: 'gov-1', sig };
    await publish(ops, 'aaaaaaaaaaaaaaaa');
    await redis.set(keys.governorPermit('aaaaaaaaaaaaaaaa'), JSON.stringify(permit), 'PX', 58_000);
    const { body } = await call('GET', '/plans/aaaaaaaaaaaaaaaa/permits', 'viewer');
    expect(JSON.stringify(body)).not.toContain(sig);
    expect(body.permits).toMatchObject([
      {
        issuer: 'governor',
        verdict: 'allow',
        place: 'stored',
        issued_by: 'governor with key gov-1',
        permit: { sig: 'AAAAAAAA…' },
        text: expect.stringMatching(
          /^Governor: yes, up to 0\.5\. It lives 5[78] s more\. Issued by governor with key gov-1\.$/,
        ),
      },
      { issuer: 'p33', verdict: 'none', ttl_ms: null, permit: null },
    ]);
    expect(body.permits[0].ttl_ms).toBeGreaterThan(50_000);
    await redis.set(keys.governorPermit('aaaaaaaaaaaaaaaa'), '{"granted":true}', 'EX', 60);
    await redis.set(keys.positionPermit('aaaaaaaaaaaaaaaa'), 'x', 'EX', 60);
    const byHand = (await call('GET', '/plans/aaaaaaaaaaaaaaaa/permits', 'viewer')).body.permits;
    expect(byHand).toMatchObject([{ issued_by: 'a hand or another service' }, { verdict: 'unreadable' }]);
  });
});
