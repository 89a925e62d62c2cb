import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from './fault.js';
import { loadEnvironment } from './load-environment.js';

const CONFIG_DIR = fileURLToPath(new URL('../../config', import.meta.url));
const faults = (source: Readonly<Record<string, string>>): string => {
  const loaded = loadEnvironment({ CONFIG_DIR, INSTANCE_ID: 'a', ...source });
  return 'faults' in loaded ? new ConfigurationError(loaded.faults).message : '';
};

describe('the variables of the archive', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['files without a folder', { ARCHIVE_TO: 'files' }, /ARCHIVE_DIR\n.*not set[^]*because ARCHIVE_TO=files/],
    ['a database without an address', { ARCHIVE_TO: 'postgres' }, /ARCHIVE_POSTGRES_URL\n.*not set/],
    ['a folder that nothing is written to', { ARCHIVE_DIR: '/a' }, /ARCHIVE_DIR[^]*Set ARCHIVE_TO=files, or remove it/],
    [
      'a database beside files',
      { ARCHIVE_TO: 'files', ARCHIVE_DIR: '/a', ARCHIVE_POSTGRES_URL: 'postgres://u:s3cret@h/d' },
      /ARCHIVE_POSTGRES_URL[^]*ARCHIVE_TO=files/,
    ],
    [
      'an address without a database',
      { ARCHIVE_TO: 'postgres', ARCHIVE_POSTGRES_URL: 'postgres://u:s3cret@h' },
      /ARCHIVE_POSTGRES_URL\n.*\[set\]\n.*postgres:\/\/user:password@host:5432\/database/,
    ],
    ['another archive', { ARCHIVE_TO: 'file' }, /one of off, files, postgres/],
  ])('%s is a fault that names what to do and no secret', (_, source, expected) => {
    expect(faults(source)).toMatch(expected);
    expect(faults(source)).not.toMatch(/s3cret/);
  });

  it.each([
    {},
    { ARCHIVE_TO: 'files', ARCHIVE_DIR: '/a', ARCHIVE_FILE_MB: '1' },
    { ARCHIVE_TO: 'postgres', ARCHIVE_POSTGRES_URL: 'postgresql://u:p@db.example:5432/gate?sslmode=verify-full' },
    { ARCHIVE_TO: 'postgres', ARCHIVE_POSTGRES_URL: 'postgres:///gate?host=/run/postgresql' },
  ])('%j is in order', (source) => expect(faults(source as Record<string, string>)).toBe(''));
});

describe('a mistyped name', () => {
  it.each([
    ['ARCHIVE_DR', 'ARCHIVE_DIR'],
    ['AUDIT_RETENTION', 'AUDIT_RETENTION_DAYS'],
    ['CONTROL_STATE_DIRECTORY', 'CONTROL_STATE_DIR'],
    ['CELLS_FILES', 'CELLS_FILE'],
  ])('%s is a fault that names %s', (typed, meant) => {
    expect(faults({ [typed]: '/a' })).toMatch(new RegExp(`${typed}\\n[^]*Did you mean ${meant}\\?`));
  });

  it('of a secret does not show its value', () => {
    expect(faults({ ARCHIVE_POSTGRES: 'postgres://u:s3cret@h/d', AUDIT_KEYS: 's3cret'.repeat(6) })).not.toMatch(
      /s3cret/,
    );
  });
});
