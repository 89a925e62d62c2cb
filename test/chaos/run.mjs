#!/usr/bin/env node
// @ts-check
/** `npm run chaos`: loads the harness from its TypeScript sources, as the tests are loaded, and runs it. */
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const server = await createViteServer({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
/** @type {{ main: (argv: readonly string[]) => Promise<number> }} */
const { main } = /** @type {any} */ (await server.ssrLoadModule('/test/chaos/main.ts'));
await server.close();
process.exit(await main(process.argv.slice(2)));
