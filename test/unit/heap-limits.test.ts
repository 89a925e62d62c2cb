import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../harness/young-heap.mjs', import.meta.url));

/** The largest size of the part for new objects, in MB, in a process that makes many objects of which some live a while. */
function largestYoung(limited: boolean): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, [PROGRAM, limited ? 'limited' : 'free'], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return Number(stdout);
}

describe('the heap of a process that serves', () => {
  it('keeps its part for new objects at 16 MB, which V8 lets grow further', () => {
    expect(largestYoung(false)).toBeGreaterThan(24);
    const limited = largestYoung(true);
    expect(limited).toBeGreaterThanOrEqual(16);
    expect(limited).toBeLessThan(24);
  });
});
