import { describe, expect, it } from 'vitest';
import { useRig } from './adapter-support.js';

const rig = useRig();
const HOUR_MS = 3_600_000;

describe('the clock', () => {
  it.each([HOUR_MS, -HOUR_MS])(
    '[P14] a host that is %i ms away from the exchange signs with the exchange’s time',
    async (offsetMs) => {
      rig.paper.setClockOffset(offsetMs);
      const { outcome, signed } = await rig.closeSome();
      expect(outcome.kind).toBe('accepted');
      expect(Math.abs((signed[0]?.signedTimestampMs ?? 0) - Date.now() - offsetMs)).toBeLessThan(1_000);
      const { offsetMs: found, uncertaintyMs } = rig.exchange.clock();
      expect(Math.abs(found - offsetMs)).toBeLessThanOrEqual(uncertaintyMs + 1);
      expect(uncertaintyMs).toBeLessThan(1_000);
      expect(rig.requests('GET /fapi/v1/time')).toHaveLength(3);
    },
  );

  it.each([-10_000, 10_000])(
    '[O6] -1021 on an order after the exchange’s clock moved by %i ms: not taken, and the next one passes',
    async (moveMs) => {
      await rig.exchange.connect();
      rig.paper.setClockOffset(moveMs);
      const first = await rig.closeSome();
      expect(first.outcome).toMatchObject({
        kind: 'not_accepted',
        code: '-1021',
        again: 'newly_signed',
        bannedUntilMs: 0,
      });
      const second = await rig.closeSome({ id: first.id });
      expect(second.outcome.kind).toBe('accepted');
      expect(rig.paper.records().trades).toHaveLength(1);
    },
  );

  it('[O6] -1021 on a read is repeated inside the call', async () => {
    await rig.exchange.connect();
    rig.paper.setClockOffset(-10_000);
    expect(await rig.exchange.isHedgeMode()).toBe(false);
    expect(rig.requests('GET /fapi/v1/positionSide/dual').map((r) => r.code)).toEqual([-1021, undefined]);
  });

  it('an exchange that always refuses the time makes a read unavailable, after one repetition', async () => {
    await rig.exchange.connect();
    const fault = { match: { path: '/positionSide/dual' }, times: -1 };
    rig.paper.addFault({ ...fault, action: { type: 'status', status: 400, code: -1021, msg: 'no' } });
    await expect(rig.exchange.isHedgeMode()).rejects.toThrow('-1021');
    expect(rig.requests('GET /fapi/v1/positionSide/dual')).toHaveLength(2);
  });

  it('a clock without a sample has infinite uncertainty', () => {
    expect(rig.exchange.clock()).toEqual({ offsetMs: 0, uncertaintyMs: Number.POSITIVE_INFINITY });
  });
});
