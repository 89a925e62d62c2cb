import { Injectable } from '@nestjs/common';
import { ArchiveUnavailable } from '../archive/archived-entry.js';
import { ArchivedPlans } from '../archive/archived-plans.js';
import { ForeignPlans } from '../../redis/stores/foreign-plans.js';
import { type PlanRecord, PlanRecords } from '../../redis/stores/plan-records.js';

const BATCH = 200;
/** How many plans one page reads; with a narrow filter the page may be short, and its cursor continues. */
const MAX_LOOKED_AT = 5_000;
/** Records of plans are kept for as long after their result. */
const IN_REDIS_MS = 7 * 86_400_000;
const CURSOR = /^(\d{1,16}):(.{1,64})$/;

export interface PlanFilter {
  readonly symbol: string | undefined;
  /** Any of these; `undefined` for all. */
  readonly states: ReadonlySet<string> | undefined;
  /** When the newest attempt was published: from, and up to and including; epoch ms. */
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  /** Leaves out what repeats a newer refusal. */
  readonly foldsRepeats: boolean;
}

/** The last plan that was read: the next page begins after it. */
interface Place {
  readonly publishedMs: number;
  readonly planId: string;
}

export interface ListedPlan {
  readonly record: PlanRecord;
  /** Redis has it no longer. */
  readonly isArchived: boolean;
}

export interface PlanPage {
  readonly plans: readonly ListedPlan[];
  /** How many repeats were left out. */
  readonly leftOut: number;
  readonly nextCursor: string | undefined;
  /** Why the archive could not be read; `undefined` where it was, or was not needed. */
  readonly archiveFault: string | undefined;
}

/**
 * The list of plans, newest first: ours, and those of another implementation of Apply. With a `since` it goes on in the archive where Redis
 * ends: at its oldest plan, or 7 days ago, when plans begin to leave it.
 */
@Injectable()
export class PlanList {
  constructor(
    private readonly records: PlanRecords,
    private readonly foreign: ForeignPlans,
    private readonly archive: ArchivedPlans,
  ) {}

  static isCursor(text: unknown): boolean {
    return typeof text === 'string' && CURSOR.test(text);
  }

  async page(filter: PlanFilter, limit: number, cursor: string | undefined): Promise<PlanPage> {
    const found: ListedPlan[] = [];
    const repeats = new Repeats();
    let place = firstPlace(cursor, filter.untilMs);
    const pageTo = (nextCursor: string | undefined, archiveFault?: string): PlanPage => ({
      plans: found,
      leftOut: repeats.leftOut,
      nextCursor,
      archiveFault,
    });
    const { sinceMs, symbol } = filter;
    const reach = this.archive.isOn && sinceMs !== undefined ? Date.now() - IN_REDIS_MS : undefined;
    let isArchived = false;
    const foreign = await this.foreign.newest(place.publishedMs + 1);
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; lookedAt += BATCH) {
      let batch: readonly PlanRecord[];
      try {
        batch =
          isArchived && sinceMs !== undefined
            ? await this.archive.page({ symbol, sinceMs, after: place, limit: BATCH })
            : (await this.#merged(place, foreign)).filter((each) => each.publishedMs >= (reach ?? 0));
      } catch (error) {
        if (error instanceof ArchiveUnavailable) return pageTo(undefined, error.message);
        throw error;
      }
      for (const record of batch) {
        if (filter.sinceMs !== undefined && record.publishedMs < filter.sinceMs) return pageTo(undefined);
        const isLeftOut = !fits(record, filter) || (filter.foldsRepeats && repeats.has(record));
        if (!isLeftOut && found.length === limit) return pageTo(cursorOf(place));
        place = { publishedMs: record.publishedMs, planId: record.planId };
        if (!isLeftOut) found.push({ record, isArchived });
      }
      if (batch.length > 0) continue;
      if (isArchived || reach === undefined) return pageTo(undefined);
      isArchived = true;
    }
    return pageTo(cursorOf(place));
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

function fits(record: PlanRecord, { symbol, states }: PlanFilter): boolean {
  return (symbol === undefined || record.symbol === symbol) && (states === undefined || states.has(record.state));
}

/** A cursor goes on after what it names; the end of the asked time may be later than that, never earlier. */
function firstPlace(cursor: string | undefined, untilMs: number | undefined): Place {
  const [, ms, planId] = CURSOR.exec(cursor ?? '') ?? [];
  const newest = { publishedMs: Math.min(untilMs ?? Infinity, Number.MAX_SAFE_INTEGER - 2) + 1, planId: '' };
  if (ms === undefined || planId === undefined) return newest;
  const named = { publishedMs: Number(ms), planId };
  return follows(named, newest) ? named : newest;
}

function cursorOf({ publishedMs, planId }: Place): string {
  return `${publishedMs}:${planId}`;
}

/** A standing proposal is refused every few seconds, each time as a plan of its own. */
class Repeats {
  leftOut = 0;
  /** What was refused of each symbol, since its last plan that was not refused. */
  readonly #seen = new Map<string, Set<string>>();

  /** Whether a newer plan of the symbol was refused in the same words. Takes the plans newest first. */
  has({ symbol, action, state, clientOrderId, plan, result }: PlanRecord): boolean {
    const isRefused = (state === 'SKIPPED' || state === 'BLOCKED') && clientOrderId === '';
    if (!isRefused) {
      this.#seen.delete(symbol);
      return false;
    }
    const words = JSON.stringify([action, state, plan['reason_codes'], result?.['error'], result?.['reason']]);
    const seen = this.#seen.get(symbol) ?? new Set();
    this.#seen.set(symbol, seen);
    if (seen.has(words)) {
      this.leftOut += 1;
      return true;
    }
    seen.add(words);
    return false;
  }
}
