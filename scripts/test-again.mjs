#!/usr/bin/env node
// @ts-check
/**
 * After a test run that failed: prints each failure in full, and runs the files it is in once more, one after the other, on a
 * machine that does nothing else. A test that passes then was too slow or met another test; it is named, and does not fail the
 * run. A test that fails twice does. With many failures, or one outside of a test, nothing is run again.
 *
 *   node scripts/test-again.mjs reports/vitest.json reports/vitest-again.json
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { totals } from './test-totals.mjs';

/** More than so many files that fail have one cause, and it is not the machine. */
const FILES_AGAIN = 3;

/** @typedef {{ status: string, fullName: string, failureMessages: string[] }} Assertion */
/** @typedef {{ name: string, status: string, message: string, assertionResults: Assertion[] }} TestFile */
/** @typedef {{ success: boolean, numPassedTests: number, numFailedTests: number, testResults: TestFile[] }} Report */

/**
 * @param {Report} report
 * @returns {{ file: string, failures: string[] }[]}
 */
export function failedFiles({ testResults }) {
  return testResults
    .filter(({ status }) => status === 'failed')
    .map(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      const failures = failed.map(({ fullName, failureMessages }) => `${fullName}\n${failureMessages.join('\n')}`);
      return { file: relative(process.cwd(), name), failures: failures.length === 0 ? [message] : failures };
    });
}

/**
 * Why the failures of a run are not looked at a second time; undefined when they are.
 *
 * @param {Report} report
 */
export function notAgain(report) {
  const files = failedFiles(report);
  if (files.length === 0 || totals(report).faults.length > 0) return 'the run failed outside of its tests';
  if (files.length > FILES_AGAIN) return `${files.length} files failed; at most ${FILES_AGAIN} are run again`;
  return undefined;
}

/** @param {string} path @returns {Report} */
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [first = 'reports/vitest.json', again = 'reports/vitest-again.json'] = process.argv.slice(2);
  rmSync(again, { force: true });
  const report = read(first);
  const files = failedFiles(report);
  for (const { file, failures } of files) console.log(`\n✗ ${file}\n${failures.join('\n\n')}`);
  const refused = notAgain(report);
  if (refused === undefined) {
    console.log(`\n▸ once more, alone: ${files.map(({ file }) => file).join(' ')}`);
    const options = ['--maxWorkers=1', '--reporter=default', '--reporter=json', `--outputFile.json=${again}`];
    const { status } = spawnSync('npx', ['vitest', 'run', ...options, ...files.map(({ file }) => file)], {
      stdio: 'inherit',
    });
    process.exitCode = status ?? 1;
  } else {
    console.error(`\nNo test is run again: ${refused}`);
    process.exitCode = 1;
  }
}
