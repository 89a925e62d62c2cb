import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit.js';
import { ChildProcesses, isAlive, stop } from '../harness/child-processes.js';
import { runCommand } from '../harness/command.js';
import { eventually } from '../harness/eventually.js';
import { freePorts } from '../harness/ports.js';
import { Program } from '../harness/program.js';
import { RedisServer } from '../harness/redis-server.js';
import { TempResources } from '../harness/temp-resources.js';

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-harness-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WAITS = 'setInterval(() => undefined, 1000)';
const WITHIN_MS = 30_000;

function script(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

describe('child processes', () => {
  it('get the path and the given variables, and no other variable of this machine', async () => {
    const main = script('print.mjs', 'process.stdout.write(JSON.stringify(Object.keys(process.env).sort()))');
    const { stdout } = await new Program([], { GIVEN: '1' }, folder, { main }).ended;
    expect(JSON.parse(stdout)).toEqual(['GIVEN', 'PATH']);
  });

  it('are killed when the process that started them is killed', async () => {
    const harness = fileURLToPath(new URL('../harness/', import.meta.url));
    const parent = script(
      'parent.ts',
      `import { ChildProcesses } from '${harness}child-processes.ts';
      export async function main() {
        const child = new ChildProcesses().start(process.execPath, ['-e', '${WAITS}'], { cwd: '/' });
        process.stdout.write(String(child.pid) + '\\n');
        await new Promise(() => ${WAITS});
      }`,
    );
    const entry = `import { runTypeScript } from '${harness}run-typescript.mjs'; await runTypeScript(new URL('file://${parent}'));`;
    const started = spawn(process.execPath, [script('parent.mjs', entry)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    started.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const pid = await eventually(() => (output.endsWith('\n') ? Number(output) : undefined), WITHIN_MS);
    expect(exists(pid)).toBe(true);
    started.kill('SIGKILL');
    await eventually(() => (exists(pid) ? undefined : true), WITHIN_MS);
  });

  it('that ignore SIGTERM are killed when their time is up', async () => {
    const text = `process.on('SIGTERM', () => undefined); process.stdout.write('up'); ${WAITS}`;
    const child = new ChildProcesses().start(process.execPath, ['-e', text], { cwd: folder });
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    await stop(child, 100);
    expect(isAlive(child)).toBe(false);
    expect(child.signalCode).toBe('SIGKILL');
  });
});

describe('a program', () => {
  it('that ends before it is ready is reported with the end of its output', async () => {
    const main = script('fails.mjs', "console.error('the port is taken'); process.exit(3)");
    const program = new Program([], {}, folder, { main });
    await expect(program.until('it is ready', () => false, WITHIN_MS)).rejects.toThrow(
      /^it is ready: the program ended first\.\nthe port is taken$/,
    );
  });
});

describe('temporary resources', () => {
  it('leave neither a folder nor a process behind', async () => {
    const resources = new TempResources('test');
    const child = resources.processes.start(process.execPath, ['-e', WAITS], { cwd: resources.folder });
    await resources.release();
    expect(isAlive(child)).toBe(false);
    expect(existsSync(resources.folder)).toBe(false);
  });
});

describe('free ports', () => {
  it('are given once', async () => {
    const ports = [...(await freePorts(20)), ...(await freePorts(20))];
    expect(new Set(ports).size).toBe(40);
  });
});

describe('a private Redis', () => {
  it('that does not start is reported with what it said', async () => {
    const server = new RedisServer({ config: ['--no-such-setting', 'yes'] });
    await expect(server.start()).rejects.toMatchObject({
      exitCode: EXIT.unreachable,
      message: expect.stringContaining('no-such-setting'),
    });
    await server.stop();
  });
});

describe('a command', () => {
  const usage = 'npm run something';
  const options = (argv: readonly string[]): readonly string[] => {
    if (argv.includes('--wrong')) throw new RangeError('--wrong is no option');
    return argv;
  };

  it('returns the exit code of its work, and 2 for a wrong option', async () => {
    const command = { usage, readOptions: options, run: (argv: readonly string[]) => Promise.resolve(argv.length) };
    expect(await runCommand(['a'], command)).toBe(1);
    expect(await runCommand(['--wrong'], command)).toBe(EXIT.usage);
  });

  it('releases its resources when its work throws', async () => {
    let created = '';
    const run = (): Promise<number> => {
      created = new TempResources('test').folder;
      return Promise.reject(new Error('broken'));
    };
    await expect(runCommand([], { usage, readOptions: options, run })).rejects.toThrow('broken');
    expect(existsSync(created)).toBe(false);
  });
});
