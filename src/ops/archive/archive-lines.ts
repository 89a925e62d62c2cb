import { type FileHandle, open } from 'node:fs/promises';
import type { Fields } from '../../flow/0-primitives.js';
import { ArchiveUnavailable, type ArchivedEntry, type Kind } from './archived-entry.js';

const LINE_FEED = 10;
const CHUNK = 1 << 20;
/** These lead each line, so that a look for them parses no JSON. */
const HEAD =
  /^\{"kind":"(plan|verdict|result|control)","id":"(\d{1,20}-\d{1,20})"(?:,"at":"[^"]*","symbol":"([^"]*)")?/;
/** Up to the plan's id: words are of at most 64 signs, and JSON writes one as at most 6. */
export const LONGEST_HEAD = 1_000;

interface Line {
  readonly at: string;
  readonly symbol: string;
  readonly plan_id: string;
  readonly attempt: number;
  readonly fields: Fields;
  readonly too_large_bytes?: number;
}

export function lineOf({ kind, id, atMs, symbol, planId, attempt, fields, tooLargeBytes }: ArchivedEntry): string {
  const line = { kind, id, at: new Date(atMs).toISOString(), symbol, plan_id: planId, attempt, fields };
  return `${JSON.stringify(tooLargeBytes === undefined ? line : { ...line, too_large_bytes: tooLargeBytes })}\n`;
}

/** The entry of a line; `undefined` for what this archive did not write. */
export function entryOf(line: string): ArchivedEntry | undefined {
  const [, kind, id = ''] = HEAD.exec(line) ?? [];
  if (kind === undefined) return undefined;
  try {
    const { at, plan_id: planId, too_large_bytes: tooLargeBytes, ...rest } = JSON.parse(line) as Line;
    return { ...rest, kind: kind as Kind, id, atMs: Date.parse(at), planId, tooLargeBytes };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const UNKNOWN = '?';

/** What leads a line. A symbol that is no plain word may be cut. */
export interface Head {
  readonly kind: Kind;
  readonly id: string;
  readonly symbol: string;
  /** The byte after the line. */
  readonly to: number;
}

/** The heads of all whole lines of a file. Resolves with the length of the whole lines: what follows is torn. */
export async function readHeads(path: string, visit: (head: Head) => void): Promise<number> {
  const file = await open(path, 'r');
  try {
    let rest = Buffer.alloc(0);
    let wholeBytes = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, wholeBytes + rest.length);
      if (bytesRead === 0) return wholeBytes;
      const held = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      let from = 0;
      for (let end = held.indexOf(LINE_FEED); end >= 0; end = held.indexOf(LINE_FEED, from)) {
        const [, kind, id, symbol = UNKNOWN] =
          HEAD.exec(held.toString('latin1', from, Math.min(end, from + LONGEST_HEAD))) ?? [];
        // A loss of power may leave zeros in place of what was not on the disk yet.
        if (id !== undefined && held.subarray(from, end).indexOf(0) < 0)
          visit({ kind: kind as Kind, id, symbol, to: wholeBytes + end + 1 });
        from = end + 1;
      }
      wholeBytes += from;
      rest = held.subarray(from);
    }
  } finally {
    await file.close();
  }
}

/** Writes all of a text at a place in a file, and waits until the disk has it. */
export async function writeDurably(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    if (bytesWritten === 0) throw new ArchiveUnavailable('the disk took no byte');
    done += bytesWritten;
  }
  await file.datasync();
}
