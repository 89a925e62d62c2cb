// @ts-check
import { mkdirSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';

// Where swc unpacks its native library: without it, into the temporary folder of a process that has no home.
const swcCache = fileURLToPath(new URL('../../node_modules/.cache/swc', import.meta.url));
mkdirSync(swcCache, { recursive: true, mode: 0o700 });
process.env['SWC_NATIVE_BINDING_CACHE'] ??= swcCache;

register('./typescript-hooks.mjs', import.meta.url);

/**
 * Runs `main(arguments)` of a TypeScript file with the arguments of this process, then ends the process with the exit code
 * that `main` returns. It needs no build: each file is compiled when it is imported, as the product's own build compiles it.
 *
 * @param {URL} file
 * @returns {Promise<void>}
 */
export async function runTypeScript(file) {
  // A closed pipe (`npm run bench | head`) is not an error.
  process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  /** @type {{ main: (argv: readonly string[]) => Promise<number> }} */
  const { main } = await import(file.href);
  const exitCode = await main(process.argv.slice(2));
  // Open handles must not keep the process alive; its output must be written before it ends.
  process.stdout.write('', () => process.exit(exitCode));
}
