import { appendFile, stat, writeFile } from 'node:fs/promises';
import { readHeads } from './archive-lines.js';
import type { ArchivedEntry } from './archived-entry.js';
import { BLOCK_BYTES, BlockIndex, indexPathOf, readBlocks } from './block-index.js';

const symbolOf = ({ kind, symbol }: Pick<ArchivedEntry, 'kind' | 'symbol'>): string =>
  kind === 'plan' || kind === 'result' ? symbol : '';

/** The index of the file that is written. It follows the file: what a crash left out is made again when the file is opened. */
export class FileIndex {
  private constructor(
    private readonly path: string,
    private readonly blocks: BlockIndex,
  ) {}

  /** Makes the index of a file from its lines. */
  static async make(path: string): Promise<FileIndex> {
    const blocks = new BlockIndex();
    await readHeads(path, (head) => blocks.add(head.to, symbolOf(head)));
    await writeFile(indexPathOf(path), blocks.take(), { mode: 0o640 });
    return new FileIndex(path, blocks);
  }

  /** Whether the index goes as far as it can. */
  static async isWhole(path: string): Promise<boolean> {
    const { size } = await stat(path);
    const blocks = await readBlocks(path, size);
    return size - (blocks.at(-1)?.to ?? 0) < BLOCK_BYTES;
  }

  /** What the file has now. */
  async add(lines: readonly { readonly entry: ArchivedEntry; readonly to: number }[]): Promise<void> {
    for (const { entry, to } of lines) this.blocks.add(to, symbolOf(entry));
    const text = this.blocks.take();
    if (text !== '') await appendFile(indexPathOf(this.path), text);
  }
}
