import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SHARED_KEYS, SYMBOL_KEYS } from '../keys/symbol-keys.js';
import { loadScript, namedLocals } from './script-source.js';
import { type ScriptName, SCRIPTS, type ScriptShape } from './scripts.js';

const folder = new URL('./lua/', import.meta.url);
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.lua'))
  .map((file) => file.slice(0, -4) as ScriptName);

/** The text of a script without comments and quoted texts. */
function code(name: ScriptName): string {
  const text = readFileSync(new URL(`${name}.lua`, folder), 'utf8');
  return text.replaceAll(/'(?:\\.|[^'\\\n])*'/g, "''").replaceAll(/--.*$/gm, '');
}

/** `{ a = 1 }` sets a field and no variable. */
function withoutTables(text: string): string {
  const inner = text.replaceAll(/\{[^{}]*\}/g, 'nil');
  return inner === text ? text : withoutTables(inner);
}

function namesOf(name: ScriptName): string[] {
  const { keys, args, rest }: ScriptShape = SCRIPTS[name];
  return [...keys, ...args, ...(rest === undefined ? [] : [rest])];
}

describe('every script', () => {
  it('has a row in the table, and every row a file', () => {
    expect(files.toSorted()).toEqual(Object.keys(SCRIPTS).toSorted());
    expect(files.length).toBeGreaterThan(20);
  });

  it.each(files)('%s uses every key and argument by the name in its header', (name) => {
    const text = code(name);
    // Followed by a single `=` it is a field of a table.
    const isUsed = (each: string): boolean => new RegExp(`(?<![\\w.])${each}\\b(?! = )`).test(text);
    expect(namesOf(name).filter((each) => !isUsed(each))).toEqual([]);
    // Keys beyond the header have no names: a loop over them repeats it.
    expect(text.replaceAll(/#KEYS\b|KEYS\[i(?: \+ \d+)?\]/g, '')).not.toMatch(/\b(KEYS|ARGV)\b/);
  });

  it.each(files)('%s gives no variable of its own a name of its header', (name) => {
    const text = code(name);
    const declared = [
      ...text.matchAll(/\blocal (?!function)([\w, ]+)/g),
      ...text.matchAll(/\bfunction [\w.]*\(([^)]*)\)/g),
      ...text.matchAll(/\blocal function (\w+)/g),
      ...text.matchAll(/\bfor ([\w, ]+?) (?:in|=)/g),
    ].flatMap(([, names = '']) => names.split(',').map((each) => each.trim()));
    const assigned = [...withoutTables(text).matchAll(/^ *(\w+(?:, \w+)*) = /gm)].flatMap(([, names = '']) =>
      names.split(', '),
    );
    expect(namesOf(name).filter((each) => [...declared, ...assigned].includes(each))).toEqual([]);
  });

  it.each(files)('%s answers the words of its header and no others', (name) => {
    const { text } = loadScript(name);
    const { replies }: ScriptShape = SCRIPTS[name];
    const answered = [...text.matchAll(/\breturn \{ '([^']*)'/g)].map((match) => match[1] ?? '');
    expect(replies).toEqual(expect.arrayContaining(answered));
    const body = text.replaceAll(/--.*$/gm, '');
    expect(replies.filter((word) => !body.includes(`'${word}'`))).toEqual([]);
  });
});

it('the scripts that check types look at every key of a symbol, and at every key of the deployment', () => {
  expect(SCRIPTS.read_symbol_types.keys.toSorted()).toEqual(SYMBOL_KEYS.toSorted());
  expect(SCRIPTS.read_shared_types.keys.toSorted()).toEqual(SHARED_KEYS.toSorted());
});

describe('the text that Redis gets', () => {
  it('names keys and arguments after the pieces and before the body', () => {
    const lines = loadScript('append_audit').text.split('\n');
    const place = (start: string): number => lines.findIndex((line) => line.startsWith(start));
    const named = place('local audit, auditHeads = ');
    expect(lines.slice(named, named + 3)).toEqual([
      'local audit, auditHeads = KEYS[1], KEYS[2]',
      expect.stringMatching(/^local chain, knownLastId, .* = ARGV\[1\], ARGV\[2\], /),
      'local fields = { unpack(ARGV, 8) }',
    ]);
    expect(place('local function now_ms()')).toBeGreaterThanOrEqual(0);
    expect(place('local function now_ms()')).toBeLessThan(named);
    expect(place('-- append_audit: ')).toBe(named + 3);
  });

  it('has no line for arguments where there are none', () => {
    expect(namedLocals({ keys: ['one', 'two'], args: [] })).toEqual(['local one, two = KEYS[1], KEYS[2]']);
  });

  it('differs for each server', () => {
    const [anyone, first, second] = [undefined, 'a:1', 'b:2'].map((server) => loadScript('drop_lease', server));
    expect(first?.text.replace('-- server: a:1\n', '')).toBe(anyone?.text);
    expect(new Set([anyone?.sha1, first?.sha1, second?.sha1]).size).toBe(3);
  });
});
