import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { fieldsOf } from '../../src/redis/streams/stream-entry.js';
import { proposalFields } from '../harness/proposals.js';
import { OpsApp } from './ops-support.js';

let ops: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket'), environment: { APPLY_ALLOWLIST: 'BTCUSDT' } });
});
afterAll(() => ops.close());
beforeEach(() => ops.clear());

const PATH = '/api/v1/proposals/strategy';
const appended = async (): Promise<Record<string, string>[]> => {
  const entries = await ops.redis.xrange(ops.keys.proposalStream(), '-', '+');
  return entries.map(([, flat]) => ({ ...fieldsOf(flat) }));
};

describe("a strategy's proposal by HTTP", () => {
  it('is appended to the proposal stream as its strategy would have written it; with one key once', async () => {
    const body = { symbol: 'BTCUSDT', ...proposalFields('CLOSE_PCT', { close_pct: '10', proposal_id: 'a' }) };
    const first = await ops.call('POST', PATH, 'operator', body, { 'idempotency-key': 'one' });
    expect(first).toMatchObject({
      status: 200,
      body: { plan_id: expect.stringMatching(/^[0-9a-f]{16}$/), entry_id: expect.stringMatching(/^\d+-\d+$/) },
    });
    const again = await ops.call('POST', PATH, 'operator', body, { 'idempotency-key': 'one' });
    expect(again.body).toEqual(first.body);
    expect(await appended()).toEqual([body]);
    expect(ops.context.submitted).toEqual([]);
  });

  it.each([
    ['an action that is none', { harvest_action: 'BUY' }, 'unknown_action'],
    ['a stamp that is too old', { last_update_epoch: String(Date.now() / 1_000 - 100) }, 'proposal_stale'],
    ['a stamp in the future', { last_update_epoch: String(Date.now() / 1_000 + 100) }, 'proposal_invalid'],
    ['a symbol of another cell', { symbol: 'ETHUSDT' }, 'not_in_allowlist'],
  ])('with %s is refused with the reason, and nothing is appended', async (_what, fields, reason) => {
    const body = { symbol: 'BTCUSDT', ...proposalFields('PARTIAL_25'), ...fields };
    expect(await ops.call('POST', PATH, 'operator', body)).toMatchObject({
      status: 422,
      body: { type: 'urn:permit-gate:problem:proposal-refused', reason, detail: expect.stringContaining(reason) },
    });
    expect(await appended()).toEqual([]);
  });

  it('is for operators, at a process with Apply', async () => {
    const body = { symbol: 'BTCUSDT', ...proposalFields('PARTIAL_25') };
    expect((await ops.call('POST', PATH, 'viewer', body)).status).toBe(403);
    const without = await OpsApp.start({
      socket: inject('redisSocket'),
      environment: { ROLES: 'governor' },
      context: (context) => (context.intake = undefined),
    });
    try {
      expect(await without.call('POST', PATH, 'operator', body)).toMatchObject({
        status: 503,
        body: { type: 'urn:permit-gate:problem:role-not-here' },
      });
    } finally {
      await without.close();
    }
  });
});
