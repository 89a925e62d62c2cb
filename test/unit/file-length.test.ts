import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
const MOST_LINES = 300;
/** Longer for a reason, or until the second idea in it is found. A length here may only shrink. */
const LONGER: Readonly<Record<string, number>> = {
  // Every text of the console, in one place for a translation.
  'src/console/texts.ts': 635,
  // One row per Redis key.
  'src/redis/keys/keys.ts': 420,
};

/** The simulator is a program of its own; generated files are as long as their source wants. */
const isLeftOut = (path: string): boolean =>
  path.startsWith('src/paper-exchange/') || path.endsWith('.spec.ts') || path.endsWith('.generated.ts');
const linesOf = (path: string): number => readFileSync(join(ROOT, path), 'utf8').trimEnd().split('\n').length;
const lengths = new Map(
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => `src/${path}`)
    .filter((path) => /\.tsx?$/.test(path) && !isLeftOut(path))
    .map((path) => [path, linesOf(path)] as const),
);

it('looks at every source file', () => {
  expect(lengths.size).toBeGreaterThan(250);
});

it(`no source file is longer than ${MOST_LINES} lines: look for its second idea`, () => {
  const tooLong = [...lengths].filter(([path, lines]) => lines > (LONGER[path] ?? MOST_LINES));
  expect(tooLong).toEqual([]);
});

it('every exception is still needed, and as long as it says', () => {
  expect(Object.entries(LONGER).filter(([path, most]) => lengths.get(path) !== most)).toEqual([]);
});
