import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AuditFacts } from '../../redis/stores/audit-chain.js';
import type { AuditLog } from '../../redis/stores/audit-log.js';
import { RefusalAudit } from './refusal-audit.js';

const MINUTE_MS = 60_000;
const written: AuditFacts[] = [];
const log = {
  record: async (facts: AuditFacts) => {
    written.push(facts);
    return true;
  },
  beforeClose: () => undefined,
} as unknown as AuditLog;
const refused = (name?: string) => ({
  caller: name === undefined ? undefined : { name, role: 'viewer' },
  address: '10.0.0.9',
  call: 'GET /api/v1/status',
  outcome: 'refused: 401 A token is needed',
});

let refusals: RefusalAudit;
beforeEach(() => {
  vi.useFakeTimers();
  written.length = 0;
  refusals = new RefusalAudit(log);
});
afterEach(() => {
  refusals.onApplicationShutdown();
  vi.useRealTimers();
});

/** A call without a token every second, for so many minutes. */
async function attack(minutes: number): Promise<void> {
  for (let second = 0; second < 60 * minutes; second += 1) {
    refusals.note(refused());
    await vi.advanceTimersByTimeAsync(1_000);
  }
}

it('[C5] writes a few entries a day about calls without a token that never end, with their number', async () => {
  await attack(24 * 60);
  // After 1, 2, 4, … minutes, then once an hour.
  expect(written.length).toBeLessThanOrEqual(30);
  const calls = written.map(({ details }) => Number(details?.['calls'])).reduce((sum, count) => sum + count, 0);
  expect(calls).toBeGreaterThan(23 * 3_600);
});

it('writes them after a minute again when they had stopped', async () => {
  await attack(10);
  await vi.advanceTimersByTimeAsync(120 * MINUTE_MS);
  written.length = 0;
  refusals.note(refused());
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(written).toMatchObject([{ actor: '', action: 'refused', details: { calls: 1 } }]);
});

it('writes those of a token each minute, whatever others do', async () => {
  await attack(20);
  written.length = 0;
  refusals.note(refused('anna'));
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(written.filter(({ actor }) => actor === 'anna')).toHaveLength(1);
});
