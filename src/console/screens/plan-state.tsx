import type { JSX } from 'preact';
import type { PlanStateWord } from '../../client/api.js';
import { Badge, type Tone } from '../parts/bits.js';

/** Every state of the document, in the order of the filter. */
const TONES: Readonly<Record<PlanStateWord, Tone>> = {
  PUBLISHED: 'plain',
  WAITING: 'plain',
  WAITING_APPROVAL: 'plain',
  CLAIMED: 'plain',
  UNKNOWN: 'bad',
  FILLED: 'good',
  PARTLY_FILLED: 'good',
  PLACED: 'good',
  REJECTED: 'bad',
  BLOCKED: 'warn',
  SKIPPED: 'plain',
  EXPIRED: 'warn',
  NOT_FOUND: 'warn',
};
export const PLAN_STATES = Object.keys(TONES) as readonly PlanStateWord[];
export const isPlanState = (word: string): word is PlanStateWord => Object.hasOwn(TONES, word);

export function PlanState({ state }: { state: string }): JSX.Element {
  return <Badge tone={isPlanState(state) ? TONES[state] : 'plain'}>{state}</Badge>;
}
