import { expect, it } from 'vitest';
import { standingOf } from './standing.js';

it.each([
  ['free', []],
  ['idle', [{ reason: 'proposal_done' }]],
  ['idle', [{ reason: 'no_position' }, { reason: 'proposal_missing' }]],
  ['blocked', [{ reason: 'cooldown' }, { reason: 'proposal_done' }]],
  ['blocked', [{ reason: 'plan_ended' }]],
] as const)('a symbol is %s with %j', (standing, blockers) => {
  expect(standingOf(blockers)).toBe(standing);
});
