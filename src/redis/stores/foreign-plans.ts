import { Inject, Injectable } from '@nestjs/common';
import { type Fields, parsePlanId } from '../../flow/0-primitives.js';
import { namesOrder, parseResult } from '../../flow/5-result.js';
import type { Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { entryTimeMs, LARGEST_ENTRY_BYTES, readEntries, type StreamEntry } from '../streams/stream-entry.js';
import type { PlanRecord } from './plan-records.js';

const PAGE = 1_000;
/** The oldest are forgotten beyond this. */
const MOST_KEPT = 10_000;
/** Without a result after this time nobody will report one: its window, and its order's time, are over. */
const OVER_AFTER_MS = 30_000;

/** What another implementation of Apply said of one plan. Either part may be missing: trimmed, or never written. */
interface Said {
  plan: StreamEntry | undefined;
  result: StreamEntry | undefined;
}

/** No journal of ours says any of this. */
const NOT_KEPT = {
  attempt: 0,
  mode: '',
  owner: '',
  clockStepsMs: undefined,
  freshUntilMs: 0,
  claimedMs: undefined,
  acceptUntilMs: undefined,
  unknownMs: undefined,
  answeredMs: undefined,
  retryAtMs: undefined,
  claimToken: '',
  clientOrderId: '',
  side: '',
  quantity: '',
  proposal: '',
  generation: '',
  continuation: 0,
  identity: '',
  takenUp: '',
  left: '',
  smallest: '',
  repeats: '',
  repeatedBy: '',
  resends: 0,
  firstClaimedMs: undefined,
} as const satisfies Partial<PlanRecord>;

/**
 * Plans that another implementation of Apply published or carried out, from the streams. They have no journal. A look reads what was
 * appended since the last one, so the first looks at the whole of both streams.
 */
@Injectable()
export class ForeignPlans {
  readonly #said = new Map<string, Said>();
  #plansAfter = '0-0';
  #resultsAfter = '0-0';
  #nowMs = 0;
  #looking: Promise<void> | undefined;

  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async find(planId: string): Promise<PlanRecord | undefined> {
    await this.#look();
    const said = this.#said.get(planId);
    return said === undefined ? undefined : recordOfEntries(planId, said, this.#nowMs);
  }

  /** All that were published before `beforeMs`, newest first; of one millisecond, by descending id. */
  async newest(beforeMs: number): Promise<PlanRecord[]> {
    await this.#look();
    return [...this.#said]
      .map(([planId, said]) => recordOfEntries(planId, said, this.#nowMs))
      .filter(({ publishedMs }) => publishedMs < beforeMs)
      .toSorted((a, b) => b.publishedMs - a.publishedMs || (a.planId < b.planId ? 1 : -1));
  }

  #look(): Promise<void> {
    this.#looking ??= this.#readOn().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #readOn(): Promise<void> {
    const { keys } = this;
    const streams = { planStream: keys.planStream(), resultStream: keys.resultStream() };
    for (;;) {
      const args = { plansAfter: this.#plansAfter, resultsAfter: this.#resultsAfter, count: PAGE };
      const { values } = await this.runner.run('read_foreign_entries', streams, {
        ...args,
        mostBytes: LARGEST_ENTRY_BYTES,
      });
      const [nowMs, plans, lastPlan, results, lastResult] = values;
      this.#nowMs = Number(nowMs);
      for (const entry of entriesOf(plans)) this.#published(entry);
      for (const entry of entriesOf(results)) this.#ended(entry);
      if (lastPlan === '' && lastResult === '') return;
      this.#plansAfter = String(lastPlan) || this.#plansAfter;
      this.#resultsAfter = String(lastResult) || this.#resultsAfter;
    }
  }

  /** The same plan is published again at each poll of its proposal, as one that is skipped. */
  #published(entry: StreamEntry): void {
    const said = this.#of(entry);
    if (said !== undefined) said.plan ??= entry;
  }

  /** A skipped repetition has a result too; it is not that of the plan that was to be executed. */
  #ended(entry: StreamEntry): void {
    const { plan, result } = this.#said.get(entry.fields['plan_id'] ?? '') ?? {};
    const isRepetition = entry.fields['decision'] === 'SKIP' && (entry.fields['error'] ?? '') === '';
    if (isRepetition && (result !== undefined || plan?.fields['decision'] === 'EXECUTE')) return;
    const said = this.#of(entry);
    if (said !== undefined && said.result?.fields['executed'] !== 'True') said.result = entry;
  }

  #of({ fields }: StreamEntry): Said | undefined {
    const planId = parsePlanId(fields['plan_id']);
    if (planId === undefined) return undefined;
    const known = this.#said.get(planId) ?? { plan: undefined, result: undefined };
    this.#said.set(planId, known);
    const oldest = this.#said.keys().next();
    if (this.#said.size > MOST_KEPT && oldest.done !== true) this.#said.delete(oldest.value);
    return known;
  }
}

const entriesOf = (raw: unknown): readonly StreamEntry[] =>
  readEntries(raw as Parameters<typeof readEntries>[0]).entries;

/** Of a plan without a journal: what its entries say. */
export function recordOfEntries(planId: string, { plan, result }: Said, nowMs: number): PlanRecord {
  const first = plan ?? result;
  const publishedMs = first === undefined ? 0 : entryTimeMs(first.id);
  // Only ours say these: of a plan whose journal is over.
  const { mode = '', attempt = '0' } = plan?.fields ?? {};
  const said = result?.fields['state'] ?? '';
  return {
    ...NOT_KEPT,
    mode,
    attempt: Number(attempt) || 0,
    planId,
    symbol: first?.fields['symbol'] ?? '',
    action: plan?.fields['action'] ?? '',
    state: said === '' ? stateOf(plan?.fields, result?.fields, nowMs - publishedMs) : said,
    entryId: plan?.id ?? '',
    publishedMs,
    deadlineMs: 0,
    endedMs: result === undefined ? undefined : entryTimeMs(result.id),
    plan: plan?.fields ?? {},
    result: result?.fields,
  };
}

/** Of a plan with a permit alone, before its entry or long after. */
export function recordOfPermit(planId: string, symbol: string): PlanRecord {
  return { ...recordOfEntries(planId, { plan: undefined, result: undefined }, 0), symbol, state: 'UNKNOWN' };
}

const REFUSED: Readonly<Record<string, string>> = { SKIP: 'SKIPPED', BLOCKED: 'BLOCKED', ERROR: 'REJECTED' };

/** In our words. A step that failed says nothing about its order: it may have arrived. */
function stateOf(plan: Fields | undefined, result: Fields | undefined, ageMs: number): string {
  if (result === undefined) {
    const refused = REFUSED[plan?.['decision'] ?? ''];
    return refused ?? (ageMs < OVER_AFTER_MS ? 'WAITING' : 'UNKNOWN');
  }
  const reading = parseResult(result);
  if (!reading.ok) return 'UNKNOWN';
  if (!reading.executed) return REFUSED[result['decision'] ?? ''] ?? 'BLOCKED';
  return namesOrder(reading) ? 'FILLED' : 'UNKNOWN';
}
