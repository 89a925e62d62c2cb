import { configDefaults, defineConfig } from 'vitest/config';

/**
 * The specs of `flow/` and `gates/` for `npm run mutation`. Not the fuzz runs: they take seconds and more, once for each of
 * some hundred mutants, and what they would find has an example of its own beside them.
 */
export default defineConfig({
  test: {
    include: ['src/{flow,gates}/**/*.spec.ts'],
    exclude: [...configDefaults.exclude, '**/*-{fuzz,forged}.spec.ts'],
    setupFiles: ['test/harness/same-inputs.ts'],
    testTimeout: 60_000,
  },
});
