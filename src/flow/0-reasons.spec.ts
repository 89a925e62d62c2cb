import { describe, expect, it } from 'vitest';
import {
  GOVERNOR_REASONS,
  isGovernorReason,
  isPositionReason,
  isRetryable,
  PLAN_REASONS,
  POSITION_REASONS,
  RESULT_ERRORS,
  type ResultError,
} from './0-reasons.js';

const retryable = (set: Readonly<Record<string, { readonly mark: string }>>): string[] =>
  Object.keys(set).filter((reason) => set[reason]?.mark === 'retryable');

describe('the closed sets of reasons', () => {
  it('mark as retryable only what may pass', () => {
    expect(retryable(PLAN_REASONS)).toEqual(['kill_switch_active', 'symbol_suspended']);
    expect(retryable(GOVERNOR_REASONS)).toEqual([
      'position_fetch_failed',
      'price_deviation',
      'limit_computation_error',
      'evaluation_error',
      'plan_expired',
    ]);
    expect(retryable(POSITION_REASONS)).toEqual([
      'no_exchange_snapshot',
      'stale_exchange_state',
      'cooldown_in_flight',
      'exchange_unreachable',
      'plan_expired',
      'evaluation_error',
    ]);
    expect(retryable(RESULT_ERRORS)).toEqual([
      'permit_timeout',
      'permit_check_redis_error',
      'plan_expired',
      'in_flight',
      'position_changed',
      'missing_credentials',
      'order_not_found',
      'exchange_unavailable',
    ]);
  });

  it('explain every reason', () => {
    for (const set of [PLAN_REASONS, GOVERNOR_REASONS, POSITION_REASONS, RESULT_ERRORS])
      for (const { meaning } of Object.values(set)) expect(meaning).toMatch(/\w+ \w+/);
  });

  it.each(['toString', '__proto__', 'constructor', '', 'no_such_reason'])('do not take %j for a reason', (text) => {
    expect(isGovernorReason(text)).toBe(false);
    expect(isPositionReason(text)).toBe(false);
  });

  it('know their own members, and only theirs', () => {
    expect(isGovernorReason('burst_limit_exceeded')).toBe(true);
    expect(isGovernorReason('no_position')).toBe(false);
    expect(isPositionReason('no_position')).toBe(true);
    expect(isPositionReason('burst_limit_exceeded')).toBe(false);
  });
});

describe('whether another attempt may follow', () => {
  it.each<[ResultError, string, boolean]>([
    ['', '', false],
    ['', 'stale_exchange_state', false],
    ['', 'position_fetch_failed', false],
    ['permit_timeout', 'missing: Governor', true],
    ['permit_check_redis_error', '', true],
    ['order_outcome_unknown', '', false],
    ['order_not_found', '', true],
    ['order_rejected', '', false],
    ['exchange_unavailable', '', true],
    ['kill_switch_active', '', false],
    ['symbol_suspended', '', false],
    ['p33_denied', 'symbol_suspended', false],
    ['permit_invalid', '', false],
    ['p33_denied', 'stale_exchange_state', true],
    ['p33_denied', 'cooldown_in_flight', true],
    ['p33_denied', 'no_position', false],
    ['p33_denied', 'position_fetch_failed', false],
    ['p33_denied', 'words of a foreign issuer', false],
    ['governor_denied', 'position_fetch_failed', true],
    ['governor_denied', 'burst_limit_exceeded', false],
    ['governor_denied', 'stale_exchange_state', false],
    ['governor_denied', '', false],
  ])('after %j because of %j: %s', (error, reason, expected) => expect(isRetryable(error, reason)).toBe(expected));
});
