import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const MARK = /\[([A-Z]\d+)\]/g;
/** A title that covers a part of a case, or of several, does not count as their test. */
const PART = /part of \[[A-Z]\d+\](?:(?:,? |, and | and )\[[A-Z]\d+\])*/g;

/** The marks of the cases that the titles in `text` cover whole. */
function coveredBy(text: string): string[] {
  return [...text.replaceAll(PART, '').matchAll(MARK)].map(([, mark]) => mark ?? '');
}

const caseMarks = [...read('docs/cases.md').matchAll(/^\| ([A-Z]\d+) \|/gm)].map(([, mark]) => mark ?? '');
const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));
/** Files of `test` that are no test hold titles that several tests share. */
const files = [
  ...filesIn('src').filter((path) => path.endsWith('.spec.ts')),
  ...filesIn('test').filter((path) => path.endsWith('.ts') && !path.endsWith('unit/cases.test.ts')),
];
const texts = files.map((path) => read(path));
const covered = new Set(texts.flatMap((text) => coveredBy(text)));
const listed = read('test/cases-without-test.txt')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

describe('a title', () => {
  it.each([
    ['[P3] x', ['P3']],
    ['x [P3] [C12]', ['P3', 'C12']],
    ['x, part of [L1]', []],
    ['x, part of [L1] [L2]; [P3]', ['P3']],
    ['x, part of [L1], [L2] and [E1]', []],
  ])('%s covers %j', (title, marks) => {
    expect(coveredBy(title)).toEqual(marks);
  });
});

describe('docs/cases.md', () => {
  it('has cases, and there are tests with marks', () => {
    expect(caseMarks.length).toBeGreaterThan(150);
    expect(files.length).toBeGreaterThan(100);
    expect(covered.size).toBeGreaterThan(90);
  });

  it('has each mark once', () => {
    expect(caseMarks.filter((mark, index) => caseMarks.indexOf(mark) !== index)).toEqual([]);
  });

  it('has a case for every mark that a title names, also in part', () => {
    const named = new Set(texts.flatMap((text) => [...text.matchAll(MARK)].map(([, mark]) => mark ?? '')));
    expect([...named].filter((mark) => !caseMarks.includes(mark))).toEqual([]);
  });
});

describe('test/cases-without-test.txt', () => {
  it('lists every case without a test of its own: write the test, do not lengthen the list', () => {
    const missing = caseMarks.filter((mark) => !covered.has(mark) && !listed.includes(mark));
    expect(missing).toEqual([]);
  });

  it('lists no case that has a test, or that is not on the page: take it from the list', () => {
    expect(listed.filter((mark) => covered.has(mark) || !caseMarks.includes(mark))).toEqual([]);
  });
});
