import { expect, it } from 'vitest';
import type { PlanRecord } from '../../redis/stores/plan-records.js';
import { settlementOf } from './in-flight.js';

const record = (more: Partial<PlanRecord>): PlanRecord =>
  ({ state: 'CLAIMED', acceptUntilMs: 1_000, answeredMs: undefined, ...more }) as PlanRecord;

it.each([
  ['claimed, inside the time the exchange takes it', record({}), 999, undefined],
  ['claimed, at the last millisecond', record({}), 1_000, undefined],
  ['claimed, past it', record({}), 1_001, 'window_passed'],
  ['unknown, inside it', record({ state: 'UNKNOWN' }), 999, undefined],
  ['unknown, past it', record({ state: 'UNKNOWN' }), 1_001, 'window_passed'],
  ['answered', record({ answeredMs: 500 }), 999, 'answered'],
  ['ended', record({ state: 'FILLED' }), 0, 'ended'],
  ['not claimed any more, to be tried again', record({ state: 'PUBLISHED' }), 0, 'ended'],
  ['without the time', record({ acceptUntilMs: undefined }), 1e15, undefined],
  ['with a time that is no number', record({ acceptUntilMs: Number.NaN }), 1e15, undefined],
  ['with an answer that is no time', record({ answeredMs: Number.NaN }), 999, undefined],
  ['judged by a clock that is no number', record({}), Number.NaN, undefined],
])('%s', (_what, plan, nowMs, expected) => {
  expect(settlementOf(plan, nowMs)).toBe(expected);
});
