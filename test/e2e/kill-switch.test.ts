import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { part } from '../chaos/kill-switch/part.js';
import { MAIN } from '../harness/program.js';

/** `npm run chaos:kill-switch` does this a thousand times, with more plans. */
const ENGAGEMENTS = 24;
const PLANS = 32;

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-kill-switch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the kill switch, engaged again and again while plans are in every stage', () => {
  it('is followed by no order at the exchange once the call has returned, of any process [C1]', async () => {
    const report = await part(7, ENGAGEMENTS, PLANS, MAIN, folder, 'load', () => undefined);
    expect(report.violations).toEqual([]);
    expect(report.engagements).toHaveLength(ENGAGEMENTS);
    // It would prove nothing if there had been nothing to stop.
    expect(report.orders).toBeGreaterThanOrEqual(ENGAGEMENTS / 3);
    expect(report.stages.WAITING).toBeGreaterThan(0);
    expect(report.stages.CLAIMED).toBeGreaterThan(0);
    expect(report.engagements.some(({ inFlight }) => inFlight > 0)).toBe(true);
    expect(report.engagements.some(({ paused }) => paused !== undefined)).toBe(true);
  });
});
