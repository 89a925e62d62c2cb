import { expect, it } from 'vitest';
import { traceText } from './trace.js';

const at = (ms: number): number => 1_800_000_000_000 + ms;

it('shows an attempt from publication to result, with times since its publication', () => {
  const permit = { created_at: at(4_003) / 1_000, symbol: 'BTCUSDT', plan_id: 'p1' };
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
    verdicts: {
      governor: {
        verdict: 'allow',
        permit: { ...permit, granted: true, computed_qty: 0.0075, context: { exec_count_hour: 1 } },
      },
      p33: { verdict: 'allow', permit: { ...permit, allow: true, safe_close_qty: 0.007 } },
    },
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
  expect(text.split('\n').map((line) => line.trim())).toEqual([
    'plan p1  BTCUSDT PARTIAL_75  testnet  EXECUTE  FILLED',
    '',
    'attempt 1  at 2027-01-15 08:00:00.000 UTC',
    '+0 ms  published  entry 1-0, mode testnet',
    '+5 ms  result BLOCKED  the attempt ended and was tried again',
    '',
    'attempt 2  at 2027-01-15 08:00:04.000 UTC',
    '+0 ms  published  entry 2-0, mode testnet',
    '+2 ms  waiting  for both permits, by me',
    '+3 ms  Governor ALLOW  computed_qty=0.0075',
    'exec_count_hour=1',
    '+3 ms  P3.3 ALLOW  safe_close_qty=0.007',
    '+6 ms  claimed after 6 ms  both permits taken; order c1: SELL 0.007',
    'order 9 filled  SELL 0.007 reduce-only, executed 0.007 at 65000',
    'client order id c1',
    '+20 ms  result FILLED',
    '',
    'result  EXECUTE, executed=True',
    'evidence  settled_by=look_up, look_up=FILLED, executed 0.007, missing=["trades"]',
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
      p33: { verdict: 'deny', reason: 'stale_exchange_state', context: { age_seconds: 11 } },
    },
    order: null,
    result: { decision: 'BLOCKED', executed: false, error: 'p33_denied', reason: 'stale_exchange_state' },
  });
  const lines = text.split('\n').map((line) => line.trim());
  expect(lines.slice(3)).toEqual([
    '+0 ms  published  entry 1-0, mode testnet',
    'P3.3 DENY stale_exchange_state  age_seconds=11',
    '+3 ms  result BLOCKED',
    '',
    'result  BLOCKED, executed=False, error=p33_denied: stale_exchange_state',
  ]);
});
