import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { traceText } from './trace.js';

const at = (ms: number): number => 1_800_000_000_000 + ms;

// Nepal: an offset of no whole hours, and no summer time.
beforeAll(() => void vi.stubEnv('TZ', 'Asia/Kathmandu'));
afterAll(() => void vi.unstubAllEnvs());
const linesOf = (text: string): string[] => text.split('\n').map((line) => line.trim().replace(/ {2,}/g, '  '));

it('shows every attempt with both verdicts in words, by the clock of this machine and since its publication', () => {
  const permit = { symbol: 'BTCUSDT', plan_id: 'p1' };
  const text = traceText({
    plan_id: 'p1',
    symbol: 'BTCUSDT',
    action: 'PARTIAL_75',
    mode: 'testnet',
    decision: 'EXECUTE',
    reason_codes: [],
    state: 'FILLED',
    attempt: 2,
    steps: [
      { at_ms: at(0), offset_ms: 0, attempt: 1, step: 'published', entry: '1-0', mode: 'testnet' },
      { at_ms: at(5), offset_ms: 5, attempt: 1, step: 'result', state: 'BLOCKED' },
      { at_ms: at(1_000), offset_ms: 1_000, attempt: 1, step: 'retry_asked', detail: 'anna: it answers again' },
      {
        at_ms: at(2_000),
        offset_ms: 2_000,
        attempt: 1,
        step: 'approved',
        by: 'ben',
        reason: 'seen it',
        approvals: 1,
        needed: 2,
      },
      { at_ms: at(4_000), offset_ms: 0, attempt: 2, step: 'published', entry: '2-0', mode: 'testnet' },
      { at_ms: at(4_002), offset_ms: 2, attempt: 2, step: 'waiting', owner: 'me' },
      {
        at_ms: at(4_006),
        offset_ms: 6,
        attempt: 2,
        step: 'claimed',
        client_order_id: 'c1',
        side: 'SELL',
        quantity: '0.007',
      },
      { at_ms: at(4_020), offset_ms: 20, attempt: 2, step: 'result', state: 'FILLED' },
    ],
    attempts: [
      {
        attempt: 1,
        error: 'p33_denied',
        reason: 'stale_exchange_state',
        verdicts: {
          governor: {
            verdict: 'allow',
            text: 'Governor: yes, up to 0.01.',
            at_ms: at(2),
            permit: { ...permit, granted: true, computed_qty: 0.01 },
          },
          p33: {
            verdict: 'deny',
            text: 'Position Brain: no (stale_exchange_state): the snapshot is older than P33_STALE_THRESHOLD_SEC.',
            at_ms: at(3),
            permit: {
              ...permit,
              allow: false,
              context: { age_seconds: 11, limits: { max_qty: '1' }, ids: ['a', 'b'] },
            },
          },
        },
      },
      {
        attempt: 2,
        verdicts: {
          governor: {
            verdict: 'allow',
            text: 'Governor: yes, up to 0.0075.',
            at_ms: at(4_003),
            permit: { ...permit, granted: true, computed_qty: 0.0075, context: { exec_count_hour: 1 } },
          },
          p33: null,
        },
      },
    ],
    order: {
      order_id: '9',
      client_order_id: 'c1',
      status: 'filled',
      side: 'SELL',
      quantity: '0.007',
      executed_qty: 0.007,
      avg_price: 65_000,
    },
    evidence: { settled_by: 'look_up', look_up: 'FILLED, executed 0.007', missing: ['trades'] },
    result: { decision: 'EXECUTE', executed: true, error: '', reason: '' },
  });
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(linesOf(text)).toEqual([
    'plan p1  BTCUSDT PARTIAL_75  testnet  EXECUTE  FILLED',
    '',
    'attempt 1  2027-01-15 UTC+05:45',
    '13:45:00.000  +0 ms  published  entry 1-0, mode testnet',
    '13:45:00.002  +2 ms  Governor: yes, up to 0.01.  computed quantity 0.01',
    '13:45:00.003  +3 ms  Position Brain: no (stale_exchange_state): the snapshot',
    'is older than P33_STALE_THRESHOLD_SEC.',
    'age seconds 11, limits max quantity 1, ids a and b',
    '13:45:00.005  +5 ms  result BLOCKED  p33_denied: stale_exchange_state',
    'the attempt ended and was tried again',
    '13:45:01.000  +1000 ms  another attempt was asked for  anna: it answers again',
    '13:45:02.000  +2000 ms  approved  by ben: seen it (1 of 2 approved)',
    '',
    'attempt 2  2027-01-15 UTC+05:45',
    '13:45:04.000  +0 ms  published  entry 2-0, mode testnet',
    '13:45:04.002  +2 ms  waiting  for both permits, by me',
    '13:45:04.003  +3 ms  Governor: yes, up to 0.0075.  computed quantity 0.0075',
    'executions count hour 1',
    '13:45:04.006  +6 ms  claimed after 6 ms',
    'both permits taken; order c1: SELL 0.007',
    'order 9 filled',
    'SELL 0.007 reduce-only, executed 0.007 at 65000',
    'client order id c1',
    '13:45:04.020  +20 ms  result FILLED',
    '',
    'result  EXECUTE, executed=True',
    'evidence  settled by look_up, look up FILLED, executed 0.007, missing trades',
  ]);
});

it('puts a denial without a stored time before its result', () => {
  const text = traceText({
    plan_id: 'p2',
    attempt: 1,
    state: 'BLOCKED',
    steps: [
      { at_ms: at(0), offset_ms: 0, attempt: 1, step: 'published', entry: '1-0', mode: 'testnet' },
      { at_ms: at(3), offset_ms: 3, attempt: 1, step: 'result', state: 'BLOCKED' },
    ],
    verdicts: {
      governor: null,
      p33: {
        verdict: 'deny',
        text: 'Position Brain: no.',
        reason: 'stale_exchange_state',
        context: { age_seconds: 11 },
      },
    },
    order: null,
    result: { decision: 'BLOCKED', executed: false, error: 'p33_denied', reason: 'stale_exchange_state' },
  });
  expect(linesOf(text).slice(3)).toEqual([
    '13:45:00.000  +0 ms  published  entry 1-0, mode testnet',
    'Position Brain: no.  age seconds 11',
    '13:45:00.003  +3 ms  result BLOCKED',
    '',
    'result  BLOCKED, executed=False, error=p33_denied: stale_exchange_state',
  ]);
});
