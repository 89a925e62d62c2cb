#!/usr/bin/env node
// @ts-check
/**
 * Writes every generated file (`npm run docs`), or says which differ from the code (`npm run docs:check`, exit 1).
 * They are rendered from the TypeScript sources, loaded as the tests load them: no build is needed.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const checkOnly = process.argv.includes('--check');
/** In this order: the pages are rendered from code that is generated itself. Each is loaded after the one before is written. */
const LISTS = ['scripts/docs/generated-code.ts', 'scripts/docs/pages.ts'];

const server = await createViteServer({
  root: ROOT,
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
try {
  for (const list of LISTS) {
    /** @type {{ FILES: Record<string, () => string | Promise<string>> }} */
    const { FILES } = /** @type {any} */ (await server.ssrLoadModule(`/${list}`));
    const files = Object.entries(FILES);
    if (files.length === 0) throw new Error(`${list} lists no file`);
    for (const [path, render] of files) await writeOrCheck(path, await render());
  }
} finally {
  await server.close();
}

/**
 * @param {string} path
 * @param {string} text
 */
async function writeOrCheck(path, text) {
  const found = await readFile(`${ROOT}/${path}`, 'utf8').catch(() => '');
  if (text === found) process.stdout.write(`${path} is what the code says\n`);
  else if (checkOnly) {
    process.exitCode = 1;
    process.stderr.write(`${path} differs from the code in line ${firstDifference(text, found)}; run: npm run docs\n`);
  } else {
    await writeFile(`${ROOT}/${path}`, text);
    process.stdout.write(`${path} written\n`);
  }
}

/**
 * @param {string} wanted
 * @param {string} found
 */
function firstDifference(wanted, found) {
  const lines = found.split('\n');
  const index = wanted.split('\n').findIndex((line, number) => line !== lines[number]);
  return (index === -1 ? wanted.split('\n').length : index) + 1;
}
