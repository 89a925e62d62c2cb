import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
const ENSURE = 'node scripts/ensure-packages.mjs && ';
const run = promisify(execFile);

/** A project with one package, which lies in a folder: installing it asks no registry. */
function project(): string {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-fresh-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(ROOT, 'scripts/ensure-packages.mjs'), join(folder, 'scripts/ensure-packages.mjs'));
  mkdirSync(join(folder, 'part'));
  write(folder, 'part/package.json', { name: 'part', version: '1.0.0' });
  write(folder, 'package.json', { name: 'whole', version: '1.0.0', dependencies: { part: 'file:part' } });
  write(folder, 'package-lock.json', {
    name: 'whole',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: {
      '': { name: 'whole', version: '1.0.0', dependencies: { part: 'file:part' } },
      'node_modules/part': { resolved: 'part', link: true },
      part: { version: '1.0.0' },
    },
  });
  return folder;
}

const write = (folder: string, path: string, content: object): void =>
  writeFileSync(join(folder, path), JSON.stringify(content));

const ensure = (folder: string): Promise<{ stdout: string; stderr: string }> =>
  run(process.execPath, ['scripts/ensure-packages.mjs'], { cwd: folder });

describe('ensure-packages', () => {
  it('installs the packages of a fresh clone, and does nothing when they are installed', async () => {
    const folder = project();
    const first = await ensure(folder);
    expect(first).toEqual({ stdout: '', stderr: expect.stringContaining('installing the packages') as string });
    expect(existsSync(join(folder, 'node_modules/part/package.json'))).toBe(true);
    expect(await ensure(folder)).toEqual({ stdout: '', stderr: '' });
  });

  it('installs them again when one has another version than the lock file asks for', async () => {
    const folder = project();
    await ensure(folder);
    write(folder, 'part/package.json', { name: 'part', version: '1.0.1' });
    const lock = join(folder, 'package-lock.json');
    writeFileSync(lock, readFileSync(lock, 'utf8').replace('"part":{"version":"1.0.0"}', '"part":{"version":"1.0.1"}'));
    expect((await ensure(folder)).stderr).toContain('installing the packages');
  });

  it('fails and says what to do when they cannot be installed', async () => {
    const folder = project();
    write(folder, 'package-lock.json', { packages: { 'node_modules/part': { version: '1.0.0' } } });
    await expect(ensure(folder)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Put that right and run the command again.') as string,
    });
  });
});

describe('package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>;
  };

  it('installs what is missing before every command that tests or measures', () => {
    const needing = Object.keys(scripts).filter((name) => /^(test|bench|model|chaos|mutation)(:|$)/.test(name));
    expect(needing.length).toBeGreaterThan(8);
    for (const name of needing) expect(scripts[name], name).toMatch(new RegExp(`^${ENSURE}`));
  });
});
