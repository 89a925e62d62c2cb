import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PlanReason } from '../flow/0-reasons.js';
import type { RedisClock } from '../redis/connection/redis-clock.js';
import type { ProposalAnswer } from '../runtime/proposal-intake.js';
import type { SelfDescription } from '../runtime/self-description.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { PlanSlots } from './plan-slots.js';
import { StandingGauges } from './standing-gauges.js';

const NOW_SEC = 1_790_000_000;
const FIELDS = { last_update_epoch: String(NOW_SEC - 7) };

const answer = (decision: ProposalAnswer['decision'], ...reasonCodes: PlanReason[]): ProposalAnswer => ({
  planId: '',
  decision,
  reasonCodes,
  detail: '',
  attempt: 0,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function gauges(): { standing: StandingGauges; shown: (metric: string) => Promise<string[]> } {
  const metrics = new GateMetrics(['BTCUSDT'], new Registry());
  const description = { unservedBy: () => undefined, waitingBy: () => undefined } as unknown as SelfDescription;
  const slots = new PlanSlots({ orderRoom: () => ({ left: 300, againInMs: 10_000 }) }, { mode: 'testnet' });
  const standing = new StandingGauges({ nowMs: () => NOW_SEC * 1_000 } as RedisClock, metrics, slots, description);
  const shown = async (metric: string): Promise<string[]> =>
    (await metrics.render())
      .split('\n')
      .filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
  return { standing, shown };
}

describe('a standing proposal', () => {
  it('has an age until it is gone', async () => {
    const { standing, shown } = gauges();
    standing.found('BTCUSDT', FIELDS, answer('EXECUTE'));
    expect(await shown('proposal_age_seconds')).toEqual(['proposal_age_seconds{symbol="BTCUSDT"} 7']);
    standing.gone('BTCUSDT');
    expect(await shown('proposal_age_seconds')).toEqual([]);
  });

  it.each<[string, ProposalAnswer | undefined]>([
    ['is blocked', answer('BLOCKED', 'kill_switch_active')],
    ['is malformed', answer('BLOCKED', 'proposal_invalid')],
    ['cannot be processed, or waits for a slot', undefined],
  ])('that %s asks in vain from the first time on', async (_, given) => {
    const { standing, shown } = gauges();
    standing.found('BTCUSDT', FIELDS, given);
    vi.advanceTimersByTime(90_000);
    standing.found('BTCUSDT', FIELDS, given);
    expect(await shown('proposal_unserved_seconds')).toEqual(['proposal_unserved_seconds{symbol="BTCUSDT"} 90']);
    standing.found('BTCUSDT', FIELDS, answer('EXECUTE'));
    expect(await shown('proposal_unserved_seconds')).toEqual(['proposal_unserved_seconds{symbol="BTCUSDT"} 0']);
  });

  it.each<PlanReason>(['duplicate_plan', 'repeat_suppressed', 'target_reached', 'action_hold', 'proposal_stale'])(
    'that is answered with %s does not',
    async (reason) => {
      const { standing, shown } = gauges();
      standing.found('BTCUSDT', FIELDS, answer('SKIP', reason));
      vi.advanceTimersByTime(90_000);
      expect(await shown('proposal_unserved_seconds')).toEqual(['proposal_unserved_seconds{symbol="BTCUSDT"} 0']);
    },
  );
});
