import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkBoundaries, CONFIGURATION, deadRules } from '../../scripts/check-boundaries.mjs';

const ROOT = new URL('../../', import.meta.url).pathname;
const RULES = (CONFIGURATION.forbidden ?? []).map(({ name }) => name ?? 'unnamed');

/** For every rule one import that breaks it. */
const BREAKS: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'gates-import-only-flow': ['src/gates/step.ts', 'src/redis/keys/keys.ts'],
  'flow-is-pure': ['src/flow/6-ledger.ts', 'src/redis/keys/keys.ts'],
  'flow-0-never-imports-later': ['src/flow/0-primitives.ts', 'src/flow/1-proposal.ts'],
  'flow-1-never-imports-later': ['src/flow/1-proposal.ts', 'src/flow/2-plan.ts'],
  'flow-2-never-imports-later': ['src/flow/2-plan.ts', 'src/flow/5-result.ts'],
  'flow-3-never-imports-later': ['src/flow/3-permit.ts', 'src/flow/4-order.ts'],
  'flow-4-never-imports-later': ['src/flow/4-order.ts', 'src/flow/6-ledger.ts'],
  'flow-5-never-imports-later': ['src/flow/5-result.ts', 'src/flow/6-ledger.ts'],
  'role-apply-stands-alone': ['src/apply/apply.ts', 'src/governor/governor.ts'],
  'role-governor-stands-alone': ['src/governor/governor.ts', 'src/position-brain/brain.ts'],
  'role-position-brain-stands-alone': ['src/position-brain/brain.ts', 'src/apply/apply.ts'],
  'issuing-knows-no-issuer': ['src/issuing/pipeline.ts', 'src/governor/governor.ts'],
  'ioredis-only-in-redis': ['src/ops/status.ts', 'ioredis'],
  'ccxt-only-in-exchange': ['src/apply/apply.ts', 'ccxt'],
  'postgres-only-in-the-archive': ['src/apply/apply.ts', 'pg'],
  'nothing-imports-the-paper-exchange': ['src/exchange/adapter.ts', 'src/paper-exchange/index.ts'],
  'paper-exchange-stands-alone': ['src/paper-exchange/index.ts', 'src/flow/0-primitives.ts'],
  'client-stands-alone': ['src/client/api.ts', 'src/flow/0-primitives.ts'],
  'strategy-client-knows-flow-alone': ['src/client/strategy.ts', 'src/redis/keys/keys.ts'],
  'product-never-imports-tests': ['src/cli/demo.ts', 'test/harness/ports.ts'],
  'redis-keys-know-no-other-room': ['src/redis/keys/a.ts', 'src/redis/stores/b.ts'],
  'redis-connections-and-scripts-serve-streams-and-stores': ['src/redis/connection/a.ts', 'src/redis/streams/b.ts'],
  'console-speaks-through-the-client': ['src/console/main.tsx', 'src/redis/keys/keys.ts'],
  'nothing-imports-the-console': ['src/ops/status.ts', 'src/console/parts/route.ts'],
  'roles-leave-the-order-of-writes-alone': ['src/apply/a.ts', 'src/runtime/tick-batching.ts'],
};

let folder = '';

/** A project with these files; in `src/`, `main.ts` imports everything, so that nothing is an orphan. */
function project(files: Readonly<Record<string, string>>): string {
  folder = mkdtempSync(join(tmpdir(), 'permit-gate-boundaries-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const isOwn = (path: string): boolean => /^(src|test)\//.test(path);

function importing(from: string, to: string): string {
  if (!isOwn(to)) return `import '${to}';\n`;
  const up = '../'.repeat(from.split('/').length - 1);
  return `import type { Word } from '${up}${to.replace(/\.ts$/, '.js')}';\nexport type From = '${from}' | Word;\n`;
}

const packageFiles = (name: string): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', main: 'index.js' }),
  [`node_modules/${name}/index.js`]: 'module.exports = {};\n',
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the module boundaries', () => {
  it('are all tried here', () => {
    expect(RULES.toSorted()).toEqual([...Object.keys(BREAKS), 'no-cycles', 'no-orphans'].toSorted());
  });

  it.each(Object.entries(BREAKS))('%s is broken by an import', async (rule, [from, to]) => {
    const target = isOwn(to) ? { [to]: "export type Word = 'word';\n" } : packageFiles(to);
    const { violations } = await checkBoundaries(project({ [from]: importing(from, to), ...target }));
    expect(violations).toContainEqual({ rule, from, to: isOwn(to) ? to : `node_modules/${to}/index.js` });
  });

  it('no-cycles is broken by two files that import each other, types too', async () => {
    const files = {
      'src/ops/a.ts': "import type { B } from './b.js';\nexport type A = B | 'a';\n",
      'src/ops/b.ts': "import type { A } from './a.js';\nexport type B = A | 'b';\n",
    };
    const { violations } = await checkBoundaries(project(files));
    expect(violations.map(({ rule }) => rule)).toContain('no-cycles');
  });

  it('no-orphans is broken by a file that nothing imports', async () => {
    const { violations } = await checkBoundaries(project({ 'src/ops/alone.ts': 'export const alone = true;\n' }));
    expect(violations).toEqual([{ rule: 'no-orphans', from: 'src/ops/alone.ts', to: 'src/ops/alone.ts' }]);
  });

  it('let pass what is allowed', async () => {
    const files = {
      'src/gates/step.ts': importing('src/gates/step.ts', 'src/flow/2-plan.ts'),
      'src/flow/2-plan.ts': importing('src/flow/2-plan.ts', 'src/flow/0-primitives.ts').replace('From', 'Word'),
      'src/flow/0-primitives.ts': "export type Word = 'word';\n",
      'src/redis/clients.ts': importing('src/redis/clients.ts', 'ioredis'),
      ...packageFiles('ioredis'),
    };
    const { modules, violations } = await checkBoundaries(project(files));
    expect(violations).toEqual([]);
    expect(modules).toHaveLength(4);
  });

  it('notice a rule whose folder has moved away', () => {
    const dead = deadRules(['src/gates/step.ts', 'src/flow/0-primitives.ts']).map(({ rule }) => rule);
    expect(dead).toContain('role-apply-stands-alone');
    expect(dead).not.toContain('gates-import-only-flow');
  });

  it('keep ccxt in exchange/, where it is loaded by its file URL and no import shows it', () => {
    const users = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        file.endsWith('.ts') &&
        /resolve\('ccxt'\)|from 'ccxt|import\('ccxt/.test(readFileSync(`${ROOT}src/${file}`, 'utf8')),
    );
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((file) => !file.startsWith('exchange/'))).toEqual([]);
  });
});
