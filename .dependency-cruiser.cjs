/** The module boundaries of docs/architecture.md, checked on every run (`npm run lint:deps`). */
const stage = (n) => `^src/flow/${n}-`;
const later = (n) => `^src/flow/[${n + 1}-9]-`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'gates-import-only-flow',
      comment:
        'A gate is a pure decision: input in, verdict out. It sees the vocabulary of flow/ and other gates, nothing else.',
      severity: 'error',
      from: { path: '^src/gates/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^src/(gates|flow)/' },
    },
    {
      name: 'flow-is-pure',
      comment: 'flow/ holds what travels. It may use decimal.js, canonicalize and node:crypto, and no adapter.',
      severity: 'error',
      from: { path: '^src/flow/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^src/flow/', 'node_modules/(decimal\\.js|canonicalize)/', '^(node:)?crypto$'] },
    },
    ...[0, 1, 2, 3, 4, 5].map((n) => ({
      name: `flow-${n}-never-imports-later`,
      comment: 'Stages are numbered in the order a plan walks them; an earlier one never knows a later one.',
      severity: 'error',
      from: { path: stage(n), pathNot: '\\.spec\\.ts$' },
      to: { path: later(n) },
    })),
    ...['apply', 'governor', 'position-brain'].map((role) => ({
      name: `role-${role}-stands-alone`,
      comment: 'Roles meet in Redis, and only there.',
      severity: 'error',
      from: { path: `^src/${role}/` },
      to: { path: `^src/(${['apply', 'governor', 'position-brain'].filter((r) => r !== role).join('|')})/` },
    })),
    {
      name: 'issuing-knows-no-issuer',
      comment:
        'Both issuers are instances of one pipeline. What they differ in they hand to it, and it never asks who they are.',
      severity: 'error',
      from: { path: '^src/issuing/' },
      to: {
        path: '^src/',
        pathNot: ['^src/(issuing|flow|redis|runtime|signing|telemetry)/', '^src/gates/verdict\\.ts$'],
      },
    },
    {
      name: 'ioredis-only-in-redis',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/redis/' },
      to: { path: 'node_modules/ioredis/' },
    },
    {
      name: 'redis-keys-know-no-other-room',
      severity: 'error',
      from: { path: '^src/redis/keys/' },
      to: { path: '^src/redis/(?!keys/)' },
    },
    {
      name: 'redis-connections-and-scripts-serve-streams-and-stores',
      comment: 'Connections and scripts are below what is kept in Redis: they know no stream and no store.',
      severity: 'error',
      from: { path: '^src/redis/(connection|scripts)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/redis/(streams|stores)/' },
    },
    {
      name: 'roles-leave-the-order-of-writes-alone',
      comment: 'What leaves first in a tick is decided below the roles; they report by telemetry/report-later.',
      severity: 'error',
      from: { path: '^src/(apply|governor|issuing|position-brain|gates|flow)/' },
      to: { path: '^src/(runtime/tick-batching|redis/connection/write-batching)\\.ts$' },
    },
    {
      name: 'postgres-only-in-the-archive',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/ops/archive/' },
      to: { path: 'node_modules/(@types/)?pg/' },
    },
    {
      name: 'ccxt-only-in-exchange',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/exchange/' },
      to: { path: 'node_modules/ccxt/' },
    },
    {
      name: 'nothing-imports-the-paper-exchange',
      comment: 'The simulator is a program of its own; only the command that starts it may load it.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/paper-exchange/', '^src/cli/commands/paper-exchange\\.ts$'] },
      to: { path: '^src/paper-exchange/' },
    },
    {
      name: 'paper-exchange-stands-alone',
      comment: 'A simulator that shares code with what it tests would share its mistakes.',
      severity: 'error',
      from: { path: '^src/paper-exchange/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/', pathNot: '^src/paper-exchange/' },
    },
    {
      name: 'product-never-imports-tests',
      comment: 'Tests, chaos, bench and demo drive the product; what is built and shipped knows nothing of them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/' },
    },
    {
      name: 'client-stands-alone',
      comment:
        'The client is generated from the OpenAPI document. Programs and the browser take it, and nothing of the gate with it.',
      severity: 'error',
      from: { path: '^src/client/', pathNot: ['\\.spec\\.ts$', '^src/client/strategy\\.ts$'] },
      to: { pathNot: ['^src/client/', 'node_modules/openapi-fetch/'] },
    },
    {
      name: 'strategy-client-knows-flow-alone',
      comment: 'A strategy checks its proposal and computes its plan id with the same code as Apply, which is pure.',
      severity: 'error',
      from: { path: '^src/client/strategy\\.ts$' },
      to: { pathNot: ['^src/(client|flow)/', '^(node:)?timers/promises$'] },
    },
    {
      name: 'console-speaks-through-the-client',
      comment:
        'The console runs in a browser. What it knows of the gate is what the client says, and what it is made of is built in.',
      severity: 'error',
      from: { path: '^src/console/.*\\.tsx?$', pathNot: '\\.spec\\.ts$' },
      to: {
        pathNot: [
          '^src/(console|client)/',
          'node_modules/(preact|@tanstack/(preact-query|query-core)|openapi-fetch|vite)/',
        ],
      },
    },
    {
      name: 'nothing-imports-the-console',
      comment: 'The gate serves the files that were built of it, and knows nothing of its source.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/console/' },
      to: { path: '^src/console/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: [
          '\\.spec\\.ts$',
          '^src/main\\.ts$',
          '^src/client/strategy\\.ts$',
          '^src/console/vite\\.config\\.mjs$',
        ],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
