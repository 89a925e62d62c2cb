import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { AuditLog } from '../../src/ops/audit/audit-log.js';
import { RefusalAudit } from '../../src/ops/audit/refusal-audit.js';
import { OpsApp } from './ops-support.js';

let ops: OpsApp;
let other: OpsApp;
beforeAll(async () => {
  ops = await OpsApp.start({ socket: inject('redisSocket') });
  other = await OpsApp.start({
    socket: inject('redisSocket'),
    environment: { REDIS_KEY_PREFIX: ops.environment.redisKeyPrefix },
  });
});
afterAll(async () => {
  await ops.close();
  await other.close();
});
beforeEach(() => ops.redis.del(ops.keys.audit()));

const facts = (action: string) => ({
  actor: 'a',
  role: 'admin',
  address: '::1',
  action,
  target: '',
  reason: '',
  outcome: 'ok',
});
const page = async (query = '') => (await ops.call('GET', `/api/v1/audit${query}`, 'viewer')).body;

it('keeps one chain while two processes write at once', async () => {
  const logs = [ops.app.get(AuditLog), other.app.get(AuditLog)];
  const written = await Promise.all(Array.from({ length: 200 }, (_, i) => logs[i % 2]?.record(facts(`act-${i}`))));
  expect(written.every((stored) => stored)).toBe(true);
  const { entries, chain } = await page('?limit=500');
  expect(chain).toEqual({ intact: true });
  expect(new Set(entries.map(({ action }: { action: string }) => action)).size).toBe(200);
  expect(entries).toHaveLength(200);
});

it('is shown newest first, page by page, each page verified against the entry before it', async () => {
  for (let i = 0; i < 7; i += 1) await ops.app.get(AuditLog).record(facts(`act-${i}`));
  const first = await page('?limit=3');
  const second = await page(`?limit=3&cursor=${first.next_cursor}`);
  const third = await page(`?limit=3&cursor=${second.next_cursor}`);
  expect(
    [first, second, third].flatMap(({ entries }) => entries.map(({ action }: { action: string }) => action)),
  ).toEqual([6, 5, 4, 3, 2, 1, 0].map((i) => `act-${i}`));
  expect([first, second, third].map(({ chain }) => chain.intact)).toEqual([true, true, true]);
  expect(third.next_cursor).toBeNull();
  expect((await ops.call('GET', '/api/v1/audit?cursor=abc', 'viewer')).status).toBe(400);
});

it.each([
  ['an entry is taken out', 'does not follow'],
  ['the first entries are cut off', 'entries before it are gone'],
  ['an entry is written by hand', 'it has no at'],
])('says where the chain does not hold when %s', async (what, detail) => {
  for (let i = 0; i < 5; i += 1) await ops.app.get(AuditLog).record(facts(`act-${i}`));
  const raw = await ops.redis.xrange(ops.keys.audit(), '-', '+');
  const ids = raw.map(([id]) => id);
  if (what.includes('taken out')) await ops.redis.xdel(ops.keys.audit(), ids[2] ?? '');
  if (what.includes('cut off')) await ops.redis.xdel(ops.keys.audit(), ids[0] ?? '');
  if (what.includes('by hand')) await ops.redis.xadd(ops.keys.audit(), '*', 'action', 'nothing to see here');
  const { chain } = await page();
  expect(chain).toMatchObject({ intact: false, detail: expect.stringContaining(detail) });
});

it('reports an entry whose text was changed', async () => {
  for (let i = 0; i < 3; i += 1) await ops.app.get(AuditLog).record(facts(`act-${i}`));
  const raw = await ops.redis.xrange(ops.keys.audit(), '-', '+');
  await ops.redis.del(ops.keys.audit());
  for (const [id, flat] of raw)
    await ops.redis.xadd(ops.keys.audit(), id, ...flat.map((text) => (text === 'act-1' ? 'act-X' : text)));
  expect((await page()).chain).toEqual({
    intact: false,
    broken_at: raw[1]?.[0],
    detail: 'its content is not what was hashed',
  });
});

it('stays intact with any text', async () => {
  for (const reason of ['\uD800 half a pair', '🚦 ü', 'x'.repeat(5_000), '', '"\n\u0000']) {
    await ops.app.get(AuditLog).record({ ...facts('odd'), reason });
  }
  expect((await page()).chain).toEqual({ intact: true });
});

it('[C5] sums up refusals of one principal beyond the first in a minute', async () => {
  const refusals = ops.app.get(RefusalAudit);
  for (let i = 0; i < 5_000; i += 1)
    refusals.note('10.0.0.9', {
      ...facts('GET /api'),
      actor: '',
      address: '10.0.0.9',
      outcome: 'refused: 429 Too many calls',
    });
  await refusals.flush();
  await ops.app.get(AuditLog).settled();
  const { entries, chain } = await page('?limit=500');
  expect(entries).toHaveLength(12);
  expect(entries[0].outcome).toBe('refused: 429 Too many calls; 4989 such calls since the last entry');
  expect(chain).toEqual({ intact: true });
});
