import { setImmediate as nextTurn } from 'node:timers/promises';
import { limitHeap, youngMb } from '../../src/cli/heap-limits.js';

const ROUNDS = 150;
const OBJECTS = 20_000;
const KEPT = 60_000;

/** Prints the largest size of the part of the heap for new objects while many are made, `limited` as `serve` limits it or `free`. */
export async function main([mode]: readonly string[]): Promise<number> {
  if (mode === 'limited') limitHeap();
  let kept: object[] = [];
  let largest = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let at = 0; at < OBJECTS; at += 1) kept.push({ at, pair: [at, at + 1], text: `x${at}` });
    if (kept.length > KEPT) kept = kept.slice(KEPT / 2);
    await nextTurn();
    largest = Math.max(largest, youngMb());
  }
  process.stdout.write(`${largest}\n`);
  return 0;
}
