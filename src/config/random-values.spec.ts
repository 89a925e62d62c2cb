import {
  assert,
  bigInt,
  constantFrom,
  dictionary,
  double,
  integer,
  oneof,
  property as forAll,
  string,
  webUrl,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileVariable } from './variable.js';
import { VARIABLES } from './values.js';
import { ConfigurationError } from './fault.js';
import { loadEnvironment, type LoadedEnvironment } from './load-environment.js';

const NAMES = VARIABLES.flatMap(({ name, parser }) => (parser.secret === true ? [name, fileVariable(name)] : [name]));
const NEARLY_RIGHT = [
  'true',
  'apply',
  'production',
  'testnet',
  '0',
  '-0',
  '1e999',
  'NaN',
  '{a}:',
  '/x',
  'redis://[::1]',
];
/** Text of every parser: noise, numbers of every size and form, and what is nearly right. */
const text = oneof(
  string({ unit: 'binary', maxLength: 40 }),
  string({ maxLength: 40 }),
  double().map(String),
  bigInt().map(String),
  integer({ min: -5, max: 100 }).map(String),
  webUrl(),
  constantFrom(...NEARLY_RIGHT),
);
const source = oneof(
  dictionary(constantFrom(...NAMES), text, { maxKeys: 2 }),
  dictionary(constantFrom(...NAMES), text, { maxKeys: NAMES.length }),
  dictionary(
    string().map((name) => `P33_${name}`),
    text,
  ),
);

/** What is wrong with an outcome: an empty or unprintable list of faults, or a number that is none or out of range. */
function wrongIn(loaded: LoadedEnvironment): string[] {
  if ('faults' in loaded) {
    const unprintable = /[^\P{Cc}\n]/u.test(new ConfigurationError(loaded.faults).message);
    return [...(loaded.faults.length === 0 ? ['no fault'] : []), ...(unprintable ? ['unprintable'] : [])];
  }
  const wrong: string[] = [];
  for (const { property, parser } of VARIABLES) {
    const value: unknown = Reflect.get(loaded.environment, property);
    if (typeof value !== 'number') continue;
    const [min = NaN, max = NaN] = /from (\S+) to (\S+)/.exec(parser.allowed)?.slice(1).map(Number) ?? [];
    if (!(value >= min && value <= max)) wrong.push(`${property} is ${value}`);
  }
  return wrong;
}

describe('random text for every variable', () => {
  it('gives faults or a configuration whose numbers are finite and in range, and never throws', () => {
    const outcomes = { faults: 0, environment: 0 };
    assert(
      forAll(source, (variables) => {
        const loaded = loadEnvironment({ INSTANCE_ID: 'test', ...variables });
        outcomes['faults' in loaded ? 'faults' : 'environment'] += 1;
        expect(wrongIn(loaded)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(outcomes.faults, outcomes.environment)).toBeGreaterThan(50);
  });
});
