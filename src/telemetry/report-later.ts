import { deferToTickEnd } from '../runtime/tick-batching.js';

/**
 * Logs or counts finished work after the commands that others wait for were sent. The report must not throw: nobody would
 * catch it.
 */
export function reportLater(report: () => void): void {
  deferToTickEnd('reports', report);
}
