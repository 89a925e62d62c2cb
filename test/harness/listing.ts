import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT_IN_EXCHANGE_INFO } from '../../src/paper-exchange/exchange-info.js';

const MODEL = 'BTCUSDT';

export interface ListingOptions {
  /** Another largest quantity of an order. */
  readonly maxQty?: string;
  /** Beside the symbols of the paper exchange, not in their place. */
  readonly beside?: boolean;
}

/** Writes an exchangeInfo file that lists these symbols, each with the filters of {@link MODEL}; returns its path. */
export function writeListing(
  folder: string,
  names: readonly string[],
  { maxQty, beside = false }: ListingOptions = {},
): string {
  const model = BUILT_IN_EXCHANGE_INFO.symbols.find(({ symbol }) => symbol === MODEL);
  if (model === undefined) throw new Error(`the paper exchange does not list ${MODEL}`);
  const filters = model.filters.map((filter) =>
    maxQty === undefined || !('maxQty' in filter) ? filter : { ...filter, maxQty },
  );
  const added = names.map((symbol) => ({ ...model, filters, symbol, pair: symbol, baseAsset: symbol.slice(0, -4) }));
  const symbols = beside ? [...BUILT_IN_EXCHANGE_INFO.symbols, ...added] : added;
  const file = join(folder, `exchange-info-${names.length}.json`);
  writeFileSync(file, JSON.stringify({ ...BUILT_IN_EXCHANGE_INFO, symbols }));
  return file;
}

/** The same mark price for every symbol. */
export function sameMarks(names: readonly string[], price: string): Record<string, string> {
  return Object.fromEntries(names.map((symbol) => [symbol, price]));
}
