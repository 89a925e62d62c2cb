import type { Measured } from '../run.js';

/** What a load left without a result, or with another one than wanted. */
export function faultsOf(what: string, { missing, failures, duplicates }: Measured): string[] {
  return [
    ...(missing === 0 ? [] : [`${what}: ${missing} plans without a result`]),
    ...(duplicates === 0 ? [] : [`${what}: ${duplicates} plans with more than one result`]),
    ...Object.entries(failures).map(([why, count]) => `${what}: ${count} × ${why}`),
  ];
}
