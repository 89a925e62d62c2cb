import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArchivedEntry } from './archived-entry.js';
import { BLOCK_BYTES, indexPathOf, readBlocks } from './block-index.js';
import { FileReader } from './file-reader.js';
import { FileSink } from './file-sink.js';

const DAY_MS = Date.parse('2026-01-01T00:00:00Z');
const PLANS = 1_500;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
/** Once each; the last are no plain words. */
const RARE = ['RAREUSDT', '币安USDT', 'A"B', 'A', 'USDT'];
const symbolOf = (index: number): string => RARE[(index - 100) / 250] ?? SYMBOLS[index % 2] ?? '';

const entriesOf = (index: number): ArchivedEntry[] =>
  (['plan', 'verdict', 'result'] as const).map((kind, at) => {
    const atMs = DAY_MS + index * 1_000;
    const fields = { filler: 'x'.repeat(300 + (index % 7) * 100), error: '', reason: '' };
    const planId = index.toString(16).padStart(16, '0');
    const id = `${atMs}-${at}`;
    return { kind, id, atMs, symbol: symbolOf(index), planId, attempt: 1, fields, tooLargeBytes: undefined };
  });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'permit-gate-index-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => rmSync(folder, { recursive: true, force: true }));

const sinkOf = (): FileSink => new FileSink(folder, 'quantum:', 1_000_000, () => true);

async function write(from: number, count: number): Promise<void> {
  const sink = sinkOf();
  for (let at = from; at < from + count; at += 50)
    await sink.write(Array.from({ length: 50 }, (_, index) => entriesOf(at + index)).flat());
  await sink.close();
}

const files = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(folder, name));
/** Where the blocks of each file end. */
const indexes = (): Promise<number[][]> =>
  Promise.all(files().map(async (path) => (await readBlocks(path, statSync(path).size)).map(({ to }) => to)));

/** Every plan of a symbol, in pages as the list asks for them. */
async function found(symbol: string | undefined): Promise<string[]> {
  const reader = new FileReader(folder);
  const ids: string[] = [];
  for (let after = { publishedMs: DAY_MS + 86_400_000, planId: '' }; ;) {
    const page = await reader.plans({ symbol, sinceMs: DAY_MS, after, limit: 200 });
    const last = page.at(-1);
    if (last === undefined) return ids;
    expect(page.every(({ result }) => result !== undefined)).toBe(true);
    ids.push(...page.map(({ plan }) => plan.planId));
    after = { publishedMs: last.plan.atMs, planId: last.plan.planId };
  }
}

function written(symbol: string | undefined): string[] {
  const plans = Array.from({ length: PLANS }, (_, index) => index).toReversed();
  return plans
    .filter((index) => symbol === undefined || symbolOf(index) === symbol)
    .map((index) => index.toString(16).padStart(16, '0'));
}

/** What a look does not find, or finds without being asked. */
async function wrong(): Promise<(string | undefined)[]> {
  const symbols = [...SYMBOLS, ...RARE, 'USD', undefined];
  const looks = await Promise.all(symbols.map(async (symbol) => [symbol, await found(symbol)] as const));
  return looks.flatMap(([symbol, ids]) => (ids.join() === written(symbol).join() ? [] : [symbol]));
}

it('a look finds every plan of each symbol, over several files, and leaves out blocks without it', async () => {
  await write(0, PLANS);
  expect(files().length).toBeGreaterThan(1);
  expect(await wrong()).toEqual([]);
  for (const path of files()) {
    const { size } = statSync(path);
    const blocks = await readBlocks(path, size);
    expect(size - (blocks.at(-1)?.to ?? 0)).toBeLessThan(BLOCK_BYTES);
    const ends = blocks.map(({ to }) => readFileSync(path)[to - 1]);
    expect(new Set(ends)).toEqual(new Set([10]));
    // The block that has it, and those that have a symbol that is no plain word.
    expect(blocks.filter(({ mayHave }) => mayHave('RAREUSDT')).length).toBeLessThan(blocks.length / 2);
  }
});

it('a look does not read blocks that are without its symbol', async () => {
  await write(0, 200);
  const [path = ''] = files();
  expect((await found('ETHUSDT')).length).toBe(100);
  const blocks = await readBlocks(path, statSync(path).size);
  writeFileSync(indexPathOf(path), blocks.map(({ to }) => `${to} BTCUSDT\n`).join(''));
  // Those of the end, which no block has.
  expect((await found('ETHUSDT')).length).toBeLessThan(30);
  expect((await found('BTCUSDT')).length).toBe(99);
});

describe('an index that is', () => {
  it.each([
    ['missing', (path: string) => rmSync(path)],
    ['behind its file', (path: string) => truncateSync(path, 20)],
    ['torn within a number', (path: string) => truncateSync(path, 3)],
    ['followed by zeros', (path: string) => writeFileSync(path, Buffer.alloc(64), { flag: 'a' })],
    ['zeros', (path: string) => writeFileSync(path, Buffer.alloc(64))],
    ['of a longer file', (path: string) => writeFileSync(path, '99999999 BTCUSDT\n')],
  ])('%s hides no plan, and is made again by the next process that writes', async (_, harm) => {
    await write(0, PLANS - 50);
    const whole = await indexes();
    for (const path of files()) harm(indexPathOf(path));
    await write(PLANS - 50, 50);
    // One after each write, so that a write never takes long.
    for (let again = 0; again < files().length; again += 1) await write(PLANS - 50, 50);
    expect(await wrong()).toEqual([]);
    const [made, last = []] = [await indexes(), whole.at(-1)];
    expect(made.slice(0, -1)).toEqual(whole.slice(0, -1));
    expect(made.at(-1)?.slice(0, last.length)).toEqual(last);
  });

  it('missing while a process reads hides nothing', async () => {
    await write(0, PLANS);
    for (const path of files()) rmSync(indexPathOf(path));
    expect(await wrong()).toEqual([]);
    for (const path of files()) writeFileSync(indexPathOf(path), '70000');
    expect(await wrong()).toEqual([]);
  });
});
