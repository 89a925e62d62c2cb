import { configDefaults, defineConfig } from 'vitest/config';

/**
 * The specs of `flow/` and `gates/` for `npm run mutation`. Not the fuzz run: it takes seconds, once for each of some hundred
 * mutants, and what it would find has an example of its own beside it.
 */
export default defineConfig({
  test: {
    include: ['src/{flow,gates}/**/*.spec.ts'],
    exclude: [...configDefaults.exclude, '**/*-fuzz.spec.ts'],
    setupFiles: ['test/support/same-inputs.ts'],
    testTimeout: 60_000,
  },
});
