#!/usr/bin/env node
// @ts-check
/**
 * Prints the software bill of materials of what the image holds, as CycloneDX JSON: every package that is needed at run time,
 * from package-lock.json, with its hash. Names no registry and nothing of the machine it was made on.
 *
 *   node scripts/sbom.mjs > sbom.cdx.json
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { removedInImage } from './removed-in-image.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** @param {string} file */
const json = (file) => JSON.parse(readFileSync(`${ROOT}${file}`, 'utf8'));
const { packages } = /** @type {{ packages: Record<string, { version?: string, dev?: boolean }> }} */ (
  json('package-lock.json')
);

const removed = removedInImage();
/** @param {string} place */
const isInImage = (place) => !removed.some((path) => `${place}/`.startsWith(`${path}/`));

// `npm sbom --omit dev` also leaves out what is needed at run time and by a development package: two thirds of it.
const bill = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  }),
);
const wanted = new Set(
  Object.entries(packages)
    .filter(([place, { dev }]) => place !== '' && dev !== true && isInImage(place))
    .map(([place, { version }]) => `${place.split('node_modules/').at(-1)}@${version}`),
);
/** @typedef {{ name: string, version: string, hashes?: unknown[], 'bom-ref': string, properties?: unknown[] }} Component */
/** @type {Component[]} */
const components = bill.components.filter((/** @type {Component} */ each) =>
  wanted.has(`${each.name}@${each.version}`),
);
const refs = new Set(['', bill.metadata.component['bom-ref'], ...components.map((each) => each['bom-ref'])]);
for (const component of components) {
  if ((component.hashes ?? []).length === 0) throw new Error(`${component.name} has no hash in package-lock.json`);
  // Whether a package is needed for development as well says nothing about the image.
  delete component.properties;
}
const dependencies = bill.dependencies
  .filter((/** @type {{ ref: string }} */ { ref }) => refs.has(ref))
  .map((/** @type {{ ref: string, dependsOn: string[] }} */ { ref, dependsOn }) => ({
    ref,
    dependsOn: dependsOn.filter((each) => refs.has(each)),
  }));
// npm names the whole after the folder it stands in.
bill.metadata.component.name = json('package.json').name;
process.stdout.write(`${JSON.stringify({ ...bill, components, dependencies }, null, 2)}\n`);
