import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FILES as CODE } from '../../scripts/docs/generated-code.js';
import { FILES as PAGES } from '../../scripts/docs/pages.js';
import { createProgram } from '../../src/cli/program.js';
import { PREVIOUS_NAMES } from '../../src/config/previous/previous-settings.js';
import { fileVariable } from '../../src/config/variable.js';
import { VARIABLES as DECLARED } from '../../src/config/values.js';
import { loadScript } from '../../src/redis/scripts/script-source.js';
import { type ScriptName, SCRIPTS as LUA } from '../../src/redis/scripts/scripts.js';
import { COMMAND_LINE_VARIABLES, OWN_PREFIXES } from '../../src/config/unknown-variables.js';
import { GOVERNOR_REASONS, PLAN_REASONS, POSITION_REASONS, RESULT_ERRORS } from '../../src/flow/0-reasons.js';
import { PROBLEM_KINDS } from '../../src/ops/problem/problem-kinds.js';
import { operations, questions } from '../harness/operations-table.js';
import { KEY_TABLE } from '../../src/redis/keys/keys.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const WRITTEN = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.includes('.'))
    .map((file) => `docs/${file}`),
  ...readdirSync(join(ROOT, 'docs/runbook')).map((file) => `docs/runbook/${file}`),
];
const SCRIPTS = Object.keys((JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts);

const COMMANDS = createProgram().commands.map((command) => command.name());
const VARIABLES = [...COMMAND_LINE_VARIABLES, ...DECLARED.flatMap(({ name }) => [name, fileVariable(name)])];
/** Pages may name what the services before had; a group of names ends with `_*`. */
const PREVIOUS = PREVIOUS_NAMES.map(({ name }) => name.replace(/_?\*$/, ''));

describe('the generated files', () => {
  it.each(Object.entries({ ...CODE, ...PAGES }))(
    '%s is what the code says; if not, `npm run docs` writes it',
    async (path, render) => {
      expect(read(path)).toBe(await render());
    },
  );

  it.each(Object.values(KEY_TABLE).map(({ pattern }) => pattern))('name the key %s once', (pattern) => {
    expect(read('docs/redis-keys.md').split(`\n| \`${pattern}\` |`)).toHaveLength(2);
  });

  it.each(
    [PLAN_REASONS, GOVERNOR_REASONS, POSITION_REASONS, RESULT_ERRORS].flatMap((set) =>
      Object.entries(set).map(([reason, { mark }]) => [reason, mark] as const),
    ),
  )('mark %s as %s', (reason, mark) => {
    expect(read('docs/reasons.md')).toContain(`| \`${reason}\` | ${mark} |`);
  });
});

describe('the problems of the interface', () => {
  const source = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/spec|generated|problem-kinds/.test(path))
    .map((path) => read(`src/${path}`))
    .join('\n');

  it.each(Object.keys(PROBLEM_KINDS))('%s is the answer of something', (kind) => {
    expect(source).toContain(`'${kind}'`);
  });
});

/** The words of control events, which scripts write. */
const EVENTS = new Set(
  (Object.keys(LUA) as ScriptName[]).flatMap((name) =>
    [...loadScript(name).text.matchAll(/'([A-Z]+_[A-Z_]+)'/g)].map(([, word]) => word ?? ''),
  ),
);

describe('the written pages', () => {
  it.each(WRITTEN)('%s links to files that exist', (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, target]) => target ?? '');
    const missing = targets.filter((target) => !existsSync(join(ROOT, normalize(join(dirname(page), target)))));
    expect(missing).toEqual([]);
  });

  it.each(WRITTEN)('%s names npm scripts that exist', (page) => {
    const named = [...read(page).matchAll(/\bnpm run ([a-z0-9:-]+)/g)].map(([, script]) => script ?? '');
    expect(named.filter((script) => !SCRIPTS.includes(script))).toEqual([]);
  });

  it.each(WRITTEN)('%s names source files that exist', (page) => {
    const named = [...read(page).matchAll(/`((?:src|test|scripts|docker|config)\/[\w./-]+)`/g)].map(
      ([, path]) => path ?? '',
    );
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it.each(WRITTEN)('%s names commands that exist', (page) => {
    const named = [...read(page).matchAll(/(?:npm run gate --|node dist\/main\.js|`permit-gate) ([a-z][a-z-]+)/g)];
    expect(named.map(([, command]) => command ?? '').filter((command) => !COMMANDS.includes(command))).toEqual([]);
  });

  it.each(WRITTEN)('%s names variables that exist', (page) => {
    const named = [...read(page).matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([variable]) => variable);
    const ours = named.filter(
      (variable) => OWN_PREFIXES.some((prefix) => variable.startsWith(prefix)) && !EVENTS.has(variable),
    );
    expect(ours.filter((variable) => ![...VARIABLES, ...PREVIOUS].includes(variable))).toEqual([]);
  });
});

describe('the table of operations by hand', () => {
  const api = JSON.parse(read('docs/openapi.json')) as { paths: Record<string, Record<string, object>> };
  const rank = ['viewer', 'operator', 'admin'];
  /** The command at these words, and its options. */
  const optionsOf = (words: string): string[] => {
    let command = createProgram();
    for (const word of words.split(' ')) {
      const next = command.commands.find((each) => each.name() === word);
      if (next === undefined) throw new Error(`there is no command ${words}`);
      command = next;
    }
    return command.options.map(({ long }) => long ?? '');
  };

  it('is read whole', () => {
    const rows = read('docs/operations-table.md').match(/^\| .*`permit-gate /gm) ?? [];
    expect(operations().length + questions().length).toBe(rows.length);
    expect(questions()).toHaveLength(6);
  });

  it.each([...operations(), ...questions()].map(({ command }) => command))(
    'names a command that exists: %s',
    (command) => {
      const words = /^[a-z-]+(?: [a-z-]+)*?(?= [A-Z-]|$)/.exec(command)?.[0] ?? '';
      const options = optionsOf(words);
      for (const [option] of command.matchAll(/--[a-z-]+/g)) expect(options).toContain(option);
    },
  );

  it.each(operations().flatMap(({ call, role }) => (call === undefined ? [] : [[call, role] as const])))(
    'names a call that exists, and the role that it needs: $method $path',
    ({ method, path }, role) => {
      expect(Object.keys(api.paths[path] ?? {})).toContain(method.toLowerCase());
      const listed = `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
      const [, least = ''] = new RegExp(`\\| \`${listed}\` \\| (\\w+) \\|`).exec(read('docs/http-api.md')) ?? [];
      // To release the kill switch is the same call as to engage it, and asks for more.
      const above = rank.indexOf(role) - rank.indexOf(least);
      expect(path.endsWith('/kill-switch') ? Math.min(above, 0) : above).toBe(0);
    },
  );
});
