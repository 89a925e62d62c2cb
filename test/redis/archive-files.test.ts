import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Readiness } from '../../src/ops/health/readiness.js';
import { DeploymentReport } from '../../src/ops/system/deployment-report.js';
import { entryOf } from '../../src/ops/archive/archive-lines.js';
import { Archiver } from '../../src/ops/archive/archiver.js';
import { ArchiveStore } from '../../src/redis/stores/archive-store.js';
import { eventually } from '../harness/eventually.js';
import { appendPlans, idsOf } from '../harness/stream-load.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { archiving, connected, drained, looked } from './archive-support.js';

let testEnv: TestEnvironment;
let folder: string;

beforeEach(async () => {
  testEnv = await TestEnvironment.create();
  folder = mkdtempSync(join(tmpdir(), 'permit-gate-archive-'));
});
afterEach(async () => {
  await testEnv.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (env: Readonly<Record<string, string>> = {}): Promise<Gate> =>
  archiving(testEnv, { ARCHIVE_TO: 'files', ARCHIVE_DIR: folder, ...env });

const files = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
const text = (): string =>
  files()
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
const lines = (): string[] =>
  text()
    .split('\n')
    .filter((line) => line !== '');
const ids = (kind: string): string[] =>
  lines().flatMap((line) => (entryOf(line)?.kind === kind ? [entryOf(line)?.id ?? ''] : []));
it('keeps every plan, verdict, result and control change with its fields, and follows on', async () => {
  await appendPlans(testEnv.redis, testEnv.keys, 0, 20, { symbols: ['BTCUSDT', 'ETHUSDT'] });
  const gate = await start();
  await drained(gate);
  await appendPlans(testEnv.redis, testEnv.keys, 20, 10, { symbols: ['BTCUSDT'] });
  await testEnv.redis.xadd(testEnv.keys.governorEvents(), '*', 'event', 'HOLD_SET', 'context', '{"symbol":"BTCUSDT"}');
  await drained(gate);
  const streams = [
    ['plan', testEnv.keys.planStream()],
    ['verdict', testEnv.keys.permitEvents()],
    ['result', testEnv.keys.resultStream()],
    ['control', testEnv.keys.governorEvents()],
  ] as const;
  for (const [kind, stream] of streams) {
    const found = lines().flatMap((line) => (entryOf(line)?.kind === kind ? [entryOf(line)] : []));
    expect(found.map((each) => ({ id: each?.id, fields: each?.fields }))).toEqual(await testEnv.entries(stream));
  }
  expect(lines().map((line) => entryOf(line)?.symbol)).not.toContain('');
  expect(gate.messages()).toContain('this process writes the archive');
});

it('writes a backlog in the order of time, though there are two verdicts for each plan', async () => {
  const { redis, keys } = testEnv;
  const from = Date.parse('2026-01-01T00:00:00Z');
  await appendPlans(redis, keys, 0, 5_000, { symbols: ['BTCUSDT'], atMs: (index) => from + 100 * index });
  const gate = await start();
  await drained(gate);
  const times = lines().map((line) => entryOf(line)?.atMs ?? 0);
  expect(times.length).toBe(4 * 5_000);
  expect(times.every((at, index) => at >= (times[index - 1] ?? 0))).toBe(true);
});

it('archives what was delivered to a killed process also where the oldest of it is trimmed', async () => {
  const { redis, keys } = testEnv;
  await appendPlans(redis, keys, 0, 1_000, { symbols: ['BTCUSDT'] });
  const idle = await testEnv.gate({ roles: 'governor', start: false });
  await connected(idle);
  const killed = idle.app.get(ArchiveStore, { strict: false });
  for (let page = 0, taken = {}; page < 3; page += 1) {
    const turn = await killed.next({}, taken, '{}', 10_000);
    if (turn.kind === 'kept') taken = Object.fromEntries(turn.entries.map(({ source, id }) => [source, id]));
  }
  await redis.del(keys.archiveLeader());
  // More than one page of what was delivered.
  await redis.xtrim(keys.planStream(), 'MINID', (await idsOf(redis, keys.planStream()))[400] ?? '');
  const gate = await start();
  await drained(gate);
  expect(ids('plan')).toEqual(await idsOf(redis, keys.planStream()));
  expect((await looked(gate)).streams.plans.missed).toBe(400);
});

it('after a crash at any moment has nothing missing and nothing twice, and no torn line', async () => {
  const { redis, keys } = testEnv;
  await appendPlans(redis, keys, 0, 300, { symbols: ['BTCUSDT'] });
  let gate = await start();
  await drained(gate);
  await gate.stop();
  // As if the process had died after the disk had the last lines, and half of one, before Redis knew.
  const [file = ''] = files();
  for (const stream of [keys.planStream(), keys.resultStream()])
    await redis.xgroup('SETID', stream, 'archive', (await idsOf(redis, stream))[100] ?? '');
  appendFileSync(join(folder, file), '{"kind":"plan","id":"1764');
  await appendPlans(redis, keys, 300, 50, { symbols: ['BTCUSDT'] });
  gate = await start();
  await drained(gate);
  expect(lines().filter((line) => entryOf(line) === undefined)).toEqual([]);
  expect(ids('plan')).toEqual(await idsOf(redis, keys.planStream()));
  expect(ids('result')).toEqual(await idsOf(redis, keys.resultStream()));
  expect(ids('verdict')).toEqual(await idsOf(redis, keys.permitEvents()));
});

it('cuts a torn line off also where its day is over, and writes what it lost again', async () => {
  const { redis, keys } = testEnv;
  const yesterday = Date.now() - 86_400_000;
  await appendPlans(redis, keys, 0, 5, { symbols: ['BTCUSDT'], atMs: () => yesterday });
  let gate = await start();
  await drained(gate);
  await gate.stop();
  const path = join(folder, files()[0] ?? '');
  truncateSync(path, statSync(path).size - 10);
  gate = await start();
  await appendPlans(redis, keys, 5, 1, { symbols: ['BTCUSDT'] });
  await drained(gate);
  expect(lines().filter((line) => entryOf(line) === undefined)).toEqual([]);
  // The last line of yesterday was acknowledged: only a hand can have torn it. Its group goes back by hand.
  await redis.xgroup('SETID', keys.resultStream(), 'archive', '0-0');
  const results = (await idsOf(redis, keys.resultStream())).toSorted();
  await eventually(
    () => ids('result').length === results.length || undefined,
    5_000,
    () => ids('result'),
  );
  expect(ids('result').toSorted()).toEqual(results);
});

it('begins a file for each UTC day and for each size', async () => {
  const { redis, keys } = testEnv;
  const start0 = Date.parse('2026-01-01T23:59:59.990Z');
  await appendPlans(redis, keys, 0, 900, { symbols: ['BTCUSDT'], atMs: (index) => start0 + Math.floor(index / 30) });
  const gate = await start({ ARCHIVE_FILE_MB: '1' });
  await drained(gate);
  const names = files();
  expect(names[0]).toBe('archive-2026-01-01.0001.jsonl');
  expect(names.filter((name) => name.includes('2026-01-02')).length).toBeGreaterThan(1);
  for (const name of names) {
    expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1_000_000);
    const days = readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    expect(new Set(days.map((line) => new Date(entryOf(line)?.atMs ?? 0).toISOString().slice(0, 10)))).toEqual(
      new Set([/\d{4}-\d\d-\d\d/.exec(name)?.[0]]),
    );
  }
  expect(ids('plan')).toEqual(await idsOf(redis, keys.planStream()));
});

it('says how many entries were trimmed before they were archived, in Redis, as an event and in the archive', async () => {
  const { redis, keys } = testEnv;
  await appendPlans(redis, keys, 0, 10, { symbols: ['BTCUSDT'] });
  let gate = await start();
  await drained(gate);
  await gate.stop();
  await appendPlans(redis, keys, 10, 50, { symbols: ['BTCUSDT'] });
  const kept = (await idsOf(redis, keys.planStream()))[37] ?? '';
  await redis.xtrim(keys.planStream(), 'MINID', kept);
  gate = await start();
  await drained(gate);
  const { streams } = await looked(gate);
  expect(streams.plans.missed).toBe(27);
  expect(streams.results.missed).toBe(0);
  const events = await testEnv.entries(keys.governorEvents());
  expect(
    events.filter(({ fields }) => fields['event'] === 'ARCHIVE_GAP').map(({ fields }) => fields['context']),
  ).toEqual([expect.stringMatching(/"missed":27\b/)]);
  expect(text()).toContain('ARCHIVE_GAP');
  // It is counted once.
  await appendPlans(redis, keys, 60, 5, { symbols: ['BTCUSDT'] });
  await drained(gate);
  expect((await looked(gate)).streams.plans.missed).toBe(27);
});

it('is written by one process, and what another has written is not written again', async () => {
  const { redis, keys } = testEnv;
  const gate = await start();
  await appendPlans(redis, keys, 0, 10, { symbols: ['BTCUSDT'] });
  await drained(gate);
  const idle = await testEnv.gate({ roles: 'governor', start: false });
  await connected(idle);
  const other = idle.app.get(ArchiveStore, { strict: false });
  expect(await other.next({}, {}, '{}', 10_000)).toMatchObject({
    kind: 'other',
    by: expect.stringMatching(/^i-/) as string,
  });
  await gate.stop();
  await appendPlans(redis, keys, 10, 10, { symbols: ['BTCUSDT'] });
  const turn = await other.next({}, {}, '{}', 10_000);
  expect(turn.kind === 'kept' ? turn.entries.length : turn.by).toBe(40);
  await other.giveUp({ plans: (await idsOf(redis, keys.planStream()))[14] ?? '' }, '{}');
  const next = await start();
  await eventually(() => next.app.get(Archiver, { strict: false }).leads || undefined);
  await drained(next);
  expect(ids('plan')).toEqual((await idsOf(redis, keys.planStream())).filter((_, at) => at < 10 || at > 14));
});

it('refuses the folder of another deployment, says why, and goes on when it may', async () => {
  writeFileSync(join(folder, 'deployment'), 'other:\n');
  const { redis, keys } = testEnv;
  await appendPlans(redis, keys, 0, 10, { symbols: ['BTCUSDT'] });
  const gate = await start();
  const about = async (): Promise<string> => (await looked(gate)).about;
  await eventually(async () => /the archive of the deployment other:/.test(await about()) || undefined, 5_000, about);
  expect(files()).toEqual([]);
  rmSync(join(folder, 'deployment'));
  await drained(gate);
  expect(JSON.parse(await about())).toMatchObject({ to: 'files', place: folder, error: '' });
  // What came while it was refused was not acknowledged.
  expect(ids('plan')).toEqual(await idsOf(redis, keys.planStream()));
});

it('is behind in metrics and among what needs a person while its folder takes nothing, and the process stays ready', async () => {
  const { redis, keys } = testEnv;
  const old = Date.now() - 120_000;
  await appendPlans(redis, keys, 0, 3, { symbols: ['BTCUSDT'], atMs: () => old });
  writeFileSync(join(folder, 'no-folder'), '');
  const gate = await start({ ARCHIVE_DIR: join(folder, 'no-folder', 'archive') });
  const report = gate.app.get(DeploymentReport, { strict: false });
  const needs = async () => (await report.needs(undefined, Promise.resolve([]))).attention;
  const [found] = await eventually(async () => {
    const all = (await needs()).filter(({ reason }) => reason === 'archive_behind');
    return all[0]?.sinceMs === undefined ? undefined : all;
  });
  expect(found).toMatchObject({
    text: expect.stringMatching(
      /^12 entries wait for the archive, the oldest for 12\d s\. .*cannot be written: ENOTDIR/,
    ) as string,
    remedy: 'permit-gate archive status',
  });
  const metrics = await gate.metrics();
  expect(metrics).toContain('archive_behind_entries{stream="permits"} 6');
  expect(metrics).toMatch(/archive_behind_seconds 12\d/);
  expect((await gate.app.get(Readiness, { strict: false }).parts()).filter(({ part }) => part === 'archive')).toEqual(
    [],
  );
});
