import { expect, it } from 'vitest';
import type { ApiSchema } from '../../client/api.js';
import { knownFrom, stopsOf } from './stopped.js';

const instance = (name: string, fields: Partial<ApiSchema<'InstanceAnswer'>> = {}): ApiSchema<'InstanceAnswer'> =>
  ({
    role: 'apply',
    instance: name,
    state: 'ready',
    ours: true,
    seen_ms: 1_000,
    ...fields,
  }) as ApiSchema<'InstanceAnswer'>;
const FLEET = [
  instance('gate-0'),
  instance('gate-1'),
  instance('gate-2', { state: 'ended' }),
  instance('gate-0', { role: 'governor' }),
  instance('guide-apply', { ours: false }),
];
const states = (known: Parameters<typeof stopsOf>[1], fleet = FLEET): Record<string, string> =>
  Object.fromEntries(stopsOf(fleet, known).map(({ instance: name, state }) => [name, state]));

it('is certain of no process while nothing has answered', () => {
  expect(states({ stored: undefined })).toEqual({ 'gate-0': 'unknown', 'gate-1': 'unknown', 'guide-apply': 'foreign' });
});

it('is certain of every process of ours once Redis has the stop, and never of another service', () => {
  expect(states({ stored: true })).toEqual({ 'gate-0': 'stopped', 'gate-1': 'stopped', 'guide-apply': 'foreign' });
});

it('is certain of the one that answered alone while Redis does not have the stop', () => {
  const known = knownFrom({
    stored: false,
    stopped_here: true,
    process: 'gate-0',
    may_still_trade: [{ instance: 'gate-1', role: 'apply', last_seen_ms: 5 }],
  });
  expect(states(known)).toEqual({ 'gate-0': 'stopped', 'gate-1': 'may_trade', 'guide-apply': 'foreign' });
  expect(states(known, [])).toEqual({ 'gate-0': 'stopped', 'gate-1': 'may_trade' });
});

it('takes nothing for certain from an answer that says nothing', () => {
  expect(states(knownFrom({ stored: 'yes', stopped_here: 'yes', may_still_trade: [null, {}, 'gate-1'] }))).toEqual(
    states({ stored: undefined }),
  );
});
