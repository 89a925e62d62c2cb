import { readFile } from 'node:fs/promises';
import { isCode } from './archive-folder.js';

/** Small, so that a look for a rare symbol reads little; large, so that the index of a file is read at once. */
export const BLOCK_BYTES = 1 << 16;
/** Stands for symbols that are no plain words: a block that has one is read whatever is looked for. */
const ANY = '*';
const WORD = /^[A-Z0-9_]+$/;
const LINE = /^(\d{1,15})((?: [A-Z0-9_*]+)*)$/;

/** Some whole lines of a file of the archive. */
export interface Block {
  readonly from: number;
  /** The byte after its last line. */
  readonly to: number;
  /** Whether it may have a plan or a result of a symbol. */
  readonly mayHave: (symbol: string) => boolean;
}

/** Beside the file. It can be made again from the file at any time, so nothing waits for the disk to have it. */
export const indexPathOf = (path: string): string => path.replace(/\.jsonl$/, '.index');

/** Says for each block of a file which symbols its plans and results have: a line with where it ends, and the symbols. */
export class BlockIndex {
  #from = 0;
  #symbols = new Set<string>();
  #text = '';

  /** The next line of the file: where it ends, and the symbol of a plan or a result. */
  add(to: number, symbol: string): void {
    if (symbol !== '') this.#symbols.add(WORD.test(symbol) ? symbol : ANY);
    if (to - this.#from < BLOCK_BYTES) return;
    this.#text += `${[to, ...this.#symbols].join(' ')}\n`;
    this.#from = to;
    this.#symbols = new Set();
  }

  /** The blocks that are complete, and were not taken before. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

/** The blocks of a file of this size, in order, as far as its index goes. What comes after them belongs to none. */
export async function readBlocks(path: string, size: number): Promise<readonly Block[]> {
  let text: string;
  try {
    text = await readFile(indexPathOf(path), 'latin1');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
  const blocks: Block[] = [];
  let from = 0;
  // What follows the last line feed is torn, or being written.
  for (const line of text.split('\n').slice(0, -1)) {
    const [, end, symbols = ''] = LINE.exec(line) ?? [];
    const to = Number(end);
    if (!(to > from && to <= size)) break;
    const held = ` ${symbols} `;
    blocks.push({ from, to, mayHave: (symbol) => held.includes(` ${symbol} `) || held.includes(` ${ANY} `) });
    from = to;
  }
  return blocks;
}
