import { Injectable } from '@nestjs/common';
import { ForeignPlans } from '../../redis/stores/foreign-plans.js';
import { type PlanRecord, PlanRecords } from '../../redis/stores/plan-records.js';

const BATCH = 200;
/** How many plans one page reads; with a narrow filter the page may be short, and its cursor continues. */
const MAX_LOOKED_AT = 5_000;
const CURSOR = /^(\d{1,16}):(.{1,64})$/;

export interface PlanFilter {
  readonly symbol: string | undefined;
  readonly state: string | undefined;
}

/** The last plan that was read: the next page begins after it. */
interface Place {
  readonly publishedMs: number;
  readonly planId: string;
}

export interface PlanPage {
  readonly plans: readonly PlanRecord[];
  readonly nextCursor: string | undefined;
}

/** The list of plans, newest first: ours, and those of another implementation of Apply. */
@Injectable()
export class PlanList {
  constructor(
    private readonly records: PlanRecords,
    private readonly foreign: ForeignPlans,
  ) {}

  static isCursor(text: unknown): boolean {
    return typeof text === 'string' && CURSOR.test(text);
  }

  async page(filter: PlanFilter, limit: number, cursor: string | undefined): Promise<PlanPage> {
    const found: PlanRecord[] = [];
    let place = placeOf(cursor);
    const foreign = await this.foreign.newest(place.publishedMs + 1);
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; lookedAt += BATCH) {
      const batch = await this.#merged(place, foreign);
      for (const record of batch) {
        if (found.length === limit) return { plans: found, nextCursor: cursorOf(place) };
        place = { publishedMs: record.publishedMs, planId: record.planId };
        if (fits(record, filter)) found.push(record);
      }
      if (batch.length === 0) return { plans: found, nextCursor: undefined };
    }
    return { plans: found, nextCursor: cursorOf(place) };
  }

  /** The next of both, as far as both are known. A plan with a journal is ours, whoever wrote an entry of it. */
  async #merged(place: Place, foreign: readonly PlanRecord[]): Promise<PlanRecord[]> {
    const own = await this.#after(place);
    const others = foreign.filter((each) => follows(each, place)).slice(0, BATCH);
    if (others.length === 0) return own;
    const ends = [own, others].flatMap((each) => (each.length < BATCH ? [] : each.slice(-1)));
    const journals = await Promise.all(others.map(({ planId }) => this.records.find(planId)));
    return [...own, ...others.filter((_, at) => journals[at] === undefined)]
      .filter((each) => !ends.some((end) => follows(each, end)))
      .toSorted((a, b) => (follows(b, a) ? -1 : 1));
  }

  /** Plans of one millisecond follow one another by descending id, as in the index. */
  async #after(place: Place): Promise<PlanRecord[]> {
    const sameMs = await this.records.newest(place.publishedMs + 1, BATCH);
    const rest = sameMs.filter((each) => follows(each, place));
    return rest.length > 0 ? rest : this.records.newest(place.publishedMs, BATCH);
  }
}

const follows = (each: Place, before: Place): boolean =>
  each.publishedMs < before.publishedMs || (each.publishedMs === before.publishedMs && each.planId < before.planId);

function fits(record: PlanRecord, { symbol, state }: PlanFilter): boolean {
  return (symbol === undefined || record.symbol === symbol) && (state === undefined || record.state === state);
}

function placeOf(cursor: string | undefined): Place {
  const [, ms, planId] = CURSOR.exec(cursor ?? '') ?? [];
  return ms === undefined || planId === undefined
    ? { publishedMs: Number.MAX_SAFE_INTEGER - 1, planId: '' }
    : { publishedMs: Number(ms), planId };
}

function cursorOf({ publishedMs, planId }: Place): string {
  return `${publishedMs}:${planId}`;
}
