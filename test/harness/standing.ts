import type { TargetAtClaim } from '../../src/redis/stores/claim.js';
import type { StandingOfPlan } from '../../src/redis/stores/journal-requests.js';

/** The standing proposal of a plan that a test writes by itself: taken up by nobody yet. */
export const NOT_TAKEN_UP: StandingOfPlan = {
  identity: 'test',
  continuation: 0,
  continues: '',
  repeats: undefined,
  persist: false,
  episode: 0,
  startsEpisode: false,
  expected: '',
  takenUp: '',
};

/** The target of a claim that a test makes by itself. */
export const NO_TARGET: TargetAtClaim = { identity: 'test', expected: '', takenUp: '', left: '', smallest: '' };
