import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadScript } from './script-source.js';
import { type ScriptName, SCRIPTS } from './scripts.js';

const folder = new URL('./lua/', import.meta.url);
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.lua'))
  .map((file) => file.slice(0, -4));

function header(text: string, label: string): string[] {
  const line = new RegExp(`^-- ${label}: (.+)$`, 'm').exec(text)?.[1];
  return line === undefined ? [] : line.split(label === 'REPLY' ? '|' : ',').map((part) => part.trim());
}

describe('every script', () => {
  it('has a row in the table, and every row a file', () => {
    expect(files.toSorted()).toEqual(Object.keys(SCRIPTS).toSorted());
    expect(files.length).toBeGreaterThan(20);
  });

  it.each(files)('%s names its keys, arguments and replies as its caller does', (name) => {
    const text = readFileSync(new URL(`${name}.lua`, folder), 'utf8');
    const shape = SCRIPTS[name as ScriptName];
    expect(text.startsWith(`-- ${name}: `)).toBe(true);
    expect(header(text, 'KEYS')).toEqual([...shape.keys]);
    expect(header(text, 'ARGV')).toEqual([...shape.args, ...(shape.rest ? ['...fields'] : [])]);
    expect(header(text, 'REPLY').map((reply) => reply.split(' ')[0])).toEqual([...shape.replies]);
  });

  it.each(files)('%s uses as many keys and arguments as its header names', (name) => {
    const text = readFileSync(new URL(`${name}.lua`, folder), 'utf8').replaceAll(/^--.*$/gm, '');
    const highest = (array: string): number =>
      Math.max(0, ...[...text.matchAll(new RegExp(`\\b${array}\\[(\\d+)\\]`, 'g'))].map((match) => Number(match[1])));
    const shape = SCRIPTS[name as ScriptName];
    expect(highest('KEYS')).toBe(shape.keys.length);
    expect(highest('ARGV')).toBeLessThanOrEqual(shape.args.length);
  });

  it('answers only words of its row', () => {
    for (const name of files) {
      const { text } = loadScript(name as ScriptName);
      const answered = [...text.matchAll(/return \{ '([a-z_]+)'/g)].map((match) => match[1] ?? '');
      expect(SCRIPTS[name as ScriptName].replies, name).toEqual(expect.arrayContaining([...new Set(answered)]));
    }
  });
});
