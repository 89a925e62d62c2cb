import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { KeyFolder, keyIn } from '../../test/harness/signing-keys.js';
import { ISSUERS } from '../flow/3-permit.js';
import { readTrustedKeys } from '../signing/trusted-keys.js';
import { ISSUER_CHOICES } from './commands/keys.js';
import { CommandFailure } from './exit.js';
import { generateKey, listKeys, revokeKey, rotateKey } from './key-files.js';

const keys = new KeyFolder();
afterAll(() => keys.remove());
const governor = { issuer: 'governor', keyFile: keys.keyFile('governor'), trustedFile: keys.trusted } as const;
const modeOf = (path: string): number => statSync(path).mode & 0o777;
const trustedKids = (): string[] => listKeys(keys.trusted, []).map(({ kid }) => kid);

it('the key commands offer every issuer', () => expect(ISSUER_CHOICES).toEqual([...ISSUERS]));

describe('a key that is made', () => {
  it('is readable by its owner alone, and its public half is trusted', () => {
    expect(modeOf(governor.keyFile)).toBe(0o600);
    expect(modeOf(keys.trusted)).toBe(0o644);
    expect(readTrustedKeys(keys.trusted)).toEqual(
      new Map(ISSUERS.map((issuer) => [issuer, new Map([[keys.key(issuer).kid, expect.anything()]])])),
    );
    expect(readFileSync(keys.trusted, 'utf8')).not.toContain('PRIVATE');
  });

  it('never replaces a file, and then does not change the trusted keys', () => {
    const before = [readFileSync(governor.keyFile, 'utf8'), readFileSync(keys.trusted, 'utf8')];
    expect(() => generateKey(governor)).toThrow(/is there already/);
    expect([readFileSync(governor.keyFile, 'utf8'), readFileSync(keys.trusted, 'utf8')]).toEqual(before);
  });

  it('is not kept when it cannot be trusted', () => {
    const trustedFile = keys.path('broken.json');
    writeFileSync(trustedFile, '{"apply":[]}');
    const keyFile = keys.path('lost.key');
    expect(() => generateKey({ issuer: 'p33', keyFile, trustedFile })).toThrow(CommandFailure);
    expect(() => generateKey({ issuer: 'p33', keyFile, trustedFile: keys.path('no/such/folder.json') })).toThrow(
      /cannot be used/,
    );
    expect(existsSync(keyFile)).toBe(false);
  });
});

describe('a rotation', () => {
  it('trusts the new key beside the old one, installs it and moves the old one aside', () => {
    const old = keys.key('governor');
    const { kid, oldKid, oldKeyFile } = rotateKey(governor);
    expect([oldKid, oldKeyFile]).toEqual([old.kid, `${governor.keyFile}.${old.kid}`]);
    expect([keyIn(governor.keyFile).kid, keyIn(oldKeyFile).kid]).toEqual([kid, old.kid]);
    expect([modeOf(governor.keyFile), modeOf(oldKeyFile)]).toEqual([0o600, 0o600]);
    expect(trustedKids()).toEqual([old.kid, kid, keys.key('p33').kid]);
    expect(listKeys(keys.trusted, [governor.keyFile])).toMatchObject([
      { issuer: 'governor', kid: old.kid, status: 'trusted', keyFile: '' },
      { issuer: 'governor', kid, status: 'in use', keyFile: governor.keyFile },
      { issuer: 'p33', status: 'trusted' },
    ]);
  });

  it('of a file that is not a key changes nothing', () => {
    const before = readFileSync(keys.trusted, 'utf8');
    const keyFile = keys.path('text.key');
    writeFileSync(keyFile, 'CANARY', { mode: 0o600 });
    expect(() => rotateKey({ ...governor, keyFile })).toThrow(/it does not hold a private key/);
    expect(() => rotateKey({ ...governor, keyFile: keys.path('missing') })).toThrow(/ENOENT/);
    expect(readFileSync(keys.trusted, 'utf8')).toBe(before);
  });
});

describe('a revocation', () => {
  it('removes one key, and returns how many the issuer has left', () => {
    const [old = '', fresh = '', p33 = ''] = trustedKids();
    expect(revokeKey(old, keys.trusted)).toEqual({ issuer: 'governor', left: 1 });
    expect(trustedKids()).toEqual([fresh, p33]);
    expect(() => revokeKey(old, keys.trusted)).toThrow(/has no key/);
    expect(revokeKey(fresh, keys.trusted)).toEqual({ issuer: 'governor', left: 0 });
    expect(listKeys(keys.trusted, [governor.keyFile])).toMatchObject([
      { issuer: 'p33', kid: p33, status: 'trusted' },
      { issuer: '', kid: fresh, status: 'not trusted', keyFile: governor.keyFile },
    ]);
  });
});
