import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { validateSync } from 'class-validator';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { parseMarketSymbol } from '../../flow/0-words.js';
import { NOT_SET, shown, type ConfigFault } from '../fault.js';
import { nearest } from '../suggestion.js';
import { yamlFilesIn } from './directory.js';
import { SYMBOL_FIELDS, SymbolValues, type SymbolFile } from './symbol-values.js';

interface Reading {
  readonly defaults: SymbolValues;
  readonly symbols: Map<string, SymbolValues>;
  readonly faults: ConfigFault[];
}

const SECTIONS = ['defaults', 'symbols'];
const FIELDS = [...SYMBOL_FIELDS.keys()];

/** Reads every YAML file of a directory. A directory that cannot be read is a fault only where it was asked for. */
export function readSymbolFiles(directory: string, askedFor: boolean): { file: SymbolFile; faults: ConfigFault[] } {
  const reading: Reading = { defaults: new SymbolValues(), symbols: new Map(), faults: [] };
  const files = yamlFilesIn(directory);
  if (files instanceof Error) {
    const allowed = 'the path of a readable directory with YAML files';
    if (askedFor) reading.faults.push({ variable: 'CONFIG_DIR', given: shown(directory), allowed });
  } else {
    for (const file of files) readFile(file, reading);
  }
  const { defaults, symbols, faults } = reading;
  return { file: { defaults, symbols }, faults };
}

function readFile(path: string, reading: Reading): void {
  const name = relative('', path);
  const fault = (given: string, allowed: string): void => void reading.faults.push({ variable: name, given, allowed });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return fault(String(error), 'a readable YAML file');
  }
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    return fault(`line ${line}: ${shown(error.message)}`, 'valid YAML, each key once');
  }
  const root: unknown = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return;
  if (!isMap(root)) return fault('no mapping', `a mapping with ${SECTIONS.join(' and ')}`);
  for (const [section, value] of entries(root)) readSection(name, section, value, reading);
}

function readSection(name: string, section: string, value: unknown, reading: Reading): void {
  const place = `${name}: ${section}`;
  if (!SECTIONS.includes(section)) return void reading.faults.push(unknownKey(place, section, SECTIONS));
  if (isNothing(value)) return;
  if (!isMap(value)) return void reading.faults.push(noMapping(place, value));
  if (section === 'defaults') return readValues(place, value, reading.defaults, reading);
  for (const [symbol, values] of entries(value)) readSymbol(`${place}.${symbol}`, symbol, values, reading);
}

function readSymbol(place: string, symbol: string, values: unknown, reading: Reading): void {
  if (parseMarketSymbol(symbol) === undefined) {
    const allowed = 'a symbol of 1 to 40 letters, digits or underscores';
    reading.faults.push({ variable: place, given: shown(symbol), allowed });
  } else if (isMap(values)) {
    const known = reading.symbols.get(symbol) ?? new SymbolValues();
    reading.symbols.set(symbol, known);
    readValues(place, values, known, reading);
  } else if (!isNothing(values)) {
    reading.faults.push(noMapping(place, values));
  }
}

function readValues(place: string, map: YAMLMap, target: SymbolValues, { faults }: Reading): void {
  const read = new SymbolValues();
  const texts = new Map<string, string>();
  for (const [field, node] of entries(map)) {
    const kind = SYMBOL_FIELDS.get(field)?.kind;
    const text = scalarText(node);
    if (kind === undefined) faults.push(unknownKey(`${place}.${field}`, text, FIELDS));
    else if (Reflect.get(target, field) !== undefined || texts.has(field))
      faults.push(twice(`${place}.${field}`, text));
    else {
      texts.set(field, text);
      Reflect.set(read, field, kind.read(text) ?? null);
    }
  }
  const refused = new Set(validateSync(read).map(({ property }) => property));
  for (const [field, text] of texts) {
    const value: unknown = Reflect.get(read, field);
    if (value !== null && !refused.has(field)) Reflect.set(target, field, value);
    else {
      const allowed = SYMBOL_FIELDS.get(field)?.kind.allowed ?? '';
      faults.push({ variable: `${place}.${field}`, given: text === '' ? NOT_SET : shown(text), allowed });
    }
  }
}

/** Keys and values of a mapping, as written. */
function entries(map: YAMLMap): [string, unknown][] {
  return map.items.map(({ key, value }) => [scalarText(key), value]);
}

/** A scalar as it is written in the file, so that `0.1` stays exactly that; empty for nothing. */
function scalarText(node: unknown): string {
  if (!isScalar(node)) return node === null || node === undefined ? '' : '(no plain value)';
  return typeof node.value === 'string' ? node.value : (node.source ?? '');
}

function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function unknownKey(place: string, given: string, known: readonly string[]): ConfigFault {
  const meant = nearest(place.slice(place.lastIndexOf('.') + 1), known);
  const fault = { variable: place, given: shown(given), allowed: `only the keys ${known.join(', ')}` };
  return meant === undefined ? fault : { ...fault, remedy: `Did you mean ${meant}?` };
}

function noMapping(place: string, value: unknown): ConfigFault {
  return { variable: place, given: shown(scalarText(value)), allowed: 'a mapping of names to values' };
}

function twice(place: string, given: string): ConfigFault {
  return { variable: place, given: `${shown(given)}, a second time`, allowed: 'each value once over all files' };
}
