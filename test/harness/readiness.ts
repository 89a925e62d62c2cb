import type { Keys } from '../../src/redis/keys/keys.js';

const ANSWER_WITHIN_MS = 2_000;

/** What the readiness probe of a process answers; `false` while it does not answer. */
export async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch (error) {
    // Not listening yet, or a busy machine answers late.
    if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')) return false;
    throw error;
  }
}

interface ExistingKeys {
  exists(...keys: string[]): Promise<number>;
}

/** Whether the Position Brain has a snapshot and a ledger of every symbol. It denies a plan for a symbol without them. */
export async function knowsPositions(redis: ExistingKeys, keys: Keys, symbols: readonly string[]): Promise<boolean> {
  const known = symbols.flatMap((symbol) => [keys.snapshot(symbol), keys.ledger(symbol)]);
  return (await redis.exists(...known)) === known.length;
}
