import { describe, expect, it } from 'vitest';
import { outcomeOf, verdictOf, verdictsIn, verdictText, type Verdict } from './verdict.js';

const allow = (qty = ''): Verdict => ({ kind: 'allow', qty });
const deny = (reason = 'x'): Verdict => ({ kind: 'deny', reason });

describe('a verdict', () => {
  it.each([
    ['governor', '{"granted":true}', 'allow'],
    ['governor', '{"granted": true, "computed_qty": 0.0}', 'allow'],
    ['governor', '{"granted":true,"computed_qty":0.005}', 'allow 0.005'],
    ['governor', '{"reason":"burst_limit_exceeded","timestamp":1.5}', 'deny burst_limit_exceeded'],
    ['p33', '{"allow":true,"safe_close_qty":7e-3}', 'allow 0.007'],
    [
      'p33',
      '{"allow":false,"reason":"no_position","context":{"exchange_amt":0}}',
      'deny no_position {"exchange_amt":0}',
    ],
    ['p33', '{"allow":"true"}', 'deny no reason given'],
    ['p33', 'no json', 'deny no reason given'],
  ] as const)('of %s in %s is: %s', (issuer, bytes, text) => {
    expect(verdictText(verdictOf(issuer, bytes))).toBe(text);
  });

  it('of both issuers follows from an order that was sent, and from nothing else', () => {
    expect(verdictsIn({ executed: 'True' })).toEqual({ governor: allow(), p33: allow() });
    expect(verdictsIn({ executed: 'False', error: 'p33_permit_denied' })).toEqual({});
  });

  it.each<[Verdict | undefined, Verdict | undefined, string]>([
    [allow(), allow('1'), 'agree'],
    [allow('1'), allow('1'), 'agree'],
    [deny('a'), deny('b'), 'agree'],
    [allow('1'), allow('2'), 'other_quantity'],
    [allow(), deny(), 'different'],
    [deny(), allow(), 'different'],
    [allow(), undefined, 'different'],
    [undefined, allow(), 'not_compared'],
    [undefined, undefined, 'not_compared'],
  ])('%j beside %j: %s', (charge, shadow, outcome) => {
    expect(outcomeOf(charge, shadow)).toBe(outcome);
  });
});
