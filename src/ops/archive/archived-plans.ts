import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { ISSUERS } from '../../flow/3-permit.js';
import { recordOfEntries } from '../../redis/stores/foreign-plans.js';
import type { PlanRecord } from '../../redis/stores/plan-records.js';
import type { VerdictEvent } from '../../redis/streams/verdict-counts.js';
import type { ArchivedPlan, ArchiveReader, DenialCount, PlanRange } from './archive-reader.js';
import { type ArchivedEntry, LAST_MS } from './archived-entry.js';
import { FileReader } from './file-reader.js';
import { PostgresReader } from './postgres-reader.js';

/** Plans that Redis has no longer, from the archive of this deployment. */
@Injectable()
export class ArchivedPlans implements OnApplicationShutdown {
  readonly #reader: ArchiveReader | undefined;

  constructor({ archiveTo, archiveDir = '', archivePostgresUrl = '', redisKeyPrefix }: Environment) {
    if (archiveTo === 'files') this.#reader = new FileReader(archiveDir);
    if (archiveTo === 'postgres') this.#reader = new PostgresReader(archivePostgresUrl, redisKeyPrefix);
  }

  get isOn(): boolean {
    return this.#reader !== undefined;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#reader?.close();
  }

  /** Newest first. Throws `ArchiveUnavailable`. */
  async page(range: PlanRange): Promise<PlanRecord[]> {
    const { publishedMs, planId } = range.after;
    const after = { publishedMs: Math.min(publishedMs, LAST_MS), planId };
    return ((await this.#reader?.plans({ ...range, after })) ?? []).map(recordOf);
  }

  /** What the archive knows of one plan; `undefined` for nothing. Throws `ArchiveUnavailable`. */
  async find(
    planId: string,
  ): Promise<{ readonly record: PlanRecord; readonly verdicts: readonly VerdictEvent[] } | undefined> {
    const entries = (await this.#reader?.plan(planId)) ?? [];
    const plan = entries.findLast(({ kind }) => kind === 'plan');
    if (plan === undefined) return undefined;
    const result = entries.findLast(({ kind, attempt }) => kind === 'result' && attempt === plan.attempt);
    const verdicts = entries.filter(({ kind }) => kind === 'verdict').flatMap(verdictOf);
    return { record: recordOf({ plan, result }), verdicts };
  }

  /** `undefined` without an archive. Throws `ArchiveUnavailable`. */
  async denials(fromMs: number, untilMs: number): Promise<readonly DenialCount[] | undefined> {
    return this.#reader?.denials(fromMs, untilMs);
  }
}

const recordOf = ({ plan, result }: ArchivedPlan): PlanRecord =>
  recordOfEntries(plan.planId, { plan, result }, Number.MAX_SAFE_INTEGER);

function verdictOf({ fields, attempt, atMs }: ArchivedEntry): VerdictEvent[] {
  const issuer = ISSUERS.find((known) => known === fields['issuer']);
  return issuer === undefined ? [] : [{ issuer, attempt, atMs, bytes: fields['permit'] ?? '' }];
}
