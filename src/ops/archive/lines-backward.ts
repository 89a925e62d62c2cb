import { type FileHandle, open } from 'node:fs/promises';
import { LONGEST_HEAD } from './archive-lines.js';
import type { Kind } from './archived-entry.js';
import { readBlocks } from './block-index.js';

const CHUNK = 1 << 18;
const LINE_FEED = 10;
const PROBE = 1 << 16;
const TIMED = /\n\{"kind":"[a-z]+","id":"(\d{1,15})-/;
/** Lines are in the order of their times; a step of Redis' clock may put one stream ahead of another. */
const DISORDER_MS = 60_000;
/** Where the word of the kind begins in a line. */
const KIND_AT = '{"kind":"'.length;

/** Which lines are wanted: what is not parsed costs little. */
export interface Wanted {
  readonly kinds: readonly Kind[];
  /** A text of the head of the line; `""` for all. */
  readonly text: string;
  /** Of plans and results; blocks that have none of it are not read. `undefined` for all. */
  readonly symbol: string | undefined;
  readonly untilMs: number;
}

/** A place in a file behind which everything is later than a time. */
async function endOf(file: FileHandle, size: number, untilMs: number): Promise<number> {
  let [low, high] = [0, size];
  while (high - low > PROBE) {
    const middle = Math.floor((low + high) / 2);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PROBE), 0, PROBE, middle);
    const found = TIMED.exec(buffer.toString('latin1', 0, bytesRead));
    const start = middle + (found?.index ?? PROBE) + 1;
    // A line as long as that: what is known is enough.
    if (found === null || start >= high) break;
    if (Number(found[1]) <= untilMs) low = middle;
    else high = start;
  }
  return high;
}

/** The wanted lines of a file that are whole, the last first, from a time on backward. What is asked for no more is not read. */
export async function* linesBackward(path: string, wanted: Wanted): AsyncGenerator<Iterable<string>> {
  const { symbol, untilMs } = wanted;
  const isWanted = testOf(wanted);
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const end = await endOf(file, size, untilMs + DISORDER_MS);
    const blocks = symbol === undefined ? [] : await readBlocks(path, size);
    yield* partBackward(file, Math.min(end, blocks.at(-1)?.to ?? 0), end, isWanted);
    for (const { from, to, mayHave } of blocks.toReversed())
      if (from < end && symbol !== undefined && mayHave(symbol))
        yield* partBackward(file, from, Math.min(to, end), isWanted);
  } finally {
    await file.close();
  }
}

type Test = (held: Buffer, start: number, end: number) => boolean;

function testOf({ kinds, text }: Wanted): Test {
  // The kinds differ in their first letter.
  const letters = new Set(kinds.map((kind) => kind.charCodeAt(0)));
  const reach = LONGEST_HEAD + Buffer.byteLength(text);
  return (held, start, end) =>
    letters.has(held[start + KIND_AT] ?? 0) &&
    (text === '' || held.toString('utf8', start, Math.min(end, start + reach)).includes(text));
}

/** The lines between the begin of a line and a place. */
async function* partBackward(
  file: FileHandle,
  from: number,
  to: number,
  isWanted: Test,
): AsyncGenerator<Iterable<string>> {
  let rest = Buffer.alloc(0);
  for (let end = to; end > from;) {
    const start = Math.max(from, end - CHUNK);
    const read = Buffer.allocUnsafe(end - start);
    const { bytesRead } = await file.read(read, 0, read.length, start);
    const held = Buffer.concat([read.subarray(0, bytesRead), rest]);
    // The first line of a part may begin in the part before.
    const whole = start === from ? 0 : held.indexOf(LINE_FEED) + 1;
    end = start;
    rest = start > from && whole === 0 ? held : held.subarray(0, whole);
    if (start === from || whole > 0) yield linesIn(held, whole, isWanted);
  }
}

function* linesIn(held: Buffer, from: number, isWanted: Test): Generator<string> {
  // What follows the last line feed is being written.
  for (let end = held.lastIndexOf(LINE_FEED); end >= from;) {
    const before = end === 0 ? -1 : held.lastIndexOf(LINE_FEED, end - 1);
    const start = Math.max(from, before + 1);
    if (isWanted(held, start, end)) yield held.toString('utf8', start, end);
    end = before;
  }
}
