// @ts-check
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);

/**
 * Runs `main(arguments)` of a TypeScript file with the arguments of this process, then ends the process with the exit code
 * that `main` returns. It needs no build: each file is compiled when it is imported, as the product's own build compiles it.
 *
 * @param {URL} file
 * @returns {Promise<void>}
 */
export async function runTypeScript(file) {
  // A reader that went away (`npm run bench | head`) has seen what it wanted.
  process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  /** @type {{ main: (argv: readonly string[]) => Promise<number> }} */
  const { main } = await import(file.href);
  const exitCode = await main(process.argv.slice(2));
  // What is still open must not keep the process; what it wrote must be out before it ends.
  process.stdout.write('', () => process.exit(exitCode));
}
