import type { ApiSchema } from '../../client/api.js';
import { answer, gate } from './gate.js';

export type Plan = ApiSchema<'PlanSummaryAnswer'>;

/** Where the list of one state goes on. The interface filters by one state, so several states are several lists. */
interface Place {
  /** `''`: every state. */
  readonly state: string;
  readonly cursor: string;
}

export interface PlanPage {
  readonly plans: readonly Plan[];
  readonly next: readonly Place[];
  /** Of the lists that go on, the newest end: what is older may have a plan before it that was not read yet. */
  readonly completeFromMs: number;
}

export const firstPage = (states: readonly string[]): readonly Place[] =>
  (states.length === 0 ? [''] : states).map((state) => ({ state, cursor: '' }));

export async function planPage(symbol: string, places: readonly Place[], limit: number): Promise<PlanPage> {
  const lists = await Promise.all(
    places.map(async ({ state, cursor }) => {
      const query = {
        limit,
        ...(symbol === '' ? {} : { symbol }),
        ...(state === '' ? {} : { state: [state as 'FILLED'] }),
        ...(cursor === '' ? {} : { cursor }),
      };
      return { state, ...(await answer(gate.GET('/api/v1/plans', { params: { query } }))) };
    }),
  );
  const going = lists.filter((list) => list.next_cursor !== null);
  return {
    plans: lists.flatMap(({ plans }) => plans),
    next: going.map(({ state, next_cursor: cursor }) => ({ state, cursor: cursor ?? '' })),
    completeFromMs: Math.max(0, ...going.map(({ plans }) => plans.at(-1)?.published_ms ?? 0)),
  };
}

/** All pages as one list, newest first, without the end that has holes. */
export function mergedPlans(pages: readonly PlanPage[]): readonly Plan[] {
  const fromMs = pages.at(-1)?.completeFromMs ?? 0;
  const found = new Map(pages.flatMap(({ plans }) => plans).map((plan) => [plan.plan_id, plan]));
  return [...found.values()]
    .filter(({ published_ms: atMs }) => atMs >= fromMs)
    .toSorted((left, right) => right.published_ms - left.published_ms);
}
