import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort, freePorts } from '../harness/ports.js';
import { MAIN, Program } from '../harness/program.js';

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  new Program(args, variables, folder).ended;

describe('the built program', () => {
  it('runs from any directory by its name, as npm links it', () => {
    const link = join(folder, 'permit-gate');
    symlinkSync(MAIN, link);
    const { stdout, status } = spawnSync(link, ['--help'], { cwd: folder, encoding: 'utf8' });
    expect(status).toBe(0);
    for (const command of [
      'serve',
      'proof',
      'doctor',
      'paper-exchange',
      'trace',
      'why',
      'approvals',
      'approve',
      'reject',
      'kill',
      'dead-letters',
      'resolve',
      'token',
    ])
      expect(stdout).toContain(`  ${command}`);
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['fly']],
    ['an unknown option', ['doctor', '--deep']],
    ['a reason that is missing', ['kill']],
    ['a port that is none', ['paper-exchange', '--port', '70000']],
    ['a position without amount', ['paper-exchange', '--position', 'BTCUSDT']],
    ['an action that closes nothing', ['proof', '--submit', 'BTCUSDT', 'HOLD']],
    ['an address that is no URL', ['status', '--url', 'nowhere']],
    ['a role that is none', ['token', 'create', '--name', 'a', '--role', 'root']],
  ])('says how it is used and exits 2 on %s', async (_, args) => {
    const { code, stdout, stderr } = await run(args, { PERMIT_GATE_TOKEN: 'x' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });

  it('exits 69 when no deployment answers, and says what to do', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await run(['status', '--url', url], { PERMIT_GATE_TOKEN: 'x' });
    expect(code).toBe(69);
    expect(stderr).toBe(
      `No permit-gate answers at ${url} (ECONNREFUSED). Start one with "permit-gate serve", or give its address with --url or PERMIT_GATE_URL.\n`,
    );
  });

  it('asks every address for a stop, prints each answer, and exits 69 when none confirms it', async () => {
    const [a, b] = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`);
    const { code, stdout, stderr } = await run(['kill', '--reason', 'x', '--url', `${a}/`], {
      PERMIT_GATE_TOKEN: 'x',
      PERMIT_GATE_URL: a ?? '',
      PERMIT_GATE_URLS: ` ${b}, nowhere ,`,
    });
    expect(code).toBe(69);
    expect(stdout.split('\n').map((line) => line.split(': ')[0])).toEqual([a, b, 'nowhere', '']);
    expect(stderr).toContain('No address confirmed that every process is stopped.');
  });

  it.each([
    ['no token', {}, [], 'This command needs a token'],
    ['a token file that is not there', {}, ['--token-file', 'none'], 'cannot be read (ENOENT)'],
  ])('exits 78 with %s', async (_, variables, args, said) => {
    const { code, stderr } = await run(['plans', ...args], variables);
    expect(code).toBe(78);
    expect(stderr).toContain(said);
  });

  it('exits 69 when Redis does not answer', async () => {
    const { code, stderr } = await run(['proof'], { REDIS_HOST: '127.0.0.1', REDIS_PORT: String(await freePort()) });
    expect(code).toBe(69);
    expect(stderr).toContain('Redis cannot be reached');
  });

  it('loads neither Nest nor ccxt for a light command', async () => {
    const hook = 'export async function load(u,c,n){process._rawDebug(u);return n(u,c)}';
    const register = `import{register}from"node:module";register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)})`;
    const nodeOptions = ['--import', `data:text/javascript,${encodeURIComponent(register)}`];
    const light = new Program(['token', 'create', '--name', 'a', '--role', 'viewer'], {}, folder, { nodeOptions });
    const { code, stderr } = await light.ended;
    expect(code).toBe(0);
    expect(stderr).toContain('/dist/cli/program.js');
    expect(stderr).not.toMatch(/@nestjs|ccxt|ioredis|class-validator|paper-exchange\/index/);
  });
});

describe('token create', () => {
  it('shows a token once and appends its digest to a file for its owner alone', async () => {
    const file = join(folder, 'tokens.json');
    writeFileSync(file, '[]', { mode: 0o644 });
    const made = await run(['token', 'create', '--name', 'alice', '--role', 'admin', '--out', file, '--json']);
    expect(made.code).toBe(0);
    const { token, entry } = JSON.parse(made.stdout) as { token: string; entry: object };
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([entry]);
    expect(readFileSync(file, 'utf8')).not.toContain(token);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const second = await run(['token', 'create', '--name', 'bob', '--role', 'viewer', '--out', file]);
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining(`The entry is in ${file}`) });
    const names = (JSON.parse(readFileSync(file, 'utf8')) as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(['alice', 'bob']);
  });

  it('leaves the file as it is when the name is taken or the file does not hold a list', async () => {
    const file = join(folder, 'taken.json');
    const content = '[{"name":"alice","role":"viewer","sha256":"00"}]';
    writeFileSync(file, content);
    const taken = await run(['token', 'create', '--name', 'alice', '--role', 'admin', '--out', file]);
    expect(taken).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('already') });
    expect(readFileSync(file, 'utf8')).toBe(content);
    writeFileSync(file, '{}');
    const notAList = await run(['token', 'create', '--name', 'bob', '--role', 'admin', '--out', file]);
    expect(notAList).toMatchObject({ code: 1, stderr: expect.stringContaining('not a list') });
  });
});
