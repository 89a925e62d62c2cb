#!/usr/bin/env node
// @ts-check
/**
 * `npm run chaos` and `npm run chaos:kill-switch` (with `kill-switch` before the options): loads a harness from its
 * TypeScript sources, as the tests are loaded, and runs it.
 */
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const [first, ...rest] = process.argv.slice(2);
const [entry, options] =
  first === 'kill-switch' ? ['/test/chaos/kill-switch/main.ts', rest] : ['/test/chaos/main.ts', process.argv.slice(2)];

const server = await createViteServer({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
/** @type {{ main: (argv: readonly string[]) => Promise<number> }} */
const { main } = /** @type {any} */ (await server.ssrLoadModule(entry));
await server.close();
process.exit(await main(options));
