import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { type ConfigFault, ConfigurationError, fault, shown } from '../config/fault.js';
import { RereadFile } from '../config/reread-file.js';
import { isJsonObject } from '../flow/0-json.js';
import { parseMarketSymbol } from '../flow/0-primitives.js';

/** One cell, as CELLS_FILE names it: a deployment with a key prefix and an account of its own. */
export interface Cell {
  readonly name: string;
  /** Where its processes answer. Each of them can speak for the cell. */
  readonly urls: readonly string[];
  /** Absolute path of the file that holds the token for this cell. */
  readonly tokenFile: string;
  /** What people call the account; proposals are routed by it. `""` where it is not given. */
  readonly account: string;
  /** The symbols that proposals are routed by; none: all symbols. */
  readonly symbols: readonly string[];
}

/** What a file says: its cells, and what is wrong with others of them. */
export interface CellsRead {
  readonly cells: readonly Cell[];
  readonly faults: readonly ConfigFault[];
}

const VARIABLE = 'CELLS_FILE';
const ALLOWED = 'a YAML or JSON file with `cells`: a list of {name, url, token_file, account, symbols}';
const REMEDY = 'docs/cells.md shows an example.';
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const ACCOUNT = /^[^\p{C}]{1,64}$/u;
const MEMBERS = ['name', 'url', 'token_file', 'account', 'symbols'];
const MOST_CELLS = 1_000;

/** Reads the file. Throws {@link ConfigurationError} if there is nothing to read in it. */
export function readCells(path: string): CellsRead {
  return parseCells(path, textOf(path));
}

/** As {@link readCells}. Throws {@link ConfigurationError} for any fault. */
export function cellsOf(path: string): readonly Cell[] {
  return withoutFaults(readCells(path));
}

/** As {@link readCells}, from the text of the file. */
function parseCells(path: string, text: string): CellsRead {
  const cells: Cell[] = [];
  const faults: ConfigFault[] = [];
  for (const [at, entry] of listIn(path, text).entries()) {
    const read = cellIn(entry, dirname(resolve(path)), cells);
    if (typeof read !== 'string') cells.push(read);
    else faults.push(fault(`${VARIABLE} (${path}), cell ${at + 1}`, read, ALLOWED, REMEDY));
  }
  return { cells, faults };
}

/** The file, read again at each look. While it has a fault, the cells of before stay; that is reported. */
export class CellsFile {
  readonly #file: RereadFile;
  #cells: readonly Cell[];

  constructor(path: string, report: (error: ConfigurationError) => void) {
    this.#cells = cellsOf(path);
    this.#file = new RereadFile({
      read: () => textOf(path),
      take: (text) => {
        this.#cells = withoutFaults(parseCells(path, text));
      },
      refuse: (error) => {
        if (!(error instanceof ConfigurationError)) throw error;
        report(error);
      },
    });
  }

  get cells(): readonly Cell[] {
    this.#file.look();
    return this.#cells;
  }
}

function withoutFaults({ cells, faults }: CellsRead): readonly Cell[] {
  if (faults.length > 0) throw new ConfigurationError(faults);
  return cells;
}

const unusable = (given: string): ConfigurationError =>
  new ConfigurationError([fault(VARIABLE, given, ALLOWED, REMEDY)]);

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read';
    throw unusable(`${shown(path)} (${code})`);
  }
}

function listIn(path: string, text: string): readonly unknown[] {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    if (!(error instanceof YAMLParseError || error instanceof ReferenceError)) throw error;
    throw unusable(`${shown(path)} (neither YAML nor JSON: ${shown(error.message.split('\n')[0] ?? '')})`);
  }
  const list = isJsonObject(document) ? document['cells'] : document;
  if (!Array.isArray(list) || list.length === 0) throw unusable(`${shown(path)} (no list of cells)`);
  if (list.length > MOST_CELLS) throw unusable(`${shown(path)} (${list.length} cells; at most ${MOST_CELLS})`);
  return list;
}

/** The cell, or what is wrong with the entry. */
function cellIn(entry: unknown, folder: string, earlier: readonly Cell[]): Cell | string {
  if (!isJsonObject(entry)) return 'no mapping';
  const unknown = Object.keys(entry).find((member) => !MEMBERS.includes(member));
  if (unknown !== undefined) return `the unknown member ${shown(unknown)}; a cell has ${MEMBERS.join(', ')}`;
  const { name, account = '', symbols = [] } = entry;
  if (typeof name !== 'string' || !NAME.test(name))
    return `a name that is missing or is not 1 to 64 of A-Z a-z 0-9 . _ - (${shown(String(name))})`;
  if (earlier.some((cell) => cell.name === name)) return `the name ${name} a second time`;
  const urls = (Array.isArray(entry['url']) ? (entry['url'] as unknown[]) : [entry['url']]).map(urlOf);
  if (urls.length === 0 || urls.some((url) => url === undefined))
    return `${name} with a url that is missing or is none, such as http://127.0.0.1:8080; a list for several processes of the cell`;
  const same = earlier.find((cell) => cell.urls.some((url) => urls.includes(url)));
  if (same !== undefined) return `${name} with a url of ${same.name}`;
  const tokenFile = entry['token_file'];
  if (typeof tokenFile !== 'string' || !/^[^\p{Cc}]{1,4096}$/u.test(tokenFile))
    return `${name} without token_file, the path of a file that holds the token for it`;
  if (typeof account !== 'string' || (account !== '' && !ACCOUNT.test(account)))
    return `${name} with an account that is no text of 1 to 64 characters`;
  if (!Array.isArray(symbols) || symbols.some((symbol) => !isSymbol(symbol)))
    return `${name} with symbols that are no list of symbols such as [BTCUSDT, ETHUSDT]; leave it out for all symbols`;
  return {
    name,
    urls: urls.filter((url) => url !== undefined),
    tokenFile: resolve(folder, tokenFile),
    account,
    symbols: symbols.map((symbol) => String(symbol).toUpperCase()),
  };
}

const isSymbol = (value: unknown): boolean =>
  typeof value === 'string' && parseMarketSymbol(value.toUpperCase()) !== undefined;

/** Without a slash at the end. The token is sent there, so nothing may hide in it. */
function urlOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const { protocol, username, password, search, hash, href } = new URL(value);
  const isBare = username === '' && password === '' && search === '' && hash === '';
  return /^https?:$/.test(protocol) && isBare ? href.replace(/\/+$/, '') : undefined;
}
