import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { isMap, isScalar, parseDocument } from 'yaml';
import { parseMarketSymbol } from '../../flow/0-primitives.js';
import { fault, NOT_SET, shown, type ConfigFault } from '../fault.js';
import { nearest } from '../suggestion.js';
import { parseValues } from '../values.js';
import { yamlFilesIn } from './directory.js';
import { SYMBOL_FIELDS, type SymbolFile } from './symbol-values.js';

const SECTIONS = ['defaults', 'symbols'];
const FIELDS = [...SYMBOL_FIELDS.keys()];

/** Reads every YAML file of a directory. A directory that cannot be read is a fault only when it was `requested`. */
export function readSymbolFiles(
  directory: string,
  requested: boolean,
): { symbolFile: SymbolFile; faults: readonly ConfigFault[] } {
  const reader = new SymbolFileReader();
  const files = yamlFilesIn(directory);
  if (Array.isArray(files)) for (const file of files) reader.readFile(file);
  else if (requested) {
    const allowed = 'the path of a readable directory with YAML files';
    reader.faults.push(fault('CONFIG_DIR', shown(directory), allowed));
  }
  return { symbolFile: reader, faults: reader.faults };
}

/** Collects values and faults over all files. */
class SymbolFileReader implements SymbolFile {
  readonly defaults: Record<string, unknown> = {};
  readonly symbols = new Map<string, Record<string, unknown>>();
  readonly faults: ConfigFault[] = [];

  readFile(path: string): void {
    const name = relative('', path);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      return this.refuse(name, String(error), 'a readable YAML file');
    }
    const document = parseDocument(text, { prettyErrors: false });
    const [error] = document.errors;
    if (error !== undefined) {
      const line = text.slice(0, error.pos[0]).split('\n').length;
      return this.refuse(name, `line ${line}: ${shown(error.message)}`, 'valid YAML, each key once');
    }
    if (isNothing(document.contents)) return;
    if (!isMap(document.contents))
      return this.refuse(name, 'not a mapping', `a mapping with ${SECTIONS.join(' and ')}`);
    for (const [section, value] of this.#entries(name, document.contents)) {
      const place = `${name}: ${section}`;
      if (section === 'defaults') this.#readValues(place, value, this.defaults);
      else if (section === 'symbols') this.#readSymbols(place, value);
      else this.#refuseKey(place, section, section, SECTIONS);
    }
  }

  refuse(place: string, given: string, allowed: string): void {
    this.faults.push(fault(place, given, allowed));
  }

  #readSymbols(place: string, node: unknown): void {
    for (const [symbol, values] of this.#entries(place, node)) {
      if (parseMarketSymbol(symbol) === undefined) {
        this.refuse(`${place}.${symbol}`, shown(symbol), 'a symbol of 1 to 40 letters, digits or underscores');
        continue;
      }
      const known = this.symbols.get(symbol) ?? {};
      if (isMap(values)) this.symbols.set(symbol, known);
      this.#readValues(`${place}.${symbol}`, values, known);
    }
  }

  /** Reads the fields by the parsers and checks of the variables that they override. */
  #readValues(place: string, node: unknown, target: Record<string, unknown>): void {
    const texts = new Map<string, string>();
    for (const [field, value] of this.#entries(place, node)) {
      const name = SYMBOL_FIELDS.get(field)?.name;
      const text = scalarText(value);
      if (name === undefined) this.#refuseKey(`${place}.${field}`, field, text, FIELDS);
      else if (target[field] === undefined) texts.set(name, text);
      else this.refuse(`${place}.${field}`, `${shown(text)}, a second time`, 'each value once over all files');
    }
    const { values, refused } = parseValues(texts);
    for (const [field, { property }] of SYMBOL_FIELDS) if (property in values) target[field] = values[property];
    for (const { name, perSymbol, parser } of refused) {
      const text = texts.get(name) ?? '';
      this.refuse(`${place}.${perSymbol}`, text === '' ? NOT_SET : shown(text), parser.allowed);
    }
  }

  /** Keys and values of a mapping, as written; none for an empty one. */
  #entries(place: string, node: unknown): [string, unknown][] {
    if (isMap(node)) return node.items.map(({ key, value }) => [scalarText(key), value]);
    if (!isNothing(node)) this.refuse(place, shown(scalarText(node)), 'a mapping of names to values');
    return [];
  }

  #refuseKey(place: string, key: string, given: string, known: readonly string[]): void {
    const meant = nearest(key, known);
    const remedy = meant === undefined ? undefined : `Did you mean ${meant}?`;
    this.faults.push(fault(place, shown(given), `only the keys ${known.join(', ')}`, remedy));
  }
}

/** A scalar as it is written in the file, so that `0.1` stays exactly that; empty for nothing. */
function scalarText(node: unknown): string {
  if (!isScalar(node)) return node === null || node === undefined ? '' : '(not a plain value)';
  return typeof node.value === 'string' ? node.value : (node.source ?? '');
}

function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}
