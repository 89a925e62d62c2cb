import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../config/fault.js';
import { cellsOf, CellsFile, readCells } from './cells-file.js';

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-cells-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'cells.yaml');
const written = (text: string): string => {
  writeFileSync(file, text);
  return file;
};
const cell = (more: object = {}): object => ({ name: 'a', url: 'http://127.0.0.1:1', token_file: 'a.token', ...more });
const withCells = (...cells: readonly object[]): string => written(JSON.stringify({ cells }));

describe('CELLS_FILE', () => {
  it('is YAML or JSON; a token file is meant beside it; a cell may have several addresses', () => {
    const yaml = `cells:
  - name: main
    url: [http://127.0.0.1:8080/, "https://gate.example:8443"]
    token_file: tokens/main
    account: fund A
    symbols: [btcusdt, ETHUSDT]
`;
    expect(cellsOf(written(yaml))).toEqual([
      {
        name: 'main',
        urls: ['http://127.0.0.1:8080', 'https://gate.example:8443'],
        tokenFile: join(folder, 'tokens/main'),
        account: 'fund A',
        symbols: ['BTCUSDT', 'ETHUSDT'],
      },
    ]);
    expect(cellsOf(withCells(cell()))).toMatchObject([{ name: 'a', account: '', symbols: [] }]);
  });

  it.each([
    ['an unknown member', cell({ tokenFile: 'x' }), 'the unknown member "tokenFile"; a cell has name, url'],
    ['no name', cell({ name: undefined }), 'a name that is missing'],
    ['a name with blanks', cell({ name: 'a b' }), 'a name that is missing or is not 1 to 64'],
    ['a url without a scheme', cell({ url: 'gate:8080' }), 'a with a url that is missing or is none'],
    ['a url with a password', cell({ url: 'http://u:p@h' }), 'a with a url that is missing or is none'],
    ['no url', cell({ url: [] }), 'a with a url that is missing'],
    ['no token file', cell({ token_file: '' }), 'a without token_file'],
    ['an account that is no text', cell({ account: 7 }), 'an account that is no text'],
    ['symbols that are none', cell({ symbols: ['BTC USDT'] }), 'symbols that are no list of symbols'],
    ['no mapping', [], 'no mapping'],
  ])('with %s names the cell, what is allowed and where an example is', (_what, entry, given) => {
    const { cells, faults } = readCells(withCells(entry, { ...cell(), name: 'z', url: 'http://h' }));
    expect(cells.map(({ name }) => name)).toEqual(['z']);
    expect(faults).toMatchObject([
      { variable: `CELLS_FILE (${file}), cell 1`, remedy: 'docs/cells.md shows an example.' },
    ]);
    expect(faults[0]?.given).toContain(given);
    expect(JSON.stringify(faults)).not.toContain('u:p');
  });

  it('refuses a name or an address a second time, and a file without cells', () => {
    expect(readCells(withCells(cell(), cell({ url: 'http://h' }))).faults[0]?.given).toBe('the name a a second time');
    expect(readCells(withCells(cell(), cell({ name: 'b' }))).faults[0]?.given).toBe('b with a url of a');
    for (const text of ['', '{}', 'cells: []', 'cells: [', '&a [*a]', 'cells: 7'])
      expect(() => cellsOf(written(text)), text).toThrow(ConfigurationError);
    expect(() => cellsOf(join(folder, 'none'))).toThrow(/ENOENT/);
  });

  it('that changes counts at the next look; while it has a fault the cells of before stay, and that is reported once', () => {
    const report = vi.fn<() => void>();
    const cells = new CellsFile(withCells(cell()), report);
    withCells(cell(), cell({ name: 'b', url: 'http://h' }));
    expect(cells.cells).toHaveLength(2);
    withCells(cell({ url: 7 }));
    expect([cells.cells.length, cells.cells.length]).toEqual([2, 2]);
    expect(report).toHaveBeenCalledTimes(1);
    withCells(cell());
    expect(cells.cells).toHaveLength(1);
  });
});
