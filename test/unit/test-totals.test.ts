import { describe, expect, it } from 'vitest';
import { failedFiles, notAgain } from '../../scripts/test-again.mjs';
import { totals, withSecondRun } from '../../scripts/test-totals.mjs';

const file = (status: string, tests: number): { name: string; status: string; assertionResults: object[] } => ({
  name: '/a.test.ts',
  status,
  assertionResults: Array.from({ length: tests }, () => ({})),
});

describe('the totals of a test run', () => {
  it.each([
    {
      it: 'are those of the tests',
      report: {
        success: false,
        numPassedTests: 5,
        numFailedTests: 2,
        testResults: [file('passed', 3), file('failed', 4)],
      },
      expected: { passed: 5, failed: 2, faults: [] },
    },
    {
      it: 'count a file that cannot be imported as a failure',
      report: {
        success: false,
        numPassedTests: 3,
        numFailedTests: 0,
        testResults: [file('passed', 3), file('failed', 0)],
      },
      expected: { passed: 3, failed: 1, faults: [] },
    },
    {
      it: 'are a fault when nothing ran',
      report: { success: true, numPassedTests: 0, numFailedTests: 0, testResults: [] },
      expected: { passed: 0, failed: 0, faults: ['no test ran'] },
    },
    {
      it: 'are a fault when the run failed and no test did, as with an unhandled error',
      report: { success: false, numPassedTests: 3, numFailedTests: 0, testResults: [file('passed', 3)] },
      expected: { passed: 3, failed: 0, faults: ['the run failed outside of its tests'] },
    },
  ])('$it', ({ report, expected }) => {
    expect(totals(report)).toEqual(expected);
  });
});

interface Test {
  status: string;
  fullName: string;
  failureMessages: string[];
}
const passed = (fullName: string): Test => ({ status: 'passed', fullName, failureMessages: [] });
const failed = (fullName: string): Test => ({ status: 'failed', fullName, failureMessages: [`${fullName} is wrong`] });

interface Report {
  success: boolean;
  numPassedTests: number;
  numFailedTests: number;
  testResults: { name: string; status: string; message: string; assertionResults: Test[] }[];
}

function run(files: Readonly<Record<string, readonly Test[]>>): Report {
  const testResults = Object.entries(files).map(([name, tests]) => ({
    name: `${process.cwd()}/${name}`,
    status: tests.length > 0 && tests.every(({ status }) => status === 'passed') ? 'passed' : 'failed',
    message: tests.length === 0 ? 'cannot be imported' : '',
    assertionResults: [...tests],
  }));
  const count = (wanted: string): number =>
    Object.values(files)
      .flat()
      .filter(({ status }) => status === wanted).length;
  return {
    success: testResults.every(({ status }) => status === 'passed'),
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    testResults,
  };
}

describe('tests that are run again after they failed', () => {
  const first = run({ 'a.test.ts': [passed('a1'), failed('a2')], 'b.test.ts': [passed('b1')] });

  it('pass when they pass alone, and are named', () => {
    const { report, onlyAgain } = withSecondRun(first, run({ 'a.test.ts': [passed('a1'), passed('a2')] }));
    expect(totals(report)).toEqual({ passed: 3, failed: 0, faults: [] });
    expect(onlyAgain).toEqual(['a.test.ts: a2']);
  });

  it('fail when they fail alone', () => {
    const { report, onlyAgain } = withSecondRun(first, run({ 'a.test.ts': [passed('a1'), failed('a2')] }));
    expect(totals(report)).toEqual({ passed: 2, failed: 1, faults: [] });
    expect(onlyAgain).toEqual([]);
  });

  it('fail when another test fails alone, or the file cannot be imported', () => {
    expect(totals(withSecondRun(first, run({ 'a.test.ts': [failed('a1'), passed('a2')] })).report).failed).toBe(1);
    expect(totals(withSecondRun(first, run({ 'a.test.ts': [] })).report).failed).toBe(1);
  });

  it('name a file that could not be imported at first', () => {
    const broken = run({ 'a.test.ts': [], 'b.test.ts': [passed('b1')] });
    expect(withSecondRun(broken, run({ 'a.test.ts': [passed('a1')] })).onlyAgain).toEqual([
      'a.test.ts: (the whole file)',
    ]);
  });

  it('are those of the files that failed, with their messages', () => {
    expect(failedFiles(first)).toEqual([{ file: 'a.test.ts', failures: ['a2\na2 is wrong'] }]);
    expect(failedFiles(run({ 'c.test.ts': [] }))).toEqual([{ file: 'c.test.ts', failures: ['cannot be imported'] }]);
  });

  it('are not run again when many files failed, or the run failed outside of a test', () => {
    expect(notAgain(first)).toBeUndefined();
    const many = run(Object.fromEntries(Array.from({ length: 4 }, (_, at) => [`${at}.test.ts`, [failed('x')]])));
    expect(notAgain(many)).toBe('4 files failed; at most 3 are run again');
    expect(notAgain({ ...run({ 'a.test.ts': [passed('a1')] }), success: false })).toBe(
      'the run failed outside of its tests',
    );
  });
});
