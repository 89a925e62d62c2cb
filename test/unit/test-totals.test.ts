import { describe, expect, it } from 'vitest';
import { totals } from '../../scripts/test-totals.mjs';

const file = (status: string, tests: number): { status: string; assertionResults: unknown[] } => ({
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
