import { expect, it } from 'vitest';
import { firstPage, mergedPlans, type Plan, type PlanPage } from './plan-pages.js';

const plan = (id: string, publishedMs: number): Plan => ({ plan_id: id, published_ms: publishedMs }) as Plan;

it('asks for each state by itself, and once where none is chosen', () => {
  expect(firstPage([])).toEqual([{ state: '', cursor: '' }]);
  expect(firstPage(['FILLED', 'BLOCKED']).map(({ state }) => state)).toEqual(['FILLED', 'BLOCKED']);
});

it('shows the lists of several states as one, as far back as none of them has a hole', () => {
  const pages: PlanPage[] = [
    { plans: [plan('a', 9), plan('b', 3), plan('c', 8), plan('d', 7)], next: [], completeFromMs: 7 },
  ];
  expect(mergedPlans(pages).map(({ plan_id: id }) => id)).toEqual(['a', 'c', 'd']);
  pages.push({ plans: [plan('e', 5)], next: [], completeFromMs: 0 });
  expect(mergedPlans(pages).map(({ plan_id: id }) => id)).toEqual(['a', 'c', 'd', 'e', 'b']);
});
