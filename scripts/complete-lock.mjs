#!/usr/bin/env node
// @ts-check
/**
 * Run after every `npm install`: adds to package-lock.json the optional packages of other platforms that npm left out because
 * the registry at hand does not serve them. Without them `npm ci` refuses the lock file on every machine.
 *
 *   node scripts/complete-lock.mjs            writes the file
 *   node scripts/complete-lock.mjs --check    says what is missing, and whether the file names a registry; exit 1
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const FILE = new URL('../package-lock.json', import.meta.url);

/**
 * @typedef {{ version?: string, dev?: boolean, resolved?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string> }} Entry
 */

/**
 * The entries that are missing, by their place in the lock file.
 *
 * @param {Readonly<Record<string, Entry>>} packages
 * @returns {Record<string, Entry>}
 */
export function missingEntries(packages) {
  /** @type {Record<string, Entry>} */
  const missing = {};
  for (const [place, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const top = `node_modules/${name}`;
      if (packages[`${place}/node_modules/${name}`] !== undefined || packages[top] !== undefined) continue;
      missing[top] = { version, ...(dev === true ? { dev } : {}), optional: true, ...platformOf(name) };
    }
  }
  return missing;
}

/**
 * Platform packages are named after their platform; npm must know it, or it would install them here.
 *
 * @param {string} name
 * @returns {Entry}
 */
function platformOf(name) {
  const os = /(darwin|win32|linux|android|freebsd|openharmony)/.exec(name)?.[1];
  const cpu = /(arm64|x64|ia32|ppc64|s390x|riscv64|arm)(?:$|-)/.exec(name)?.[1];
  if (os === undefined || cpu === undefined)
    throw new Error(`${name} names no platform; add it to the lock file by hand`);
  const libc = os !== 'linux' ? undefined : name.includes('musl') ? 'musl' : name.includes('gnu') ? 'glibc' : undefined;
  return { os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  /** @type {{ packages: Record<string, Entry> }} */
  const lock = JSON.parse(readFileSync(FILE, 'utf8'));
  const missing = Object.entries(missingEntries(lock.packages));
  if (process.argv.includes('--check')) {
    const hosted = Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined);
    for (const [place] of missing) process.stderr.write(`${place} is missing; run: node scripts/complete-lock.mjs\n`);
    for (const [place, { resolved }] of hosted) process.stderr.write(`${place} names a registry: ${resolved}\n`);
    if (missing.length + hosted.length > 0) process.exitCode = 1;
  } else if (missing.length > 0) {
    const all = [...Object.entries(lock.packages), ...missing].toSorted(([a], [b]) => a.localeCompare(b, 'en'));
    writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: Object.fromEntries(all) }, null, 2)}\n`);
  }
  process.stdout.write(`package-lock.json: ${missing.length} entries were missing\n`);
}
