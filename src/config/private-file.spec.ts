import { expect, it } from 'vitest';
import { isPrivate } from './private-file.js';

it.each([
  ['/etc/gate/governor.key', 0o600, true],
  ['/etc/gate/governor.key', 0o400, true],
  ['/etc/gate/governor.key', 0o440, true],
  ['/etc/gate/governor.key', 0o640, true],
  ['/etc/gate/governor.key', 0o644, false],
  ['/etc/gate/governor.key', 0o444, false],
  ['/etc/gate/governor.key', 0o660, false],
  ['/etc/gate/governor.key', 0o601, false],
  ['/run/secrets/governor.key', 0o444, true],
  ['/run/secrets/governor.key', 0o446, false],
  ['/run/secrets/governor.key', 0o664, false],
  ['/run/secrets-of-others/governor.key', 0o444, false],
  ['/run/secrets/../../tmp/governor.key', 0o444, false],
  ['/var/run/secrets/governor.key', 0o444, false],
])('a private key at %s with mode %o is its process’ own: %s', (path, mode, own) => {
  expect(isPrivate(path, mode)).toBe(own);
});
