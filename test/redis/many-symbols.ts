import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT_IN_EXCHANGE_INFO } from '../../src/paper-exchange/exchange-info.js';
import { TestEnvironment } from '../harness/test-environment.js';

/** An exchange that lists as many symbols as are wanted, each like BTCUSDT. */
export async function worldOf(
  symbols: readonly string[],
  folder: string,
  options: Parameters<typeof TestEnvironment.create>[0] = {},
): Promise<TestEnvironment> {
  const listed = BUILT_IN_EXCHANGE_INFO.symbols.find(({ symbol }) => symbol === 'BTCUSDT');
  const copies = symbols.map((symbol) => ({ ...listed, symbol, pair: symbol, baseAsset: symbol.slice(0, -4) }));
  const exchangeInfoFile = join(folder, 'exchange-info.json');
  writeFileSync(exchangeInfoFile, JSON.stringify({ ...BUILT_IN_EXCHANGE_INFO, symbols: copies }));
  return TestEnvironment.create({
    exchangeInfoFile,
    positions: Object.fromEntries(symbols.map((symbol) => [symbol, '1'])),
    ...options,
  });
}
