import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { LogOutput } from './log-output.js';

const LIMIT = 200_000;
/** 1 000 bytes, so that a pipe holds 64 of them. */
const line = (index: number): string => `${String(index).padEnd(999, '.')}\n`;
const indexes = (text: string): number[] => [...text.matchAll(/^(\d+)\.*$/gm)].map(([, index]) => Number(index));

interface Pipe {
  readonly output: LogOutput;
  readonly recovered: number[];
  readonly read: () => string;
  readonly close: () => void;
}

function pipe(): Pipe {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-output-'));
  const path = join(folder, 'fifo');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  // Without O_NONBLOCK: a write waits for the reader, as on the standard output of most processes.
  const writer = openSync(path, constants.O_WRONLY);
  const close = vi.fn<() => void>(() => closeSync(reader));
  onTestFinished(() => {
    if (close.mock.calls.length === 0) closeSync(reader);
    closeSync(writer);
    rmSync(folder, { recursive: true });
  });
  const recovered: number[] = [];
  const output = new LogOutput(writer, {
    maxWaitingBytes: LIMIT,
    onRecovered: (dropped) => {
      recovered.push(dropped);
      output.write(`dropped ${dropped}\n`);
    },
  });
  const read = (): string => {
    const buffer = Buffer.alloc(LIMIT);
    try {
      return buffer.toString('utf8', 0, readSync(reader, buffer));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return '';
      throw error;
    }
  };
  return { output, recovered, read, close };
}

async function readUntil(read: () => string, isEnough: (text: string) => boolean): Promise<string> {
  let text = '';
  await vi.waitFor(
    () => {
      text += read();
      expect(isEnough(text)).toBe(true);
    },
    { timeout: 10_000, interval: 5 },
  );
  return text;
}

it('writes the lines of one tick before the event loop waits', async () => {
  const { output, read } = pipe();
  output.write('one\n');
  output.write('two\n');
  expect(read()).toBe('');
  await sleep(1);
  expect(read()).toBe('one\ntwo\n');
});

it('never waits for its reader, and writes what it kept in order once it is read', async () => {
  const { output, read, recovered } = pipe();
  const startedMs = performance.now();
  for (let index = 0; index < 150; index += 1) output.write(line(index));
  await sleep(1);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  const text = await readUntil(read, (so) => indexes(so).includes(149));
  expect(indexes(text)).toEqual(Array.from({ length: 150 }, (_, index) => index));
  expect([output.droppedTotal, recovered]).toEqual([0, []]);
});

it('drops whole lines beyond its limit, counts them, and reports the gap once, in its place', async () => {
  const { output, read, recovered } = pipe();
  for (let index = 0; index < 500; index += 1) output.write(line(index));
  expect(output.droppedTotal).toBe(300);
  await sleep(1);
  // The pipe took 65 lines, and yet the gap goes on: one report for it is enough.
  output.write(line(500));
  expect([output.droppedTotal, recovered]).toEqual([301, []]);
  const kept = await readUntil(read, (so) => so.includes('dropped'));
  output.write(line(501));
  const text = kept + (await readUntil(read, (so) => indexes(so).includes(501)));
  expect(recovered).toEqual([301]);
  expect(indexes(text)).toEqual([...Array.from({ length: 200 }, (_, index) => index), 501]);
  expect(text.indexOf('dropped 301\n')).toBeLessThan(text.indexOf(line(501)));
});

it('goes on when its reader went away', async () => {
  const { output, close } = pipe();
  close();
  for (let index = 0; index < 500; index += 1) output.write(line(index));
  await sleep(1);
  expect(output.droppedTotal).toBe(300);
  const startedMs = performance.now();
  output.flushSync();
  expect(performance.now() - startedMs).toBeLessThan(500);
});

it('goes on when the disk is full, and does not wait for it at the end', async () => {
  const fd = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(fd));
  const output = new LogOutput(fd, { maxWaitingBytes: LIMIT, onRecovered: () => undefined });
  for (let index = 0; index < 500; index += 1) output.write(line(index));
  await sleep(1);
  expect(output.droppedTotal).toBe(300);
  const startedMs = performance.now();
  output.flushSync();
  expect(performance.now() - startedMs).toBeLessThan(500);
});

it('waits about a second for its reader at the end, and no longer', () => {
  const { output } = pipe();
  for (let index = 0; index < 100; index += 1) output.write(line(index));
  const startedMs = performance.now();
  output.flushSync();
  const tookMs = performance.now() - startedMs;
  expect(tookMs).toBeGreaterThan(900);
  expect(tookMs).toBeLessThan(3_000);
});

it('writes the lines of an unfinished tick at the end', () => {
  const { output, read } = pipe();
  for (let index = 0; index < 3; index += 1) output.write(line(index));
  output.flushSync();
  expect(indexes(read())).toEqual([0, 1, 2]);
});
