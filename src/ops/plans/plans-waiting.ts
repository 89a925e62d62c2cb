import { Injectable } from '@nestjs/common';
import { GROUP_OF_ROLE } from '../../redis/keys/groups.js';
import { Leases, type Said } from '../../redis/stores/leases.js';
import { RedisTime } from '../system/redis-time.js';
import type { PlanWaitingAnswer, PlansWaitingAnswer } from './plan.dto.js';

/** A process says it with each renewal of its lease, every 3 s; what an older word says is over. */
const SAID_WITHIN_MS = 10_000;

/** What waits for capacity in the processes of Apply, as each of them said last. */
@Injectable()
export class PlansWaiting {
  constructor(
    private readonly leases: Leases,
    private readonly time: RedisTime,
  ) {}

  async read(): Promise<PlansWaitingAnswer> {
    const [nowMs, said] = await Promise.all([this.time.nowMs(), this.leases.said(GROUP_OF_ROLE.apply)]);
    const found = [...said].map(([instance, each]) => waitingOf(instance, each, nowMs));
    const plans = found.flatMap((each) => each.plans).toSorted((a, b) => b.kill_score - a.kill_score);
    return { count: found.reduce((sum, each) => sum + each.count, 0), plans };
  }
}

function waitingOf(instance: string, { atMs, about }: Said, nowMs: number): PlansWaitingAnswer {
  const said = about['waiting_for_capacity'];
  if (nowMs - atMs > SAID_WITHIN_MS || typeof said !== 'object' || said === null) return { count: 0, plans: [] };
  const { count, first } = said as { readonly count?: unknown; readonly first?: unknown };
  const plans = Array.isArray(first) ? first.flatMap((each: unknown) => planOf(instance, each)) : [];
  return { count: typeof count === 'number' ? count : plans.length, plans };
}

/** Another version may say it in another way: that is left out. */
function planOf(instance: string, said: unknown): PlanWaitingAnswer[] {
  if (typeof said !== 'object' || said === null) return [];
  const { plan_id, symbol, action, kill_score, waiting_ms } = said as Readonly<Record<string, unknown>>;
  if (typeof plan_id !== 'string' || typeof symbol !== 'string' || typeof action !== 'string') return [];
  return [{ plan_id, symbol, action, kill_score: Number(kill_score), waiting_ms: Number(waiting_ms), instance }];
}
