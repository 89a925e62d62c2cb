#!/usr/bin/env node
// @ts-check
/**
 * Renders the chart into docker/kubernetes (`npm run kubernetes`), or checks it (`npm run kubernetes:check`): Helm's own lint, the
 * rendered file, every field of every object, and that wrong values and wrong fields are refused.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { ensureHelm } from './ensure-helm.mjs';
import { objectFaults } from './kubernetes-objects.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHART = 'docker/helm/permit-gate';
const RENDERED = 'docker/kubernetes/permit-gate.yaml';
const HEADER = `# What the chart ${CHART} renders with its own values, for clusters without Helm. \`npm run kubernetes\` writes this file.\n`;
/** Everything that is off by default, and the other archive. */
const EVERYTHING = ['--values', 'test/kubernetes/everything.yaml'];
const WITH_DATABASE = [...EVERYTHING, '--set', 'archive.to=postgres'];

/** @type {readonly { readonly args: readonly string[], readonly word: string }[]} Wrong values, and a word of Helm's refusal. */
const REFUSED = [
  { args: ['--set', 'roles.aply.replicas=2'], word: "'aply' not allowed" },
  { args: ['--set', 'roles.apply.replica=2'], word: "'replica' not allowed" },
  { args: ['--set-string', 'environment.P33_COOLDWN_SEC=2'], word: "'P33_COOLDWN_SEC' not allowed" },
  { args: ['--set-string', 'environment.REDIS_PASSWORD=x'], word: "'REDIS_PASSWORD' not allowed" },
  { args: ['--set-string', 'roles.apply.environment.INSTANCE_ID=x'], word: "'INSTANCE_ID' not allowed" },
  { args: ['--set', 'environment.P33_COOLDOWN_SEC=2'], word: 'got number, want string' },
  { args: ['--set', 'symbolValues.symbols.BTCUSDT.cooldown=2'], word: "'cooldown' not allowed" },
  { args: ['--set', 'mode=production'], word: "'/account'" },
  { args: ['--set', 'mode=production,account=production,signing=false'], word: "'/signing'" },
  { args: ['--set', 'archive.to=sqlite'], word: "'/archive/to'" },
  { args: ['--set', 'archive.url=postgres://gate:x@db/gate'], word: "'url' not allowed" },
  { args: ['--set-string', 'environment.ARCHIVE_TO=files'], word: "'ARCHIVE_TO' not allowed" },
  { args: ['--set', 'networkPolicy.archiveTo=null,archive.to=postgres'], word: "'/networkPolicy'" },
  { args: ['--set', 'networkPolicy.apiFrom[0].podSelektor=x'], word: "'podSelektor' not allowed" },
];
/** @type {readonly [string, string, string][]} Wrong fields of rendered objects, and a word of the fault. */
const WRONG_FIELDS = [
  ['livenessProbe:', 'livenesProbe:', 'livenesProbe'],
  ['runAsUser: 1000', 'runAsUser: node', "'string' is not assignable to type 'number'"],
  ['maxUnavailable: 1', 'maxUnavailabe: 1', 'maxUnavailabe'],
  ['policyTypes:', 'policyType:', 'policyType'],
  ['serviceName: permit-gate-apply', 'serviceNames: permit-gate-apply', 'serviceNames'],
  ['publishNotReadyAddresses: true', 'publishNotReadyAddress: true', 'publishNotReadyAddress'],
  ['claimName:', 'claim:', 'claim'],
  ['accessModes: [ReadWriteMany]', 'accessMode: ReadWriteMany', 'accessMode'],
  ['endpoints:', 'endpoint:', 'endpoint'],
  ['alert:', 'alarm:', 'alarm'],
];

const helm = ensureHelm();
const check = process.argv.includes('--check');
/** @type {string[]} */
const faults = [];

const rendered = HEADER + template();
if (check) {
  if (readFileSync(`${ROOT}${RENDERED}`, 'utf8') !== rendered)
    faults.push(`${RENDERED} is not what the chart renders; run: npm run kubernetes`);
} else writeFileSync(`${ROOT}${RENDERED}`, rendered);

for (const values of [[], EVERYTHING, WITH_DATABASE]) {
  const { status, stdout, stderr } = run(['lint', '--strict', CHART, ...values]);
  if (status !== 0) faults.push(`helm lint --strict ${values.join(' ')}: ${stdout}${stderr}`);
}
const everything = template(...EVERYTHING);
faults.push(...objectFaults([rendered, everything, template(...WITH_DATABASE)].flatMap(objects)));
for (const { args, word } of REFUSED) {
  const { status, stderr } = run(['template', 'permit-gate', CHART, ...args]);
  if (status === 0 || !stderr.includes(word))
    faults.push(`${args.join(' ')} is not refused with ${JSON.stringify(word)}: ${stderr}`);
}
const wrong = WRONG_FIELDS.flatMap(([right, typo]) => objects(everything.replace(right, typo)));
const found = objectFaults(wrong);
for (const [, typo, word] of WRONG_FIELDS) {
  if (!found.some((fault) => fault.includes(word)))
    faults.push(`the check of the fields does not find ${typo} (${word})`);
}

process.stdout.write(
  faults.length === 0
    ? `${RENDERED} ${check ? 'is what the chart renders' : 'written'}; ${REFUSED.length} wrong values and ${WRONG_FIELDS.length} wrong fields are refused\n`
    : `${faults.join('\n')}\n`,
);
process.exitCode = faults.length === 0 ? 0 : 1;

/** @param {readonly string[]} args */
function run(args) {
  return spawnSync(helm, args, { cwd: ROOT, encoding: 'utf8' });
}

/** @param {readonly string[]} args */
function template(...args) {
  const { status, stdout, stderr } = run(['template', 'permit-gate', CHART, '--namespace', 'permit-gate', ...args]);
  if (status !== 0) throw new Error(`helm template ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}

/** @param {string} text */
function objects(text) {
  return parseAllDocuments(text).flatMap((document) => (document.contents === null ? [] : [document.toJS()]));
}
