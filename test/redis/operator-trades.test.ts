import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdminToken } from '../harness/admin-token.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { QUICK, resultOf, submit, untilKnown } from './apply-support.js';

const LISTED = 'BTCUSDT,ETHUSDT,SOLUSDT,DOGEUSDT';

let testEnv: TestEnvironment;
let gate: Gate;
let token: string;
let env: Record<string, string>;

beforeAll(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '1.000', ETHUSDT: '2.000', DOGEUSDT: '1000' } });
  const made = createAdminToken(mkdtempSync(join(tmpdir(), 'permit-gate-acts-')), 'anna');
  token = made.token;
  env = { ...QUICK, SYMBOLS: LISTED, APPLY_ALLOWLIST: LISTED, ADMIN_TOKENS_FILE: made.tokensFile };
  gate = await testEnv.gate({ http: true, env });
  await untilKnown(testEnv, ...LISTED.split(','));
});
afterAll(() => testEnv.close());

interface Answered {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are asserted on member by member
  readonly body: any;
}

async function call(method: string, path: string, body?: object, headers = {}, at = gate): Promise<Answered> {
  const response = await fetch(`${at.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
const kindOf = ({ status, body }: Answered): string =>
  `${status} ${String(body.type).replace('urn:permit-gate:problem:', '')}`;
const audited = async (action: string): Promise<Record<string, unknown>> =>
  (await call('GET', `/audit?action=${action}&limit=1`)).body.entries[0];
const amountOf = (symbol: string, amount: string): Promise<true> =>
  eventually(
    async () =>
      (await testEnv.redis.hget(testEnv.keys.snapshot(symbol), 'position_amt')) === amount &&
      (await testEnv.redis.hget(testEnv.keys.ledger(symbol), 'last_known_amt')) === amount
        ? true
        : undefined,
    8_000,
  );

describe('a close by hand', () => {
  const close = (expected: string, pct: unknown = 50, headers = {}) =>
    call('POST', '/positions/btcusdt/close', { pct, expected_exchange_amt: expected, reason: 'news' }, headers);

  it('is refused if the amount is not what the operator saw, or there is none', async () => {
    const changed = await close('0.900');
    expect(kindOf(changed)).toBe('409 exchange-amount-changed');
    expect(changed.body).toMatchObject({ exchange_amt: '1', expected_exchange_amt: '0.9' });
    expect(
      kindOf(await call('POST', '/positions/SOLUSDT/close', { pct: 'all', expected_exchange_amt: '0', reason: 'x' })),
    ).toBe('409 no-position');
    for (const pct of [0, '0.0', 101, '100.1', -5, 'half', '1e1', ''])
      expect(kindOf(await close('1', pct)), String(pct)).toBe('400 invalid-request');
    expect(testEnv.orders()).toEqual([]);
  });

  it('passes the gate as a proposal of an operator, once for a key, and is audited', async () => {
    const { status, body } = await close('1.000', 12.5, { 'idempotency-key': 'close-1' });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        symbol: 'BTCUSDT',
        exchange_amt: '1',
        pct: '12.5',
        plan_id: expect.stringMatching(/^[0-9a-f]{16}$/),
        decision: 'EXECUTE',
        reason_codes: [],
        detail: '',
        attempt: 1,
        next: expect.stringContaining(`permit-gate trace ${body.plan_id}`),
      },
    });
    expect(await resultOf(testEnv, body.plan_id)).toMatchObject({ executed: 'True', state: 'FILLED' });
    expect((await close('1.000', 12.5, { 'idempotency-key': 'close-1' })).body).toEqual(body);
    expect(testEnv.orders()).toMatchObject([{ symbol: 'BTCUSDT', side: 'SELL', executedQty: '0.125' }]);
    expect((await testEnv.plans()).map(({ fields }) => fields['source'])).toEqual(['operator']);
    expect(await audited('position.close')).toMatchObject({
      actor: 'anna',
      target: 'btcusdt',
      reason: 'news',
      before: { exchange_amt: '1' },
      after: { plan_id: body.plan_id },
    });
    await amountOf('BTCUSDT', '0.875');
  });

  it('answers what keeps it from being a plan', async () => {
    await call('PUT', '/kill-switch', { engaged: true, reason: 'drill' });
    const { status, body } = await close('0.875', 'all');
    expect({ status, ...body }).toMatchObject({
      status: 200,
      decision: 'BLOCKED',
      reason_codes: ['kill_switch_active'],
    });
    expect(body.next).toContain('Nothing is closed: kill_switch_active');
    await call('PUT', '/kill-switch', { engaged: false, reason: 'over' });
  });
});

describe('a suspended symbol', () => {
  it('is traded by no process, also after a restart, until an admin allows it; the first reason stays', async () => {
    const suspended = await call('DELETE', '/allowlist/ethusdt', { reason: 'delisting' });
    expect(suspended).toEqual({
      status: 200,
      body: {
        symbol: 'ETHUSDT',
        allowed: false,
        changed: true,
        suspension: { by: 'anna', reason: 'delisting', at_ms: expect.any(Number) },
        in_flight: [],
      },
    });
    expect(await audited('symbol.suspend')).toMatchObject({
      before: { suspension: null },
      after: { suspension: { by: 'anna', reason: 'delisting' } },
    });
    const again = await call('DELETE', '/allowlist/ETHUSDT', { reason: 'again' });
    expect(again.body).toMatchObject({ changed: false, suspension: suspended.body.suspension });

    const refused = { decision: 'BLOCKED', reasonCodes: ['symbol_suspended'] };
    expect(await submit(gate, 'ETHUSDT', 'PARTIAL_50')).toMatchObject(refused);
    const other = await testEnv.gate({ roles: 'apply', env });
    expect(await submit(other, 'ETHUSDT', 'PARTIAL_50')).toMatchObject(refused);
    await other.stop();
    expect(await submit(gate, 'DOGEUSDT', 'PARTIAL_25')).toMatchObject({ decision: 'EXECUTE' });

    const { blockers } = (await call('GET', '/symbols/ETHUSDT/why')).body;
    expect(blockers[0]).toMatchObject({
      reason: 'symbol_suspended',
      by: 'anna',
      text: expect.stringMatching(/^ETHUSDT is suspended by anna since .*: delisting\.$/),
      remedy: 'permit-gate allow ETHUSDT --reason "…"',
    });

    const allowed = await call('PUT', '/allowlist/ETHUSDT', { reason: 'postponed' });
    expect(allowed.body).toEqual({ symbol: 'ETHUSDT', allowed: true, changed: true, suspension: null });
    expect(await audited('symbol.allow')).toMatchObject({
      before: { suspension: { by: 'anna', reason: 'delisting' } },
      after: { suspension: null },
    });
    const { planId } = await submit(gate, 'ETHUSDT', 'PARTIAL_50');
    expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True' });
    await amountOf('ETHUSDT', '1');
  });

  it('is suspended also by what nobody can read, which an admin can lift and an operator replace', async () => {
    for (const [command, args] of [
      ['set', ['garbage']],
      ['set', ['']],
      ['hset', ['a', 'b']],
    ] as const) {
      const key = testEnv.keys.suspended('ETHUSDT');
      await testEnv.redis.call(command, key, ...args);
      expect(await submit(gate, 'ETHUSDT', 'PARTIAL_50')).toMatchObject({ reasonCodes: ['symbol_suspended'] });
      expect((await call('GET', '/symbols/ETHUSDT/why')).body.blockers[0]).toMatchObject({
        reason: 'symbol_suspended',
        text: expect.stringContaining('not readable'),
      });
      const { body } = await call('DELETE', '/allowlist/ETHUSDT', { reason: 'mine' });
      expect(body).toMatchObject({ changed: true, suspension: { by: 'anna', reason: 'mine' } });
      expect((await call('PUT', '/allowlist/ETHUSDT', { reason: 'x' })).body).toMatchObject({ changed: true });
    }
    expect((await call('PUT', '/allowlist/ETHUSDT', { reason: 'x' })).body).toMatchObject({ changed: false });
  });
});

describe('flatten', () => {
  it('proposes a full close of each position through the gate, and says what hinders one', async () => {
    await amountOf('DOGEUSDT', '750');
    await call('DELETE', '/allowlist/DOGEUSDT', { reason: 'x' });
    const { status, body } = await call('POST', '/flatten', { reason: 'end of the test' });
    expect(status).toBe(200);
    expect(body.symbols).toMatchObject([
      { symbol: 'BTCUSDT', exchange_amt: '0.875', outcome: 'published', decision: 'EXECUTE' },
      { symbol: 'ETHUSDT', exchange_amt: '1', outcome: 'published', decision: 'EXECUTE' },
      { symbol: 'SOLUSDT', exchange_amt: '0', outcome: 'flat', plan_id: null, decision: null },
      {
        symbol: 'DOGEUSDT',
        exchange_amt: '750',
        outcome: 'not_published',
        decision: 'BLOCKED',
        reason_codes: ['symbol_suspended'],
      },
    ]);
    for (const { plan_id: planId } of body.symbols.slice(0, 2))
      expect(await resultOf(testEnv, planId)).toMatchObject({ executed: 'True', state: 'FILLED' });
    expect(await audited('positions.flatten')).toMatchObject({
      before: { BTCUSDT: '0.875', ETHUSDT: '1', SOLUSDT: '0', DOGEUSDT: '750' },
    });
    await call('PUT', '/allowlist/DOGEUSDT', { reason: 'x' });
  });
});

describe('the verdicts', () => {
  it('of a plan name their issuers in words, and count in the ratio', async () => {
    const [plan] = (await testEnv.plans()).filter(({ fields }) => fields['symbol'] === 'DOGEUSDT');
    const { body } = await call('GET', `/plans/${plan?.fields['plan_id']}/permits`);
    expect(body).toMatchObject({ symbol: 'DOGEUSDT', state: 'FILLED', attempt: 1 });
    expect(body.permits.map(({ text }: { text: string }) => text)).toEqual([
      'Governor: yes, up to 250. The claim has used it. Issued by governor.',
      'Position Brain: yes, up to 250. The claim has used it. Issued by p33.',
    ]);
    const { body: ratio } = await call('GET', '/ratio?symbol=dogeusdt');
    expect(ratio).toMatchObject({
      allowed: 2,
      denied: 0,
      rows: [
        { symbol: 'DOGEUSDT', issuer: expect.any(String), verdict: 'allow', reason: '', count: 1 },
        { symbol: 'DOGEUSDT', verdict: 'allow', count: 1 },
      ],
    });
    const flat = await submit(gate, 'SOLUSDT', 'PARTIAL_50');
    await resultOf(testEnv, flat.planId);
    const denied = await call('GET', `/plans/${flat.planId}/permits`);
    expect(denied.body.permits[1]).toMatchObject({
      issuer: 'p33',
      verdict: 'deny',
      text: expect.stringContaining('Position Brain: no (no_position): the exchange says the symbol is flat.'),
    });
    const rows = (await call('GET', '/ratio')).body.rows as { reason: string; count: number }[];
    expect(rows.find(({ reason }) => reason === 'no_position')?.count).toBe(1);
    expect((await call('GET', `/ratio?since=${Date.now() + 60_000}`)).body).toMatchObject({ first_ms: null, rows: [] });
    expect(kindOf(await call('GET', '/plans/ffffffffffffffff/permits'))).toBe('404 plan-unknown');
  });
});
