import { Injectable } from '@nestjs/common';
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
  readonly ms: number;
  readonly planId: string;
}

export interface PlanPage {
  readonly plans: readonly PlanRecord[];
  readonly nextCursor: string | undefined;
}

/** The list of plans, newest first. */
@Injectable()
export class PlanList {
  constructor(private readonly records: PlanRecords) {}

  static isCursor(text: unknown): boolean {
    return typeof text === 'string' && CURSOR.test(text);
  }

  async page(filter: PlanFilter, limit: number, cursor: string | undefined): Promise<PlanPage> {
    const found: PlanRecord[] = [];
    let place = placeOf(cursor);
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; lookedAt += BATCH) {
      const batch = await this.#after(place);
      for (const record of batch) {
        if (found.length === limit) return { plans: found, nextCursor: cursorOf(place) };
        place = { ms: record.publishedMs, planId: record.planId };
        if (fits(record, filter)) found.push(record);
      }
      if (batch.length === 0) return { plans: found, nextCursor: undefined };
    }
    return { plans: found, nextCursor: cursorOf(place) };
  }

  /** Plans of one millisecond follow one another by descending id, as in the index. */
  async #after(place: Place): Promise<PlanRecord[]> {
    const sameMs = await this.records.newest(place.ms + 1, BATCH);
    const rest = sameMs.filter(({ publishedMs, planId }) => publishedMs < place.ms || planId < place.planId);
    return rest.length > 0 ? rest : this.records.newest(place.ms, BATCH);
  }
}

function fits(record: PlanRecord, { symbol, state }: PlanFilter): boolean {
  return (symbol === undefined || record.symbol === symbol) && (state === undefined || record.state === state);
}

function placeOf(cursor: string | undefined): Place {
  const [, ms, planId] = CURSOR.exec(cursor ?? '') ?? [];
  return ms === undefined || planId === undefined
    ? { ms: Number.MAX_SAFE_INTEGER - 1, planId: '' }
    : { ms: Number(ms), planId };
}

function cursorOf({ ms, planId }: Place): string {
  return `${ms}:${planId}`;
}
