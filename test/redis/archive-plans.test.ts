import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAdminToken } from '../harness/admin-token.js';
import { PostgresServer } from '../harness/postgres-server.js';
import { appendPlans, idsOf } from '../harness/stream-load.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { archiving, drained } from './archive-support.js';

const DAY_MS = 86_400_000;
const OLD = 600;
const RECENT = 3;
const LEFT = 100;
const NOW = Date.now();
const OLDEST_MS = NOW - 20 * DAY_MS;
/** Three of them in each millisecond, over ten days. */
const atMs = (index: number): number =>
  index < OLD ? OLDEST_MS + Math.floor(index / 3) * Math.floor((30 * DAY_MS) / OLD) : NOW - 60_000 + index;

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-archive-'));
const admin = createAdminToken(folder, 'anna');
let postgres: PostgresServer;
let testEnv: TestEnvironment;

beforeAll(async () => {
  postgres = await PostgresServer.create();
});
afterAll(async () => {
  await postgres.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  testEnv = await TestEnvironment.create();
});
afterEach(() => testEnv.close());

interface Listed {
  readonly plans: {
    plan_id: string;
    published_ms: number;
    archived: boolean;
    state: string;
    attempt: number;
    mode: string;
  }[];
  readonly next_cursor: string | null;
  readonly archive_fault: string | null;
}

async function get(gate: Gate, path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { authorization: `Bearer ${admin.token}` };
  const answer = await fetch(`${gate.url}/api/v1${path}`, { headers });
  return { status: answer.status, body: await answer.json() };
}

/** All pages. */
async function list(gate: Gate, query: string): Promise<Listed['plans']> {
  const found: Listed['plans'] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await get(gate, `/plans?${query}&limit=70${cursor && `&cursor=${cursor}`}`);
    const body = page.body as Listed;
    expect(body.archive_fault).toBeNull();
    found.push(...body.plans);
    cursor = body.next_cursor;
  }
  return found;
}

describe.each([
  ['files', () => ({ ARCHIVE_TO: 'files', ARCHIVE_DIR: join(folder, testEnv.prefix.slice(0, -1)) })],
  ['PostgreSQL', () => ({ ARCHIVE_TO: 'postgres', ARCHIVE_POSTGRES_URL: postgres.url() })],
])('plans that Redis has no longer, from %s', (_, settings) => {
  let gate: Gate;
  beforeEach(async () => {
    const { redis, keys } = testEnv;
    gate = await archiving(testEnv, { ADMIN_TOKENS_FILE: admin.tokensFile, ...settings() });
    await appendPlans(redis, keys, 0, OLD + RECENT, { symbols: ['BTCUSDT', 'ETHUSDT'], atMs });
    await drained(gate);
    // Redis still has one of the old plans, which the archive has among its neighbours.
    const isGone = (id: string): boolean =>
      Number(id.split('-')[1]) < 4 * OLD && Math.floor(Number(id.split('-')[1]) / 4) !== LEFT;
    for (const stream of [keys.planStream(), keys.permitEvents(), keys.resultStream()])
      await redis.xdel(stream, ...(await idsOf(redis, stream)).filter(isGone));
  });

  it('are listed behind those of Redis, each once, newest first, and marked', async () => {
    const since = `since=${OLDEST_MS}`;
    const all = await list(gate, since);
    expect(all.length).toBe(OLD + RECENT);
    expect(new Set(all.map(({ plan_id: id }) => id)).size).toBe(OLD + RECENT);
    expect(all.filter(({ archived }) => archived).length).toBe(OLD);
    const times = all.map(({ published_ms: at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['FILLED']));
    expect(all.at(-1)).toMatchObject({ attempt: 1, mode: 'testnet' });

    const ofSymbol = await list(gate, `${since}&symbol=ethusdt`);
    expect(ofSymbol.map(({ plan_id: id }) => id)).toEqual(
      all.flatMap((plan) => ((plan as unknown as { symbol: string }).symbol === 'ETHUSDT' ? [plan.plan_id] : [])),
    );
    const [from, until] = [atMs(300), atMs(360)];
    const ofDays = await list(gate, `since=${from}&until=${until}`);
    expect(ofDays.length).toBe(all.filter(({ published_ms: at }) => at >= from && at <= until).length);
    expect(ofDays.length).toBeGreaterThan(50);
    // A since that Redis reaches leaves out what it has of before.
    expect(await list(gate, `since=${atMs(OLD + 1)}`)).toHaveLength(RECENT - 1);
    // Without a since the list is that of Redis.
    const inRedis = await list(gate, 'symbol=BTCUSDT');
    expect(inRedis.map(({ archived }) => archived)).toEqual([false, false, false]);
  });

  it('are shown by their trace with both verdicts and the result', async () => {
    const listed = (await get(gate, `/plans?since=${OLDEST_MS}&until=${atMs(3)}`)).body as Listed;
    const planId = listed.plans[0]?.plan_id ?? '';
    const { status, body } = await get(gate, `/plans/${planId}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      plan_id: planId,
      archived: true,
      state: 'FILLED',
      published_by: 'permit-gate',
      verdicts: { governor: { verdict: 'allow' }, p33: { verdict: 'allow' } },
      result: { executed: true, steps_results: [{ executed_qty: '0.005' }] },
    });
    expect((await get(gate, '/plans/00000000000000ff')).status).toBe(404);
  });

  it('are said to be missing while the archive cannot be read, and those of Redis are listed', async () => {
    if (settings().ARCHIVE_TO === 'files') {
      const path = (settings() as { ARCHIVE_DIR: string }).ARCHIVE_DIR;
      rmSync(path, { recursive: true });
      writeFileSync(path, '');
    } else await postgres.stop();
    const answer = await get(gate, `/plans?since=${OLDEST_MS}`);
    const body = answer.body as Listed;
    expect(answer.status).toBe(200);
    expect(body.plans).toHaveLength(RECENT);
    expect(body.archive_fault).toMatch(/ENOTDIR|cannot be used|cannot be read/);
    if (settings().ARCHIVE_TO === 'postgres') await postgres.start();
  });
});
