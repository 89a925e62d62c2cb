import { ownerOf } from '../../redis/connection/slot-owner.js';
import { PlanRecords } from '../../redis/stores/plan-records.js';
import type { RedisSession } from '../redis-session.js';
import type { DeploymentWatch, SeenEntry } from './deployment-watch.js';

/** The next attempt of a plan, which a deployment has put on its list. */
export interface DueAttempt {
  readonly attempt: number;
  /** From now on. */
  readonly inMs: number;
  /** In words. */
  readonly when: string;
}

/** How late a deployment may be with an attempt that is due. */
const LATE_MS = 5_000;

/** The attempts of one plan after its first. */
export class PlanAttempts {
  constructor(
    private readonly session: RedisSession,
    private readonly watch: DeploymentWatch,
    private readonly planId: string,
  ) {}

  /** The attempt after one that ends within `withinMs`; `undefined` if it does not end, or ended for good. */
  async after(attempt: number, withinMs: number): Promise<DueAttempt | undefined> {
    const { commands, keys } = this.session;
    const isResult = ({ stream, fields }: SeenEntry): boolean =>
      stream === 'result' && fields['plan_id'] === this.planId && fields['attempt'] === String(attempt);
    if ((await this.watch.first(isResult, withinMs)) === undefined) return undefined;
    if ((await this.#entry(attempt + 1, 0)) !== undefined) return { attempt: attempt + 1, inMs: 0, when: 'follows' };
    const [record, [seconds]] = await Promise.all([
      new PlanRecords(commands, keys).find(this.planId),
      ownerOf(commands, keys.server()).time(),
    ]);
    if (record?.retryAtMs === undefined || record.attempt !== attempt) return undefined;
    const inMs = Math.max(0, record.retryAtMs - Number(seconds) * 1_000);
    return { attempt: attempt + 1, inMs, when: `is due in ${Math.ceil(inMs / 1_000)} s` };
  }

  /** The entry of a due attempt; `undefined` if it does not come, or takes longer than `withinMs`. */
  async published(due: DueAttempt | undefined, withinMs: number): Promise<SeenEntry | undefined> {
    return due === undefined ? undefined : this.#entry(due.attempt, Math.min(due.inMs + LATE_MS, withinMs));
  }

  #entry(attempt: number, withinMs: number): Promise<SeenEntry | undefined> {
    const isNext = ({ stream, fields }: SeenEntry): boolean =>
      stream === 'plan' && fields['plan_id'] === this.planId && fields['attempt'] === String(attempt);
    return this.watch.first(isNext, withinMs);
  }
}
