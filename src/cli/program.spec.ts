import type { Command } from 'commander';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgram } from './program.js';
import { run } from './run.js';

interface Leaf {
  readonly command: Command;
  readonly path: readonly string[];
}

function leaves(command: Command, path: readonly string[] = []): Leaf[] {
  if (command.commands.length === 0) return [{ command, path }];
  return command.commands.flatMap((each) => leaves(each, [...path, each.name()]));
}

const ALL = leaves(createProgram()).map((leaf) => [leaf.path.join(' '), leaf] as const);
const has = ({ command }: Leaf, long: string): boolean => command.options.some((option) => option.long === long);
const OF_A_DEPLOYMENT = ALL.filter(([, leaf]) => has(leaf, '--url'));
/** The value of a mandatory option that takes no free text. */
const VALUES: Readonly<Record<string, string>> = { '--outcome': 'not_found', '--expected': '1', '--to': 'latest' };
const MORE: Readonly<Record<string, readonly string[]>> = {
  close: ['--all', '--yes'],
  proof: ['--submit', 'BTCUSDT', 'PARTIAL_50', '--via', 'api'],
};

/** What a command needs at least. */
function needed({ command, path }: Leaf): string[] {
  const values = command.registeredArguments.filter((each) => each.required).map(() => 'BTCUSDT');
  const options = command.options
    .filter((option) => option.mandatory)
    .flatMap(({ long }) => [long ?? '', VALUES[long ?? ''] ?? 'a drill']);
  return [...path, ...values, ...options, ...(MORE[path.join(' ')] ?? [])];
}

describe('every command', () => {
  it.each(ALL)('%s has an example in its help', (name, { command }) => {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toMatch(new RegExp(`\nExamples?:\n(?:.*\n)*? +\\$ .*permit-gate ${name.split(' ')[0]}`));
    expect(command.description()).toMatch(/^\S.{10,}[^.]$/);
  });

  it.each(ALL.filter(([, leaf]) => has(leaf, '--reason')))('%s needs a reason', (_name, { command }) =>
    expect(command.options.find((option) => option.long === '--reason')?.mandatory).toBe(true),
  );
});

describe('a command of a deployment', () => {
  let closed: string;
  let said: string;
  beforeAll(async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closed = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    said = '';
    vi.stubEnv('PERMIT_GATE_TOKEN', 'x');
    vi.stubEnv('PERMIT_GATE_URL', closed);
    vi.stubEnv('REDIS_URL', `redis://${closed.slice('http://'.length)}`);
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, 'write').mockImplementation((text) => ((said += String(text)), true));
  });
  afterEach(() => {
    process.exitCode = undefined;
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  const gate = (...args: readonly string[]): Promise<number> => run(['node', 'permit-gate', ...args]);

  it.each(OF_A_DEPLOYMENT)('%s takes --json, and ends with 69 where nobody answers', async (name, leaf) => {
    expect(has(leaf, '--json')).toBe(true);
    expect(await gate(...needed(leaf)), said).toBe(69);
    expect(said, name).toContain(closed.slice('http://'.length));
  });

  it.each(OF_A_DEPLOYMENT.filter(([name]) => name !== 'proof'))(
    '%s ends with 78 without a token',
    async (_name, leaf) => {
      vi.stubEnv('PERMIT_GATE_TOKEN', '');
      expect(await gate(...needed(leaf)), said).toBe(78);
      expect(said).toContain('needs a token');
    },
  );

  it.each(OF_A_DEPLOYMENT)('%s ends with 2 for an option that it does not have', async (_name, leaf) => {
    expect(await gate(...needed(leaf), '--no-such-option')).toBe(2);
  });

  it.each(OF_A_DEPLOYMENT.filter(([, leaf]) => needed(leaf).length > leaf.path.length && leaf.path[0] !== 'proof'))(
    '%s ends with 2 where something is missing',
    async (_name, leaf) => expect(await gate(...leaf.path)).toBe(2),
  );

  it.each([
    ['plans', '--since', 'yesterday'],
    ['plans', '--limit', '0'],
    ['audit', 'list', '--until', 'soon'],
    ['ratio', '--since', '2 h'],
    ['dead-letters', 'list', '--limit', 'all'],
    ['close', 'BTCUSDT', '--pct', '101', '--reason', 'x'],
  ])('%s with %s %s ends with 2, and says what is allowed', async (...args) => {
    expect(await gate(...args)).toBe(2);
    expect(said).toMatch(/[Nn]eeded/);
  });
});
