#!/usr/bin/env node
// @ts-check
/**
 * Checks the model of the protocol in test/model with Spin, state by state (docs/model.md):
 *
 *   npm run model                    every scope, and whether the kept traces are still the model's
 *   npm run model -- --large         bigger scopes: about 20 million states
 *   npm run model -- --mutants       each rule taken out in turn: Spin must find each
 *   npm run model -- --write-traces  chooses the traces again that test/redis/model-replay.test.ts reads
 *
 * With --json one object on standard output instead of tables. Exit 1 when something does not hold, was not found or
 * was not checked to its end, 2 for a wrong command line, 69 without Spin or gcc.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ensureSpin } from './ensure-spin.mjs';
import { MUTANTS } from './model/mutants.mjs';
import { LARGE_SCOPES, SCOPES } from './model/scopes.mjs';
import { check } from './model/spin.mjs';
import { compareTraces, writeTraces } from './model/traces.mjs';

const EXIT = { fine: 0, fault: 1, usage: 2, unavailable: 69 };
const SIDE_BY_SIDE = 2;
/** A trail longer than this is shortened from its start; what matters stands at its end. */
const SHOWN_STEPS = 80;

/** @typedef {import('./model/scopes.mjs').Scope} Scope */
/** @typedef {import('./model/spin.mjs').Outcome} Outcome */

const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);

/** @template T, R @param {readonly T[]} items @param {(item: T) => Promise<R>} work @returns {Promise<R[]>} in the order of `items` */
async function sideBySide(items, work) {
  /** @type {R[]} */
  const done = [];
  const left = [...items.entries()];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) done[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  return done;
}

/** @param {readonly Scope[]} scopes @param {(scope: Scope) => Promise<Outcome>} work @param {(outcome: Outcome) => string} verdict */
async function outcomesOf(scopes, work, verdict) {
  let done = 0;
  const outcomes = await sideBySide(scopes, async (scope) => {
    const outcome = await work(scope);
    say(`${(done += 1)}/${scopes.length} ${scope.name}: ${verdict(outcome)}`);
    return outcome;
  });
  if (outcomes.length === 0) throw new Error('there is nothing to check');
  return outcomes;
}

/** @param {readonly Outcome[]} outcomes @param {(outcome: Outcome) => string} verdict */
function tableOf(outcomes, verdict) {
  const table = new Table({ head: ['scope', 'states', 'depth', 'seconds', 'result'], style: { head: [], border: [] } });
  for (const outcome of outcomes) {
    const { name, states, depth, seconds } = outcome;
    table.push([name, states.toLocaleString('en'), depth, seconds.toFixed(1), verdict(outcome)]);
  }
  return table.toString();
}

/** @param {Outcome} outcome */
function trailText({ name, what, trail }) {
  const left = Math.max(0, trail.length - SHOWN_STEPS);
  const steps = trail.slice(left).map((line, index) => `  ${String(left + index + 1).padStart(4)}  ${line}`);
  return [`\n${name}: ${what}`, ...(left > 0 ? [`  (${left} earlier steps left out)`] : []), ...steps].join('\n');
}

/** @param {readonly Scope[]} scopes @param {boolean} json */
async function checkScopes(scopes, json) {
  const traces = await compareTraces(sideBySide);
  say(
    traces.differing.length === 0
      ? `${traces.kept} kept traces are the model's`
      : `traces: ${traces.differing.join('; ')}`,
  );
  const verdict = (/** @type {Outcome} */ outcome) => outcome.verdict;
  const outcomes = await outcomesOf(scopes, (scope) => check(scope), verdict);
  const faults = outcomes.filter((outcome) => outcome.verdict !== 'holds');
  if (json) process.stdout.write(`${JSON.stringify({ scopes: outcomes, traces })}\n`);
  else process.stdout.write([tableOf(outcomes, verdict), ...faults.map((fault) => trailText(fault)), ''].join('\n'));
  if (traces.differing.length > 0) say('The kept traces are not those of the model: npm run model -- --write-traces');
  return faults.length === 0 && traces.differing.length === 0;
}

/** @param {boolean} json */
async function checkMutants(json) {
  const verdict = (/** @type {Outcome} */ { verdict: reached, what }) =>
    reached === 'violated' ? `found: ${what.replace(/ \(at depth.*/, '').slice(0, 60)}` : `NOT FOUND (${reached})`;
  const outcomes = await outcomesOf(MUTANTS, (mutant) => check(mutant, editsOf(mutant)), verdict);
  if (json) process.stdout.write(`${JSON.stringify({ mutants: outcomes })}\n`);
  else process.stdout.write(`${tableOf(outcomes, verdict)}\n`);
  return outcomes.every((outcome) => outcome.verdict === 'violated');
}

/** @param {Scope} scope */
const editsOf = (scope) => MUTANTS.find((mutant) => mutant === scope)?.edits ?? [];

/** @param {readonly string[]} argv */
async function main(argv) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      large: { type: 'boolean', default: false },
      mutants: { type: 'boolean', default: false },
      'write-traces': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  if ([values.large, values.mutants, values['write-traces']].filter(Boolean).length > 1)
    throw new TypeError('one of --large, --mutants and --write-traces is possible at a time');
  try {
    ensureSpin(say);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return EXIT.unavailable;
  }
  if (values['write-traces']) {
    say(await writeTraces(sideBySide, say));
    return EXIT.fine;
  }
  const fine = await (values.mutants
    ? checkMutants(values.json)
    : checkScopes(values.large ? LARGE_SCOPES : SCOPES, values.json));
  return fine ? EXIT.fine : EXIT.fault;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof TypeError;
  say(error instanceof Error ? (usage ? error.message : (error.stack ?? error.message)) : String(error));
  process.exitCode = usage ? EXIT.usage : EXIT.fault;
}
