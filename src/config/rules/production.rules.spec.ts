import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyFolder } from '../../../test/harness/signing-keys.js';
import type { ConfigFault } from '../fault.js';
import { loadEnvironment } from '../load-environment.js';

const keys = new KeyFolder();
let folder: string;
/** A production process with all roles that is refused for nothing. */
let safe: Record<string, string>;

const file = (name: string, mode = 0o600, text = 'secret'): string => {
  const path = join(folder, name);
  writeFileSync(path, `${text}\n`);
  chmodSync(path, mode);
  return path;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'permit-gate-secrets-'));
  safe = {
    APPLY_MODE: 'production',
    ROLES: 'apply,position-brain,governor',
    INSTANCE_ID: 'test',
    BINANCE_API_KEY_FILE: file('key'),
    BINANCE_API_SECRET_FILE: file('secret', 0o400),
    REDIS_TLS: 'true',
    REDIS_USERNAME: 'permit-gate',
    REDIS_PASSWORD_FILE: file('password', 0o440),
    ADMIN_TOKENS_FILE: file('tokens.json'),
    CONTROL_STATE_DIR: folder,
    AUDIT_KEY_FILE: file('audit.key', 0o600, 'k'.repeat(32)),
    PERMIT_SIGNING_KEY_FILE: `governor=${keys.keyFile('governor')},p33=${keys.keyFile('p33')}`,
    PERMIT_TRUSTED_KEYS_FILE: keys.trusted,
  };
});
afterAll(() => {
  keys.remove();
  rmSync(folder, { recursive: true });
});

function faults(over: Readonly<Record<string, string | undefined>>): readonly ConfigFault[] {
  const loaded = loadEnvironment({ ...safe, ...over });
  return 'faults' in loaded ? loaded.faults : [];
}

describe('a process of production, part of [C18]', () => {
  it('that is safe is not refused', () => {
    expect(faults({})).toEqual([]);
    expect(faults({ REDIS_TLS: undefined, REDIS_URL: 'rediss://[::1]:6379' })).toEqual([]);
    expect(faults({ NODE_TLS_REJECT_UNAUTHORIZED: '1', NODE_OPTIONS: '--max-semi-space-size=8' })).toEqual([]);
  });

  it.each([
    ['checks no certificate', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'NODE_EXTRA_CA_CERTS'],
    ['can be debugged from outside', { NODE_OPTIONS: '--no-warnings --inspect=0.0.0.0:9229' }, 'Take the option out'],
    ['writes down its TLS keys', { NODE_OPTIONS: '--tls-keylog=/tmp/keys' }, 'Take the option out'],
    ['does not say its roles', { ROLES: undefined }, 'Run a process for each role'],
    ['reaches Redis on loopback without TLS', { REDIS_TLS: undefined, REDIS_URL: 'redis://[::1]' }, 'rediss://'],
    ['is the default user of Redis', { REDIS_USERNAME: 'default' }, 'docker/redis/users.acl'],
    ['has no tokens', { ADMIN_TOKENS_FILE: undefined }, 'permit-gate token create'],
  ] as const)('that %s is refused, with what to do', (_what, over, remedy) => {
    const found = faults(over);
    expect(found.map(({ variable }) => variable)).toEqual([
      Object.keys(over).some((name) => name === 'REDIS_URL') ? 'REDIS_TLS' : Object.keys(over)[0],
    ]);
    expect(found[0]?.remedy).toContain(remedy);
  });

  it('that names its roles on the command line says them', () => {
    const loaded = loadEnvironment({ ...safe, ROLES: undefined }, { roles: 'apply,position-brain,governor' });
    expect('faults' in loaded ? loaded.faults : []).toEqual([]);
  });
});

describe('a file with a secret, in production, part of [C18]', () => {
  it.each(['BINANCE_API_KEY_FILE', 'BINANCE_API_SECRET_FILE', 'REDIS_PASSWORD_FILE', 'ADMIN_TOKENS_FILE'])(
    '%s that others may read or write is refused, with what to do',
    (variable) => {
      for (const mode of [0o644, 0o604, 0o660, 0o602]) {
        const path = file(`open-${mode.toString(8)}`, mode);
        expect(faults({ [variable]: path })).toEqual([
          expect.objectContaining({
            variable,
            given: `${JSON.stringify(path)} (its mode is 0${mode.toString(8)}: others may read or write it)`,
            remedy: expect.stringContaining(`chmod 600 ${path} (a Kubernetes secret volume: defaultMode 0440`),
          }),
        ]);
      }
    },
  );

  it('is refused if others may replace it, unless the folder keeps them from that', () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    const path = join(open, 'password');
    writeFileSync(path, 'secret', { mode: 0o600 });
    for (const [mode, given] of [
      [0o755, undefined],
      [0o1777, undefined],
      [0o777, `${JSON.stringify(path)} (the mode of ${open} is 0777: others may replace it)`],
    ] as const) {
      chmodSync(open, mode);
      expect(faults({ REDIS_PASSWORD_FILE: path })[0]?.given).toBe(given);
    }
  });

  it('is judged by the file that a link names, as Kubernetes mounts it', () => {
    const data = join(folder, '..data');
    mkdirSync(data);
    const link = join(folder, 'linked');
    symlinkSync(join('..data', 'linked'), link);
    writeFileSync(join(data, 'linked'), 'secret');
    for (const [mode, isRefused] of [
      [0o644, true],
      [0o440, false],
    ] as const) {
      chmodSync(join(data, 'linked'), mode);
      expect(faults({ REDIS_PASSWORD_FILE: link }).length > 0).toBe(isRefused);
    }
  });

  it('is not looked at outside of production', () => {
    const path = file('shared', 0o666);
    const loaded = loadEnvironment({ INSTANCE_ID: 'test', REDIS_USERNAME: 'u', REDIS_PASSWORD_FILE: path });
    expect('faults' in loaded ? loaded.faults : []).toEqual([]);
  });
});
