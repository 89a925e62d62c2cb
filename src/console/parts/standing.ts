import type { ApiSchema } from '../../client/api.js';

type Blocker = ApiSchema<'PositionAnswer'>['blockers'][number];

/** Nothing is in the way; nothing is asked for, or there is no position; something is in the way. */
export type Standing = 'free' | 'idle' | 'blocked';

/** With these alone nothing is wrong. */
const NOTHING_TO_DO: ReadonlySet<Blocker['reason']> = new Set<Blocker['reason']>([
  'no_position',
  'proposal_missing',
  'proposal_stale',
  'proposal_done',
]);

export function standingOf(blockers: readonly Pick<Blocker, 'reason'>[]): Standing {
  if (blockers.length === 0) return 'free';
  return blockers.every(({ reason }) => NOTHING_TO_DO.has(reason)) ? 'idle' : 'blocked';
}
