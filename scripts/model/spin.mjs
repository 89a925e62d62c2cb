// @ts-check
/** Runs Spin: checks one scope, or prints one random trace. Every run has its own folder, which it removes. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {import('./scopes.mjs').Scope} Scope */
/** @typedef {import('./scopes.mjs').Model} Model */
/** @typedef {import('./mutants.mjs').Edit} Edit */
/** @typedef {{ readonly name: string, readonly verdict: 'holds' | 'violated' | 'incomplete', readonly states: number, readonly depth: number, readonly seconds: number, readonly what: string, readonly trail: readonly string[] }} Outcome */

const MODEL = fileURLToPath(new URL('../../test/model/', import.meta.url));
/** The processes of a model in which invariants are asserted. @type {Readonly<Record<Model, RegExp>>} */
const ASSERTING = { protocol: /^proctype (Exchange|Watch)\b/, standing: /^proctype Attempts\b/ };
const MEMORY_MB = 4_000;
const DEPTH = 50_000;
/** A violated invariant, in the verifier's words. */
const VIOLATED = /^pan:\d+: (?!wrote)(.*)/m;
const UNFINISHED = /max search depth too small|memory limit|out of memory|hash table full/i;

/** @param {string} command @param {readonly string[]} args @param {string} cwd @returns {Promise<{ status: number | null, output: string }>} */
function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

/** @param {string} command @param {readonly string[]} args @param {string} cwd */
async function mustRun(command, args, cwd) {
  const { status, output } = await run(command, args, cwd);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (exit ${status}):\n${output}`);
  return output;
}

/** @param {Scope['defines']} defines */
const flagsOf = (defines) => Object.entries(defines).map(([name, value]) => `-D${name}=${value}`);

/** The step in a line of Spin's output; none in any other line. @param {string} output */
const stepsOf = (output) => [...output.matchAll(/^\s*@ (.*)$/gm)].map(([, step = '']) => step);

/** @template T @param {(folder: string) => Promise<T>} work @param {readonly Edit[]} [edits] */
async function inCopy(work, edits = []) {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-model-'));
  try {
    cpSync(MODEL, folder, { recursive: true });
    for (const { file, find, put } of edits) {
      const parts = readFileSync(join(folder, file), 'utf8').split(find);
      if (parts.length !== 2)
        throw new Error(`${file} has ${parts.length - 1} places, not one, that read ${JSON.stringify(find)}`);
      writeFileSync(join(folder, file), parts.join(put));
    }
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Generates, compiles and runs the verifier of one scope.
 *
 * @param {Scope} scope @param {readonly Edit[]} [edits] to the model, before
 * @param {boolean} [shortest] whether to find the shortest trail @returns {Promise<Outcome>}
 */
export function check({ name, defines, model = 'protocol' }, edits, shortest = false) {
  return inCopy(async (folder) => {
    const live = 'LIVE_CHECK' in defines;
    await mustRun('spin', [...flagsOf(defines), '-a', `${model}.pml`], folder);
    const how = live ? ['-DNFAIR=5'] : ['-DSAFETY', '-DNOFAIR', ...(shortest ? ['-DBFS'] : [])];
    // A search that ends at a violation is over before an optimizing compiler is.
    const effort = edits === undefined ? '-Og' : '-O0';
    await mustRun(
      'gcc',
      [effort, '-w', '-DVECTORSZ=1024', `-DMEMLIM=${MEMORY_MB}`, ...how, '-o', 'pan', 'pan.c'],
      folder,
    );
    const startMs = performance.now();
    const { output } = await run('./pan', [`-m${DEPTH}`, ...(live ? ['-a', '-f'] : [])], folder);
    const seconds = (performance.now() - startMs) / 1_000;
    const violated = VIOLATED.exec(output)?.[1];
    const fault = live ? unfinished(output) : (unfinished(output) ?? unasked(output, model));
    return {
      name,
      states: Number(/^\s*(\S+) states, stored/m.exec(output)?.[1] ?? 0),
      depth: Number(/depth reached (\d+)/.exec(output)?.[1] ?? 0),
      seconds,
      verdict: violated === undefined ? (fault === undefined ? 'holds' : 'incomplete') : 'violated',
      what: violated?.replace(/\s+/g, ' ') ?? fault ?? '',
      trail: violated === undefined ? [] : await trailOf(defines, folder, model),
    };
  }, edits);
}

/** @param {string} output */
function unfinished(output) {
  return /errors: 0$/m.test(output) && !UNFINISHED.test(output) ? undefined : output.slice(-600);
}

/** An invariant that no state was asked about holds of nothing. @param {string} output @param {Model} model */
function unasked(output, model) {
  const sections = output.split(/^unreached in /m).slice(1);
  const watched = sections.filter((section) => ASSERTING[model].test(section));
  if (watched.length === 0) return 'the verifier does not print the unreached code';
  return watched.some((section) => section.includes('assert(')) ? `never reached: ${watched.join('')}` : undefined;
}

/** The steps that lead to the violation, as the model prints them. @param {Scope['defines']} defines @param {string} folder @param {Model} model */
async function trailOf(defines, folder, model) {
  const args = [...flagsOf(defines), '-t', '-T', '-B', '-k', `${model}.pml.trail`, `${model}.pml`];
  return stepsOf((await run('spin', args, folder)).output);
}

/** The steps of one random walk through the model. @param {Scope['defines']} defines @param {number} seed @param {number} mostSteps @param {Model} [model] */
export function walk(defines, seed, mostSteps, model = 'protocol') {
  return inCopy(async (folder) => {
    const args = [...flagsOf(defines), '-T', '-B', `-n${seed}`, `-u${mostSteps}`, `${model}.pml`];
    return stepsOf((await run('spin', args, folder)).output);
  });
}
