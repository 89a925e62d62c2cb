import type { Random } from './random.js';
import type { Proposal } from './scenario.js';

/** More than the plans that one process may have under way. */
const SYMBOLS = { short: 90, long: 150 } as const;
export const CROWD_POSITION = '10';
export const CROWD_MARK = '100';

/** Symbols that nothing but bursts asks for; every second run has them. */
export function crowdOf(seed: number, short: boolean): readonly string[] {
  if (seed % 2 !== 0) return [];
  const length = SYMBOLS[short ? 'short' : 'long'];
  return Array.from({ length }, (_, index) => `CROWD${String(index).padStart(3, '0')}USDT`);
}

/** One proposal for each symbol of the crowd at the same moment, while the disturbances go on. */
export function burstOf(
  random: Random,
  crowd: readonly string[],
  gates: number,
  durationMs: number,
): readonly Proposal[] {
  const atMs = random.between(300, Math.round(durationMs * 0.6));
  return crowd.map((symbol) => ({
    atMs,
    channel: random.weighted([
      [6, 'stream'],
      [3, 'hash'],
      [1, 'api'],
    ] as const),
    symbol,
    action: random.weighted([
      [2, 'PARTIAL_50'],
      [2, 'FULL_CLOSE_PROPOSED'],
      [1, 'PARTIAL_25'],
    ] as const),
    gate: random.between(0, gates - 1),
  }));
}
