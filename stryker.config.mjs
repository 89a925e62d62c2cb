// @ts-check
/**
 * Mutation testing of what decides and computes: nearly every change that Stryker makes to `flow/` or `gates/` must turn a spec
 * beside it red. `npm run mutation` runs it whole, `npm run mutation -- --mutate src/gates/governor/index.ts` a part.
 *
 * @type {ConstructorParameters<typeof import('@stryker-mutator/core').Stryker>[0]}
 */
export default {
  mutate: ['src/{flow,gates}/**/*.ts', '!src/**/*.spec.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // An endless loop is told by its hits; this is for a machine that others keep busy.
  timeoutMS: 30_000,
  reporters: ['clear-text', 'json', 'progress'],
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  jsonReporter: { fileName: 'reports/mutation.json' },
  incrementalFile: 'reports/mutation-incremental.json',
  thresholds: { high: 95, low: 90, break: 90 },
  ignorePatterns: ['dist', 'docs', 'docker', 'reports', 'chaos-results', 'bench-results'],
};
