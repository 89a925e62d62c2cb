import { expect, it } from 'vitest';
import { exitCodeOf, note, ok, problem } from './finding.js';

const of = (kind: Parameters<typeof problem>[0]) => problem(kind, 'x', 'y', 'z');

it.each([
  ['nothing wrong', [ok('a', ''), note('b', '')], 0],
  ['warnings alone', [ok('a', ''), of('warning')], 0],
  ['a fault', [of('warning'), of('fault')], 1],
  ['a service away and a fault', [of('fault'), of('unreachable')], 69],
  ['the configuration before everything', [of('unreachable'), of('configuration'), of('fault')], 78],
])('%s exits %s', (_, findings, exitCode) => {
  expect(exitCodeOf(findings)).toBe(exitCode);
});
