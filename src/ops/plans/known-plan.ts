import { parsePlanId } from '../../flow/0-primitives.js';
import type { PlanRecord, PlanRecords } from '../../redis/stores/plan-records.js';
import { problem } from '../problem/problem.js';

/** The plan that the path names. Throws 404 when there is none. */
export async function knownPlan(records: PlanRecords, given: string): Promise<PlanRecord> {
  const planId = parsePlanId(given);
  const record = planId === undefined ? undefined : await records.find(planId);
  if (record !== undefined) return record;
  throw planUnknown(given);
}

export function planUnknown(given: string): Error {
  return problem(
    404,
    'plan-unknown',
    'There is no such plan',
    `No plan ${JSON.stringify(given.slice(0, 64))} is known; ended plans are kept for 7 days. GET /api/v1/plans lists the plans.`,
  );
}
