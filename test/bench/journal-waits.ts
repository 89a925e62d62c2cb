import type { BenchEnvironment } from './environment.js';
import { WholeMilliseconds } from './whole-milliseconds.js';

/** From the publication of each plan since then to the claim of its permits, as its journal has it. */
export async function journalWaits(
  { session: { commands, keys } }: BenchEnvironment,
  fromMs: number,
): Promise<ReturnType<WholeMilliseconds['summary']>> {
  const found = new WholeMilliseconds();
  for (const planId of await commands.zrangebyscore(keys.planIndex(), fromMs, '+inf')) {
    const [published, claimed] = await commands.hmget(keys.journal(planId), 'published_ms', 'claimed_ms');
    if (published && claimed) found.record(Number(claimed) - Number(published));
  }
  return found.summary();
}
