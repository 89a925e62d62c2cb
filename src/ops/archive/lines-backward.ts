import { type FileHandle, open } from 'node:fs/promises';

const CHUNK = 1 << 20;
const LINE_FEED = 10;

/** Lines are in the order of their times but for what was written together, and that is less. */
const SLACK = 4 << 20;
const PROBE = 1 << 16;
const TIMED = /\n\{"kind":"(?:plan|result)","id":"(\d{1,15})-/;

/** A place in a file behind which no plan and no result up to a time is. */
async function endOf(file: FileHandle, untilMs: number): Promise<number> {
  const { size } = await file.stat();
  let [low, high] = [0, size];
  while (high - low > SLACK) {
    const middle = Math.floor((low + high) / 2);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PROBE), 0, PROBE, middle);
    const [, ms] = TIMED.exec(buffer.toString('latin1', 0, bytesRead)) ?? [];
    if (ms !== undefined && Number(ms) <= untilMs) low = middle;
    else high = middle;
  }
  return Math.min(size, high + SLACK);
}

/**
 * The whole lines of a file that have a text in them, the last first, from the last plan or result up to a time on. What is asked for no more
 * is not read.
 */
export async function* linesBackward(path: string, holding: string, untilMs: number): AsyncGenerator<Iterable<string>> {
  const needle = Buffer.from(holding);
  const file = await open(path, 'r');
  try {
    let end = await endOf(file, untilMs);
    let rest = Buffer.alloc(0);
    while (end > 0) {
      const start = Math.max(0, end - CHUNK);
      const read = Buffer.allocUnsafe(end - start);
      await file.read(read, 0, read.length, start);
      const held = Buffer.concat([read, rest]);
      // The first line of a part may begin in the part before.
      const from = start === 0 ? 0 : held.indexOf(LINE_FEED) + 1;
      end = start;
      rest = start > 0 && from === 0 ? held : held.subarray(0, from);
      if (start === 0 || from > 0) yield linesIn(held, from, needle);
    }
  } finally {
    await file.close();
  }
}

function* linesIn(held: Buffer, from: number, needle: Buffer): Generator<string> {
  let before = held.length;
  while (before > from) {
    const hit = held.lastIndexOf(needle, before - 1);
    if (hit < from) return;
    const start = held.lastIndexOf(LINE_FEED, hit) + 1;
    const end = held.indexOf(LINE_FEED, hit);
    // A line that is being written has no end yet.
    if (end >= 0) yield held.toString('utf8', start, end);
    before = start;
  }
}
