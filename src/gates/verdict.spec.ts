import { describe, expect, it } from 'vitest';
import { planWindow } from './plan-window.js';
import { ALLOW, deny, firstDenial } from './verdict.js';

describe('the window of an attempt', () => {
  it.each([
    [999, 1_000, { allow: true }],
    [1_000, 1_000, { allow: false, reason: 'plan_expired', context: { late_by_ms: 0 } }],
    [1_250, 1_000, { allow: false, reason: 'plan_expired', context: { late_by_ms: 250 } }],
    [NaN, 1_000, { allow: false, reason: 'plan_expired', context: { late_by_ms: NaN } }],
    [1_000, NaN, { allow: false, reason: 'plan_expired', context: { late_by_ms: NaN } }],
  ])('at %s of %s [A11]', (nowMs, deadlineMs, verdict) => expect(planWindow({ nowMs, deadlineMs })).toEqual(verdict));

  it('of unknown length is over', () => {
    const nowhere = { nowMs: 1 } as Parameters<typeof planWindow>[0];
    expect(planWindow(nowhere)).toMatchObject({ allow: false, reason: 'plan_expired' });
  });
});

describe('a list of gates', () => {
  const asked: string[] = [];
  const gate = (name: string, allow: boolean) => (input: { readonly value: number }) => {
    asked.push(`${name}:${input.value}`);
    return allow ? ALLOW : deny(name, { value: input.value });
  };

  it('says what the first gate says that denies, and asks no further', () => {
    asked.length = 0;
    const verdict = firstDenial([gate('a', true), gate('b', false), gate('c', false)], { value: 7 });
    expect(verdict).toEqual({ allow: false, reason: 'b', context: { value: 7 } });
    expect(asked).toEqual(['a:7', 'b:7']);
  });

  it('passes when all pass', () =>
    expect(firstDenial([gate('a', true), gate('b', true)], { value: 1 })).toEqual({ allow: true }));

  it('gives an empty context without figures', () =>
    expect(deny('r')).toEqual({ allow: false, reason: 'r', context: {} }));
});
