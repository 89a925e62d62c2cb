import type { ArchivedEntry } from './archived-entry.js';

/** The newest entry of a plan, and the result of that attempt where there is one. */
export interface ArchivedPlan {
  readonly plan: ArchivedEntry;
  readonly result: ArchivedEntry | undefined;
}

/** Plans of one millisecond follow one another by descending id, as in Redis. */
export interface PlanRange {
  readonly symbol: string | undefined;
  readonly sinceMs: number;
  /** Those that come after this one. */
  readonly after: { readonly publishedMs: number; readonly planId: string };
  readonly limit: number;
}

/** How often attempts ended in the same words. */
export interface DenialCount {
  readonly symbol: string;
  readonly error: string;
  readonly reason: string;
  readonly count: number;
}

/** What the archive knows. Everything throws `ArchiveUnavailable`. */
export interface ArchiveReader {
  /** Newest first; a plan that was published several times is there once, as of its newest attempt. */
  plans(range: PlanRange): Promise<readonly ArchivedPlan[]>;
  /** Every entry of one plan, oldest first; none where it is not known. */
  plan(planId: string): Promise<readonly ArchivedEntry[]>;
  /** What was not executed between two times, the second excluded. */
  denials(fromMs: number, untilMs: number): Promise<readonly DenialCount[]>;
  close(): Promise<void>;
}
