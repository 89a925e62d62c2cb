#!/usr/bin/env node
// @ts-check
/**
 * Prints the totals of a test run from vitest's JSON report as one line, `N passed, N failed`, and exits 1 when a test
 * failed, a file could not be run, or nothing was run at all.
 *
 *   node scripts/test-totals.mjs reports/vitest.json
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * A file that ends before its first test, such as one that cannot be imported, counts as one failure: vitest's own number of
 * failed tests leaves it out.
 *
 * @param {{ success: boolean, numPassedTests: number, numFailedTests: number, testResults: { status: string, assertionResults: unknown[] }[] }} report
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const path = process.argv[2] ?? 'reports/vitest.json';
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    process.stderr.write(`${path} cannot be read, so no test ran: ${String(error)}\n`);
  }
  const nothing = { success: false, numPassedTests: 0, numFailedTests: 0, testResults: [] };
  const { passed, failed, faults } = totals(text === '' ? nothing : JSON.parse(text));
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (failed > 0 || faults.length > 0) process.exitCode = 1;
}
