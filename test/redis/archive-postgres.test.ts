import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { ArchiveReport } from '../../src/ops/archive/archive-report.js';
import { eventually } from '../harness/eventually.js';
import { PostgresServer } from '../harness/postgres-server.js';
import { appendPlans, idsOf } from '../harness/stream-load.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { archiving, drained, looked } from './archive-support.js';

let postgres: PostgresServer;
let testEnv: TestEnvironment;

beforeAll(async () => {
  postgres = await PostgresServer.create();
});
afterAll(() => postgres.close());
beforeEach(async () => {
  testEnv = await TestEnvironment.create();
});
afterEach(() => testEnv.close());

const start = (url = postgres.url()): Promise<Gate> =>
  archiving(testEnv, { ARCHIVE_TO: 'postgres', ARCHIVE_POSTGRES_URL: url });

interface Row {
  readonly id: string;
  readonly fields: Record<string, string>;
  readonly symbol: string;
}

const rows = (table: string): Promise<Row[]> =>
  postgres.query<Row>(
    'gate',
    `SELECT id, fields, symbol FROM ${table} WHERE deployment = $1
     ORDER BY split_part(id, '-', 1)::bigint, split_part(id, '-', 2)::bigint`,
    [testEnv.prefix],
  );
const ids = async (table: string): Promise<string[]> => (await rows(table)).map(({ id }) => id);

it('has a table for each kind, with every entry and its fields', async () => {
  const { redis, keys } = testEnv;
  await appendPlans(redis, keys, 0, 300, { symbols: ['BTCUSDT', 'ETHUSDT'] });
  await redis.xadd(keys.governorEvents(), '*', 'event', 'HOLD', 'context', '{"symbol":"BTCUSDT"}');
  const gate = await start();
  await drained(gate);
  for (const [table, stream] of [
    ['plans', keys.planStream()],
    ['verdicts', keys.permitEvents()],
    ['results', keys.resultStream()],
    ['control', keys.governorEvents()],
  ] as const) {
    const found = await rows(table);
    expect(found.map(({ id, fields }) => ({ id, fields }))).toEqual(await testEnv.entries(stream));
    expect(found.map(({ symbol }) => symbol)).not.toContain('');
  }
});

it('has nothing twice when everything is delivered again, and the same rows stay as they were', async () => {
  const { redis, keys } = testEnv;
  await appendPlans(redis, keys, 0, 50, { symbols: ['BTCUSDT'] });
  let gate = await start();
  await drained(gate);
  await gate.stop();
  // As after a crash between the database and Redis, and as after a failover that lost the group.
  await redis.xgroup('DESTROY', keys.planStream(), 'archive');
  await redis.xgroup('SETID', keys.resultStream(), 'archive', '0-0');
  await redis.del(keys.archiveState());
  await appendPlans(redis, keys, 50, 20, { symbols: ['BTCUSDT'] });
  gate = await start();
  await drained(gate);
  await eventually(async () => (await ids('plans')).length === 70 || undefined);
  expect(await ids('plans')).toEqual(await idsOf(redis, keys.planStream()));
  expect(await ids('results')).toEqual(await idsOf(redis, keys.resultStream()));
  expect((await looked(gate)).about).toContain('"error":""');
});

it('is named by its database, without the login, before anything is written', async () => {
  const gate = await start();
  const { place } = await gate.app.get(ArchiveReport, { strict: false }).read();
  expect(place).toBe(postgres.url().replace(/^.*@/, ''));
  await eventually(async () => (await looked(gate)).about.includes('"place":"127.0.0.1') || undefined);
  expect((await looked(gate)).about).not.toContain('secret-of-the-database');
});

it('says that the database is gone without its password, and writes what waited when it is back', async () => {
  const { redis, keys } = testEnv;
  const gate = await start();
  await appendPlans(redis, keys, 0, 10, { symbols: ['BTCUSDT'] });
  await drained(gate);
  await postgres.stop();
  await appendPlans(redis, keys, 10, 10, { symbols: ['BTCUSDT'] });
  const about = async (): Promise<string> => (await looked(gate)).about;
  await eventually(async () => /cannot be used/.test(await about()) || undefined, 5_000, about);
  expect((await about()) + JSON.stringify(gate.logs)).not.toContain('secret-of-the-database');
  await postgres.start();
  await drained(gate);
  expect(await ids('plans')).toEqual(await idsOf(redis, keys.planStream()));
});

it('needs no more than INSERT and SELECT once its tables are there', async () => {
  const { redis, keys } = testEnv;
  await postgres.query('gate', 'CREATE ROLE writer LOGIN');
  await postgres.query('gate', 'GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO writer');
  await appendPlans(redis, keys, 0, 10, { symbols: ['BTCUSDT'] });
  const gate = await start(postgres.url('gate', 'writer'));
  await drained(gate);
  expect(await ids('plans')).toEqual(await idsOf(redis, keys.planStream()));
});

it('takes what a hand or another service wrote, whatever it is', async () => {
  const { redis, keys } = testEnv;
  const odd = {
    plan_id: '\u0000',
    symbol: 'a\u0000b',
    attempt: 'many',
    action: '\ud800',
    note: "'; DROP TABLE plans; --",
  };
  await redis.xadd(keys.planStream(), '*', ...Object.entries(odd).flat());
  await redis.xadd(keys.planStream(), '99999999999999-0', 'symbol', '币安USDT', 'x', 'y'.repeat(300_000));
  await redis.xadd(keys.permitEvents(), '*', 'permit', 'no json', 'issuer', '{}');
  const gate = await start();
  await drained(gate);
  const found = await postgres.query<{ symbol: string; attempt: number; too_large_bytes: string; fields: string }>(
    'gate',
    'SELECT symbol, attempt, too_large_bytes, fields::text FROM plans WHERE deployment = $1 ORDER BY at',
    [testEnv.prefix],
  );
  expect(found).toMatchObject([
    { symbol: '', attempt: 0, too_large_bytes: null, fields: expect.stringContaining('DROP TABLE') as string },
    { symbol: '', too_large_bytes: '300017', fields: '{}' },
  ]);
});
