import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderConfigurationPage, renderEnvExample } from '../../scripts/docs/configuration.js';
import { VARIABLES } from './values.js';
import { loadEnvironment } from './load-environment.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the documentation', () => {
  it('is what the declarations say', () => {
    expect(read('docs/configuration.md')).toBe(renderConfigurationPage());
    expect(read('.env.example')).toBe(renderEnvExample());
  });

  it.each(VARIABLES.map(({ name }) => name))('has %s once on the page and once in .env.example', (variable) => {
    expect(read('docs/configuration.md').split(`\n| \`${variable}\` |`)).toHaveLength(2);
    expect(read('.env.example').split(`\n# ${variable}=`)).toHaveLength(2);
  });

  it.each(VARIABLES.map(({ name, property }) => [name, property] as const))(
    'names the property of %s after it: %s',
    (variable, property) => {
      const words = variable.toLowerCase().split('_');
      const [first = '', ...others] = words.map((word) =>
        word.replace(/^(\d*)(.)/, (_, digits: string, letter: string) => digits + letter.toUpperCase()),
      );
      expect(property).toBe(first.toLowerCase() + others.join(''));
    },
  );

  it('shows defaults in .env.example that change nothing when they are set', () => {
    const set = read('.env.example').replaceAll(/^# ([A-Z0-9_]+=.)/gm, '$1');
    const source = parseEnv(set);
    const alternatives = ['REDIS_HOST', 'REDIS_PORT'];
    expect(Object.keys(source)).toEqual(expect.arrayContaining(['ROLES', 'GOV_MAX_EXEC_PER_HOUR', ...alternatives]));
    const loaded = loadEnvironment({ INSTANCE_ID: 'test', ...source });
    const defaults = loadEnvironment({ INSTANCE_ID: 'test' });
    expect(JSON.stringify(loaded)).toBe(JSON.stringify(defaults));
  });
});
