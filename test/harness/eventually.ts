import { setTimeout as sleep } from 'node:timers/promises';

const ASK_EVERY_MS = 10;

/** Asks until there is an answer. Throws, with what `shown` returns, when there is none in time. */
export async function eventually<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 5_000,
  shown?: () => unknown,
): Promise<T> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > untilMs) {
      const seen = shown === undefined ? '' : `: ${JSON.stringify(shown())}`;
      throw new Error(`did not happen within ${timeoutMs} ms${seen}`);
    }
    await sleep(ASK_EVERY_MS);
  }
}
