import type { Stage } from '../stage.js';

const PLANS = 30;
const SYMBOL = '1000SHIBUSDT';
/** What the whole of publishing, two verdicts and a claim may take at the median. */
export const MEDIAN_TARGET_MS = 10;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Plans one after the other, from publishing to the claim of both permits, by Redis' clock. To be called while plans are dry runs. */
export async function showLatency(stage: Stage): Promise<void> {
  const waitsMs: number[] = [];
  while (waitsMs.length < PLANS) {
    const { result } = await stage.run(SYMBOL, 'PARTIAL_50');
    stage.expect('a plan while disarmed', result, { executed: 'False', would_execute: 'True', error: 'disarmed' });
    waitsMs.push(Number(result['wait_ms']));
  }
  stage.figures.medianWaitMs = median(waitsMs);
  stage.report(
    `${PLANS} plans as dry runs, each published, permitted twice and claimed: median ${stage.figures.medianWaitMs} ms, slowest ${Math.max(...waitsMs)} ms.`,
  );
}
