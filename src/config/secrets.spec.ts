import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { redactedConfiguration } from './environment.js';
import { ConfigurationError } from './fault.js';
import { loadEnvironment } from './load-environment.js';
import { VARIABLES } from './values.js';

const directory = mkdtempSync(join(tmpdir(), 'secrets-'));
const SECRETS = VARIABLES.filter(({ parser }) => parser.secret === true).map(({ name }) => name);

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

function load(source: NodeJS.ProcessEnv): ReturnType<typeof loadEnvironment> {
  return loadEnvironment({ INSTANCE_ID: 'test', ...source });
}

function messageOf(source: NodeJS.ProcessEnv): string {
  const loaded = load(source);
  return 'faults' in loaded ? new ConfigurationError(loaded.faults).message : '';
}

describe('a secret', () => {
  it('is one of these', () => {
    expect(SECRETS).toEqual([
      'REDIS_URL',
      'REDIS_PASSWORD',
      'REDIS_SENTINEL_PASSWORD',
      'REDIS_OPERATOR_PASSWORD',
      'BINANCE_TESTNET_API_KEY',
      'BINANCE_TESTNET_API_SECRET',
      'BINANCE_API_KEY',
      'BINANCE_API_SECRET',
      'AUDIT_KEY',
      'NOTIFY_TELEGRAM_TOKEN',
      'NOTIFY_TELEGRAM_URL',
      'NOTIFY_SLACK_URL',
      'NOTIFY_WEBHOOK_URL',
      'NOTIFY_WEBHOOK_SECRET',
      'NOTIFY_SMTP_URL',
      'NOTIFY_PING_URL',
      'ARCHIVE_POSTGRES_URL',
    ]);
  });

  it('comes from the variable or from a file, whose last line break is dropped', () => {
    const REDIS_PASSWORD_FILE = file('password', ' pass word \r\n');
    expect(load({ REDIS_PASSWORD_FILE })).toMatchObject({ environment: { redisPassword: ' pass word ' } });
    expect(load({ REDIS_PASSWORD: 'x' })).toMatchObject({ environment: { redisPassword: 'x' } });
  });

  it.each(SECRETS)('%s is a fault when its file is missing, empty, a directory, or given twice', (variable) => {
    const name = `${variable}_FILE`;
    const missing = join(directory, 'missing');
    expect(messageOf({ [name]: missing })).toContain(`${name}\n    given:   "${missing}" (ENOENT)`);
    expect(messageOf({ [name]: file('empty', '\n') })).toContain('(the file is empty)');
    expect(messageOf({ [name]: directory })).toContain('(EISDIR)');
    expect(messageOf({ [name]: '' })).toContain(`${name}\n    given:   ""`);
    const message = messageOf({ [name]: file('canary', 'CANARY'), [variable]: 'CANARY' });
    expect(message).toContain(`${variable}\n    given:   ${variable} and ${name}`);
    expect(message).not.toContain('CANARY');
  });

  it.skipIf(process.getuid?.() === 0)('is a fault when its file may not be read', () => {
    const path = file('forbidden', 'CANARY');
    chmodSync(path, 0);
    expect(messageOf({ REDIS_PASSWORD_FILE: path })).toContain('(EACCES)');
  });

  it.each(SECRETS)('[C6] %s does not appear in a fault', (variable) => {
    const bad = 'CANARY with blanks\u0007';
    for (const source of [
      { [variable]: bad },
      { [`${variable}_FILE`]: file('bad', bad) },
      { [variable.slice(0, -1)]: 'CANARY' },
      { [`${variable}S`]: 'CANARY' },
      { EXCHANGE_REST_URL: 'https://user:CANARY@fapi.binance.com', [variable]: 'CANARY' },
    ]) {
      expect(messageOf(source)).not.toContain('CANARY');
    }
    expect(messageOf({ [variable]: bad })).toContain(`${variable}\n    given:   [set]`);
  });

  it('[C6] does not appear when the configuration is shown, printed or serialised', () => {
    const loaded = load({
      REDIS_URL: 'redis://user:CANARY@host',
      REDIS_OPERATOR_USERNAME: 'operator',
      REDIS_OPERATOR_PASSWORD: 'CANARY',
      BINANCE_API_KEY: 'CANARY',
      BINANCE_API_SECRET: 'CANARY',
    });
    if ('faults' in loaded) throw new ConfigurationError(loaded.faults);
    const { environment } = loaded;
    for (const text of [
      JSON.stringify(redactedConfiguration(environment)),
      JSON.stringify(environment),
      inspect({ environment }, { depth: 10 }),
    ]) {
      expect(text).not.toContain('CANARY');
      expect(text).toContain('8045');
    }
    expect(redactedConfiguration(environment)).toMatchObject({
      ROLES: ['apply', 'position-brain', 'governor'],
      REDIS_URL: '[set]',
      REDIS_PASSWORD: '[not set]',
      BINANCE_API_SECRET: '[set]',
      GOV_MAX_REDUCE_QTY_PER_DAY: null,
      APPLY_KILL_SWITCH: false,
    });
  });
});
