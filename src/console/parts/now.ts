import { answerAges } from '../api/answer-ages.js';
import { clock } from '../api/server-clock.js';
import { createStore, useStore } from './store.js';

const tick = createStore(Date.now());
setInterval(() => tick.set(Date.now()), 1_000);

/** Of what came at `updatedAt`, looked at once a second. */
export function useAnswerAge(updatedAt: number): number {
  useStore(tick);
  return answerAges.ageMs(updatedAt, Date.now(), performance.now());
}

/** The clock of Redis, once a second: for times that an answer names. */
export const useGateNow = (): number => clock.nowMs(useStore(tick));
