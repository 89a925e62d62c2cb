import { deferToTickEnd } from '../runtime/tick-batching.js';

/**
 * Logs or counts what was done after the commands that others wait for have left. The report must not throw: nobody would
 * catch it.
 */
export function reportLater(report: () => void): void {
  deferToTickEnd('reports', report);
}
