import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/harness/longest-first.js';

/** In every run the smoke test alone: the others take minutes, and even to load them takes seconds. */
const BROWSER_TESTS =
  process.env['SCREENSHOTS'] === '1'
    ? 'screenshots'
    : process.env['WHOLE_CONSOLE'] === '1' // of `npm run test:long`
      ? '!(screenshots)'
      : 'smoke';

/**
 * Four projects: `unit` needs nothing, `redis` gets a private redis-server on a unix socket from its global set-up,
 * `e2e` starts the built program (`npm run build` first) as separate processes after the others, and `browser` looks at it
 * with Chromium. Much of the last two waits
 * for real windows of time to pass, so more files of them go side by side than there are cores.
 */
export default defineConfig({
  test: {
    passWithNoTests: false,
    // Two cores are what a small machine has, and what needs nothing keeps them busy.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,test}/**/*.spec.ts', 'test/unit/**/*.test.ts'],
          testTimeout: 60_000,
          // One load of a module per worker instead of one per file: that is half of the time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'redis',
          include: ['test/redis/**/*.test.ts', 'test/exchange/**/*.test.ts'],
          globalSetup: ['test/harness/redis-server.global.ts'],
          setupFiles: ['test/harness/metadata.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers: 4,
          // One load of the application per worker instead of one per file: that is a quarter of the time.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: [`test/browser/${BROWSER_TESTS}.test.ts`],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
