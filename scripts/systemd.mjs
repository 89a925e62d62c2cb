#!/usr/bin/env node
// @ts-check
/** Checks the units of docker/systemd with systemd-analyze (`npm run systemd:check`): they are valid, and how much they leave open. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './apt.mjs';

const UNITS = fileURLToPath(new URL('../docker/systemd', import.meta.url));
/** In tenths, 100 is a unit without any protection. What is left is the network and memory that may become executable. */
const EXPOSURE_AT_MOST = 12;
/** @type {readonly [string, string][]} What the checks must refuse: a misspelt directive, a wrong value, a protection removed. */
const WRONG = [
  ['ProtectSystem=strict', 'ProtectSystm=strict'],
  ['Restart=always', 'Restart=allways'],
  ['DynamicUser=yes\n', 'User=root\n'],
  ['CapabilityBoundingSet=\n', ''],
  ['SystemCallFilter=@system-service @pkey\nSystemCallFilter=~@privileged @resources\n', ''],
];

if (spawnSync('systemd-analyze', ['--version']).status !== 0)
  install(
    ['systemd'],
    'systemd-analyze is missing, and the units are checked with it.',
    'install systemd by hand',
    (line) => process.stderr.write(`${line}\n`),
  );

/** @type {string[]} */
const faults = [];
const names = readdirSync(UNITS).filter((name) => name.endsWith('.service'));
for (const name of names) faults.push(...faultsOf(name, (text) => text).map((fault) => `${name}: ${fault}`));
for (const [right, wrong] of WRONG) {
  for (const name of names) {
    if (faultsOf(name, (text) => text.replace(right, wrong)).length === 0)
      faults.push(`${name} with ${JSON.stringify(wrong)} in place of ${JSON.stringify(right)} is not refused`);
  }
}
process.stdout.write(
  faults.length === 0
    ? `${names.length} units: valid, exposure at most ${EXPOSURE_AT_MOST / 10}; ${WRONG.length} wrong forms of each are refused\n`
    : `${faults.join('\n')}\n`,
);
process.exitCode = faults.length === 0 ? 0 : 1;

/**
 * @param {string} name
 * @param {(text: string) => string} change
 */
function faultsOf(name, change) {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-units-'));
  try {
    cpSync(UNITS, folder, { recursive: true });
    const file = join(folder, name);
    // Node is elsewhere on some machines, and systemd asks whether the program exists.
    writeFileSync(file, change(readFileSync(file, 'utf8')).replace('/usr/bin/node', process.execPath));
    const verified = analyze(['verify', '--man=no', '--recursive-errors=no', file]);
    const secure = analyze(['security', '--offline=true', '--no-pager', `--threshold=${EXPOSURE_AT_MOST}`, file]);
    // A directive that is not known is a warning to systemd.
    const lines = verified.output.split('\n').filter((line) => line.includes(name));
    const exposed = secure.output.split('\n').filter((line) => line.includes('Overall exposure'));
    return [...lines, ...(secure.status === 0 ? [] : exposed)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {readonly string[]} args */
function analyze(args) {
  const { status, stdout, stderr, error } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { status, output: `${stdout}${stderr}` };
}
