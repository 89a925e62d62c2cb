import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../fault.js';
import { loadEnvironment } from '../load-environment.js';
import { SymbolSettings } from './symbol-settings.js';

function directoryWith(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'config-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

function load(yaml: string | Record<string, string>, source: NodeJS.ProcessEnv = {}) {
  const CONFIG_DIR = directoryWith(typeof yaml === 'string' ? { 'symbols.yaml': yaml } : yaml);
  return { CONFIG_DIR, loaded: loadEnvironment({ INSTANCE_ID: 'test', CONFIG_DIR, ...source }) };
}

function settings(yaml: string | Record<string, string>, source: NodeJS.ProcessEnv = {}): SymbolSettings {
  const { loaded } = load(yaml, source);
  if ('faults' in loaded) throw new ConfigurationError(loaded.faults);
  return new SymbolSettings(loaded.environment);
}

const DEFAULTS = {
  approval: 'auto',
  approvalAboveUsd: null,
  approvalsNeeded: 1,
  maxExecPerHour: 3,
  maxExecPer5Min: 2,
  maxReduceNotionalPerDayUsd: '5000',
  maxReduceQtyPerDay: null,
  tolerancePct: 1,
  cooldownSec: 15,
};

describe('the values for a symbol', () => {
  it('are the defaults of the variables unless a file says otherwise', () => {
    expect(settings('').forSymbol('BTCUSDT')).toEqual(DEFAULTS);
    expect(settings({}).forSymbol('BTCUSDT')).toEqual(DEFAULTS);
    expect(settings('defaults:\nsymbols:\n  BTCUSDT:\n').forSymbol('BTCUSDT')).toEqual(DEFAULTS);
  });

  it('are the symbol’s own before those of `defaults`, before those of the variables', () => {
    const both = settings('defaults: {maxExecPerHour: 6, cooldownSec: 0}\nsymbols: {BTCUSDT: {maxExecPerHour: 9}}');
    expect(both.forSymbol('BTCUSDT')).toEqual({ ...DEFAULTS, maxExecPerHour: 9, cooldownSec: 0 });
    expect(both.forSymbol('ETHUSDT')).toEqual({ ...DEFAULTS, maxExecPerHour: 6, cooldownSec: 0 });
  });

  it('are those of the environment when a variable is set, even to its default', () => {
    const yaml = 'defaults: {maxExecPerHour: 6}\nsymbols: {BTCUSDT: {maxExecPerHour: 9, tolerancePct: 2}}';
    const own = settings(yaml, { GOV_MAX_EXEC_PER_HOUR: '3' });
    expect(own.forSymbol('BTCUSDT')).toEqual({ ...DEFAULTS, tolerancePct: 2 });
  });

  it('keep every digit of a quantity, whether it is quoted or not', () => {
    const yaml =
      'symbols: {A: {maxReduceQtyPerDay: 0.000000000000000001}, B: {maxReduceQtyPerDay: "0.10"}, C: {maxReduceQtyPerDay: 123456789012345.123456789}}';
    const { forSymbol } = { forSymbol: (symbol: string) => settings(yaml).forSymbol(symbol).maxReduceQtyPerDay };
    expect(['A', 'B', 'C'].map(forSymbol)).toEqual(['0.000000000000000001', '0.1', '123456789012345.123456789']);
  });

  it('come from all files of the directory together', () => {
    const two = settings({ 'a.yaml': 'symbols: {A: {cooldownSec: 1}}', 'b.yml': 'symbols: {A: {tolerancePct: 3}}' });
    expect(two.forSymbol('A')).toEqual({ ...DEFAULTS, cooldownSec: 1, tolerancePct: 3 });
  });

  it('for a symbol that nothing names are announced', () => {
    const { loaded } = load('symbols: {BTCUSDT: {cooldownSec: 1}, ETHUSDC: {cooldownSec: 1}}');
    const notices = 'environment' in loaded ? loaded.environment.notices : [];
    expect(notices).toEqual([expect.objectContaining({ text: expect.stringContaining('ETHUSDC') })]);
  });
});

describe('a fault in a file names file, place and value', () => {
  it.each([
    ['symbols: {BTCUSDT: {maxExecPerHour: -1}}', 'symbols.BTCUSDT.maxExecPerHour', '"-1"', 'from 1 to'],
    ['symbols: {BTCUSDT: {maxExecPerHour: 1.5}}', 'symbols.BTCUSDT.maxExecPerHour', '"1.5"', 'whole'],
    ['defaults: {tolerancePct: .nan}', 'defaults.tolerancePct', '".nan"', 'from 0 to 100'],
    ['defaults: {tolerancePct: 101}', 'defaults.tolerancePct', '"101"', 'from 0 to 100'],
    ['defaults: {maxReduceQtyPerDay: 0}', 'defaults.maxReduceQtyPerDay', '"0"', 'above 0'],
    ['defaults: {maxReduceQtyPerDay: 1e-7}', 'defaults.maxReduceQtyPerDay', '"1e-7"', 'above 0'],
    ['defaults: {cooldownSec: }', 'defaults.cooldownSec', 'not set', 'seconds'],
    ['defaults: {cooldownSec: [1]}', 'defaults.cooldownSec', '"(not a plain value)"', 'seconds'],
    ['defaults: {a: &a 1, cooldownSec: *a}', 'defaults.cooldownSec', '"(not a plain value)"', 'seconds'],
    ['defaults: {maxExecPerHours: 3}', 'defaults.maxExecPerHours', '"3"', 'only the keys'],
    ['symbol: {}', 'symbol', '"symbol"', 'only the keys'],
    ['symbols: {"BTC USDT": {}}', 'symbols.BTC USDT', '"BTC USDT"', 'a symbol'],
    ['symbols: {BTCUSDT: 5}', 'symbols.BTCUSDT', '"5"', 'a mapping'],
    ['symbols: [BTCUSDT]', 'symbols', '"(not a plain value)"', 'a mapping'],
  ])('%s', (yaml, place, given, allowed) => {
    const { CONFIG_DIR, loaded } = load(yaml);
    const faults = 'faults' in loaded ? loaded.faults : [];
    const variable = `${relative('', join(CONFIG_DIR, 'symbols.yaml'))}: ${place}`;
    expect(faults).toContainEqual(
      expect.objectContaining({ variable, given, allowed: expect.stringContaining(allowed) }),
    );
  });

  it.each([
    ['symbols: {A: {cooldownSec: 1}\n', 'line 2'],
    ['symbols: {}\nsymbols: {}\n', 'line 2'],
    ['just text', 'not a mapping'],
  ])('%j', (yaml, given) => {
    const { loaded } = load(yaml);
    const faults = 'faults' in loaded ? loaded.faults : [];
    expect(faults).toEqual([expect.objectContaining({ given: expect.stringContaining(given) })]);
  });

  it('also when two files say the same thing, or the directory is not there', () => {
    const twice = load({ 'a.yaml': 'defaults: {cooldownSec: 1}', 'b.yaml': 'defaults: {cooldownSec: 1}' }).loaded;
    expect(twice).toMatchObject({ faults: [{ variable: expect.stringContaining('b.yaml: defaults.cooldownSec') }] });
    const absent = loadEnvironment({ INSTANCE_ID: 'test', CONFIG_DIR: '/does/not/exist' });
    expect(absent).toMatchObject({ faults: [{ variable: 'CONFIG_DIR', given: '"/does/not/exist"' }] });
  });
});
