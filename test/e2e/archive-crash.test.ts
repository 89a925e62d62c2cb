import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ArchiveReader } from '../../src/ops/archive/archive-reader.js';
import { FileReader } from '../../src/ops/archive/file-reader.js';
import { PostgresReader } from '../../src/ops/archive/postgres-reader.js';
import { PostgresServer } from '../harness/postgres-server.js';
import { entryOf } from '../../src/ops/archive/archive-lines.js';
import type { Kind } from '../../src/ops/archive/archived-entry.js';
import { keysFor } from '../../src/redis/keys/keys.js';
import { eventually } from '../harness/eventually.js';
import { Program } from '../harness/program.js';
import { freePort } from '../harness/ports.js';
import { appendPlans, idsOf } from '../harness/stream-load.js';
import { TestDeployment } from '../harness/test-deployment.js';

/** In the long run a million. */
const PLANS = Number(process.env['ARCHIVED_PLANS'] ?? '5000');
const CRASHES = 2;
const AT_ONCE = 5_000;
const OFTEN = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'];
/** One plan in a thousand. */
const RARE = 'RAREUSDT';
const SYMBOLS = Array.from({ length: 1_000 }, (_, at) => (at === 500 ? RARE : (OFTEN[at % OFTEN.length] ?? '')));
/** So that a day has what a busy day has. */
const PLANS_A_DAY = 50_000;
const FIRST_DAY_MS = Date.parse('2026-01-01T00:00:00Z');
const DAY_MS = 86_400_000;
const MINUTE = 60_000;

let deployment: TestDeployment;
let redis: Redis;
let folder: string;
let keys: ReturnType<typeof keysFor>;

beforeAll(async () => {
  deployment = await TestDeployment.create();
  redis = new Redis({ path: deployment.redis.socketPath });
  keys = keysFor(deployment.variables['REDIS_KEY_PREFIX'] ?? 'quantum:');
  folder = mkdtempSync(join(tmpdir(), 'permit-gate-archive-'));
  const atMs = (index: number): number => FIRST_DAY_MS + Math.floor((index * DAY_MS) / PLANS_A_DAY);
  for (let done = 0; done < PLANS; done += AT_ONCE)
    await appendPlans(redis, keys, done, Math.min(AT_ONCE, PLANS - done), { symbols: SYMBOLS, atMs });
}, 20 * MINUTE);
afterAll(async () => {
  redis.disconnect();
  await deployment.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(archive: Readonly<Record<string, string>>): Promise<Program> {
  const variables = { ...deployment.variables, ROLES: 'governor', HTTP_PORT: String(await freePort()), ...archive };
  // Its lease would hold the next one up for ten seconds.
  await redis.del(keys.archiveLeader());
  return new Program(['serve'], variables, deployment.folder);
}

const readOf = async (source: string): Promise<number> =>
  Number((await redis.hget(keys.archiveState(), `${source}:read`)) ?? '0');

async function pendingOf(stream: string): Promise<number> {
  if ((await redis.exists(stream)) === 0) return 0;
  const [count] = (await redis.xpending(stream, 'archive')) as [number];
  return count;
}

/** Kills the process that writes, in the middle of it, and starts it again. Resolves with the rate of the last one, in plans per second. */
async function drainWithCrashes(archive: Readonly<Record<string, string>>): Promise<number> {
  for (let crash = 1; crash <= CRASHES; crash += 1) {
    const killed = await start(archive);
    await eventually(async () => (await readOf('plans')) >= (PLANS * crash) / (CRASHES + 1) || undefined, 10 * MINUTE);
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(await readOf('plans')).toBeLessThan(PLANS);
  }
  const last = await start(archive);
  const before = await readOf('plans');
  // Not what a start takes.
  await eventually(async () => (await readOf('plans')) > before || undefined, MINUTE);
  const begunMs = performance.now();
  const isDrained = async (): Promise<boolean> =>
    (await readOf('plans')) === PLANS &&
    (await readOf('results')) === PLANS &&
    (await readOf('permits')) === 2 * PLANS &&
    (await Promise.all([keys.planStream(), keys.resultStream(), keys.permitEvents()].map(pendingOf))).every(
      (pending) => pending === 0,
    );
  await eventually(
    async () => (await isDrained()) || undefined,
    20 * MINUTE,
    () => last.stdout.slice(-2_000),
  );
  const rate = Math.round((PLANS - before) / ((performance.now() - begunMs) / 1_000));
  last.child.kill('SIGTERM');
  await last.ended;
  return rate;
}

/** The median of looks at one symbol's newest plans of a day, each on a day of its own. */
async function lookMsOf(reader: ArchiveReader, symbols: readonly string[], most: number): Promise<number> {
  const days = Math.ceil(PLANS / PLANS_A_DAY);
  const tookMs: number[] = [];
  // The first one also opens a connection.
  for (let look = -1; look < 20; look += 1) {
    const sinceMs = FIRST_DAY_MS + (Math.max(0, look) % days) * DAY_MS;
    const symbol = symbols[Math.max(0, look) % symbols.length] ?? '';
    const begunMs = performance.now();
    const after = { publishedMs: sinceMs + DAY_MS, planId: '' };
    const found = await reader.plans({ symbol, sinceMs, after, limit: 200 });
    if (look >= 0) tookMs.push(performance.now() - begunMs);
    expect(found.length).toBe(most);
    expect(found.every(({ plan, result }) => plan.symbol === symbol && result !== undefined)).toBe(true);
  }
  const inOrder = tookMs.toSorted((a, b) => a - b);
  const [median = Infinity, slowest = Infinity] = [inOrder[inOrder.length / 2], inOrder.at(-1)];
  console.log(`${symbols.join(', ')}: ${median.toFixed()} ms, at most ${slowest.toFixed()} ms`);
  return median;
}

async function expectQuickLooks(reader: ArchiveReader): Promise<void> {
  try {
    expect(await lookMsOf(reader, OFTEN, 200)).toBeLessThanOrEqual(100);
    // All plans of the day, and the rest of the day is not theirs.
    expect(await lookMsOf(reader, [RARE], Math.min(PLANS, PLANS_A_DAY) / 1_000)).toBeLessThanOrEqual(100);
  } finally {
    await reader.close();
  }
}

const STREAMS = [
  ['plan', 'plans', () => keys.planStream()],
  ['verdict', 'verdicts', () => keys.permitEvents()],
  ['result', 'results', () => keys.resultStream()],
] as const;

it(
  'files that two crashes interrupted hold every entry once, and no torn line',
  async () => {
    const rate = await drainWithCrashes({ ARCHIVE_TO: 'files', ARCHIVE_DIR: folder });
    const found: Record<Kind, string[]> = { plan: [], verdict: [], result: [], control: [] };
    let torn = 0;
    let bytes = 0;
    const names = readdirSync(folder).filter((each) => each.endsWith('.jsonl'));
    for (const name of names.toSorted()) {
      for await (const line of createInterface({ input: createReadStream(join(folder, name)), crlfDelay: Infinity })) {
        const entry = entryOf(line);
        bytes += line.length + 1;
        if (entry === undefined) torn += 1;
        else found[entry.kind].push(entry.id);
      }
    }
    expect(torn).toBe(0);
    for (const [kind, , stream] of STREAMS) {
      const ids = await idsOf(redis, stream());
      expect(found[kind].length).toBe(ids.length);
      expect(found[kind].every((id, at) => id === ids[at])).toBe(true);
    }
    console.log(`files: ${rate} plans/s with verdicts and results, ${Math.round(bytes / PLANS)} bytes a plan`);
    await expectQuickLooks(new FileReader(folder));
  },
  30 * MINUTE,
);

it.runIf(process.env['ARCHIVED_PLANS'] !== undefined)(
  'a database that two crashes interrupted has every entry once',
  async () => {
    for (const [, , stream] of STREAMS) await redis.xgroup('DESTROY', stream(), 'archive');
    await redis.del(keys.archiveState(), keys.archiveLeader());
    const postgres = await PostgresServer.create();
    try {
      const rate = await drainWithCrashes({ ARCHIVE_TO: 'postgres', ARCHIVE_POSTGRES_URL: postgres.url() });
      for (const [, table, stream] of STREAMS) {
        const rows = await postgres.query<{ id: string }>('gate', `SELECT id FROM ${table}`);
        const [stored, given] = [rows.map(({ id }) => id).toSorted(), (await idsOf(redis, stream())).toSorted()];
        expect(stored.length).toBe(given.length);
        expect(stored.every((id, at) => id === given[at])).toBe(true);
      }
      const [size] = await postgres.query<{ bytes: string }>('gate', "SELECT pg_database_size('gate') AS bytes");
      await postgres.query('gate', 'ANALYZE');
      const bytes = Math.round(Number(size?.bytes) / PLANS);
      console.log(`PostgreSQL: ${rate} plans/s with verdicts and results, ${bytes} bytes a plan`);
      await expectQuickLooks(new PostgresReader(postgres.url(), 'quantum:'));
    } finally {
      await postgres.close();
    }
  },
  60 * MINUTE,
);
