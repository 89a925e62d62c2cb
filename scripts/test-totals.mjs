#!/usr/bin/env node
// @ts-check
/**
 * Prints the totals of a test run from vitest's JSON report as one line, `N passed, N failed`, and exits 1 when a test
 * failed, a file could not be run, or nothing was run at all. With the report of a second run of the files that failed
 * (`test-again.mjs`), its tests count as they ended there, and those that passed only there are named.
 *
 *   node scripts/test-totals.mjs reports/vitest.json [reports/vitest-again.json]
 */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @typedef {{ name: string, status: string, assertionResults: { status?: string, fullName?: string }[] }} TestFile */
/** @typedef {{ success: boolean, numPassedTests: number, numFailedTests: number, testResults: TestFile[] }} Report */

/**
 * A file that ends before its first test, such as one that cannot be imported, counts as one failure: vitest's own number of
 * failed tests leaves it out.
 *
 * @param {Report} report
 */
export function totals({ success, numPassedTests, numFailedTests, testResults }) {
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const failed = numFailedTests + brokenFiles.length;
  const faults = [];
  if (numPassedTests + failed === 0) faults.push('no test ran');
  if (!success && failed === 0) faults.push('the run failed outside of its tests');
  return { passed: numPassedTests, failed, faults };
}

/**
 * The first report with the files of the second as they ended there, and the tests that passed only the second time.
 *
 * @param {Report} first
 * @param {Report} again
 * @returns {{ report: Report, onlyAgain: string[] }}
 */
export function withSecondRun(first, again) {
  const testResults = first.testResults.map((file) => again.testResults.find(({ name }) => name === file.name) ?? file);
  const failedFirst = first.testResults.filter(({ status }) => status === 'failed');
  const passedAgain = failedFirst.filter(({ name }) =>
    testResults.some((file) => file.name === name && file.status === 'passed'),
  );
  const onlyAgain = passedAgain.flatMap(({ name, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    const titles = failed.length === 0 ? ['(the whole file)'] : failed.map(({ fullName }) => fullName);
    return titles.map((title) => `${relative(process.cwd(), name)}: ${title}`);
  });
  const ended = testResults.flatMap(({ assertionResults }) => assertionResults);
  const count = (/** @type {string} */ wanted) => ended.filter(({ status }) => status === wanted).length;
  const success = testResults.every(({ status }) => status === 'passed') && again.success;
  return {
    report: { success, numPassedTests: count('passed'), numFailedTests: count('failed'), testResults },
    onlyAgain,
  };
}

/** @param {string} path @returns {Report | undefined} */
function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    process.stderr.write(`${path} cannot be read, so no test ran: ${String(error)}\n`);
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [path = 'reports/vitest.json', again = ''] = process.argv.slice(2);
  const first = read(path) ?? { success: false, numPassedTests: 0, numFailedTests: 0, testResults: [] };
  const second = existsSync(again) ? read(again) : undefined;
  const { report, onlyAgain } = second === undefined ? { report: first, onlyAgain: [] } : withSecondRun(first, second);
  for (const test of onlyAgain) process.stdout.write(`passed only when run again, alone: ${test}\n`);
  const { passed, failed, faults } = totals(report);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (failed > 0 || faults.length > 0) process.exitCode = 1;
}
