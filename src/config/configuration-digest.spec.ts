import { describe, expect, it } from 'vitest';
import { configurationDigest } from './configuration-digest.js';
import { Environment } from './environment.js';
import { type EnvironmentValues, withDefaults } from './values.js';

const made = (values: Partial<EnvironmentValues>, symbols?: ConstructorParameters<typeof Environment>[2]) =>
  configurationDigest(new Environment(withDefaults(values), new Set(), symbols));
const BASE: Partial<EnvironmentValues> = { applyAllowlist: ['BTCUSDT', 'ETHUSDT'], govMaxExecPerHour: 3 };

describe('the digest of a configuration', () => {
  it('is the same for processes that differ in what is their own, and in secrets', () => {
    const other = {
      ...BASE,
      applyAllowlist: ['ETHUSDT', 'BTCUSDT'],
      roles: new Set(['governor'] as const),
      instanceId: 'other',
      httpPort: 9999,
      redisPassword: 'secret',
      redisUsername: 'permit-gate-governor',
      binanceTestnetApiKey: 'key',
      auditKey: 'k'.repeat(32),
      logLevel: 'debug',
    } as Partial<EnvironmentValues>;
    expect(made(other)).toEqual(made(BASE));
    expect(made(BASE).digest).toMatch(/^[0-9a-f]{8}$/);
  });

  it('differs, in the part alone, for another limit', () => {
    const [base, changed] = [made(BASE), made({ ...BASE, govMaxExecPerHour: 4 })];
    expect(changed.digest).not.toBe(base.digest);
    expect(changed.parts).toEqual({ ...base.parts, Governor: changed.parts['Governor'] });
    expect(changed.parts['Governor']).not.toBe(base.parts['Governor']);
  });

  it('differs for another value of one symbol, and for another mode', () => {
    const file = { defaults: {}, symbols: new Map([['BTCUSDT', { maxExecPerHour: 9 }]]) };
    expect(made(BASE, file).parts['Symbols']).not.toBe(made(BASE).parts['Symbols']);
    expect(made({ ...BASE, applyMode: 'testnet' }).parts['Process']).not.toBe(made(BASE).parts['Process']);
  });
});
