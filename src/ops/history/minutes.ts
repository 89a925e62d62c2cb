/** What a process did between two samples of its metrics. */
export interface Minute {
  /** When it was over; epoch ms by the clock of this host. */
  readonly atMs: number;
  /** How many waits fell into each bucket of the histogram; the last is for those beyond every bound. */
  readonly waits: readonly number[];
  /** By issuer and reason; the reason of an allow is `""`. Only what is not 0. */
  readonly verdicts: readonly VerdictCount[];
  readonly closedUsd: number;
  /** Request weight used in the minute before. */
  readonly weight: number;
}

export interface VerdictCount {
  readonly issuer: 'governor' | 'p33';
  readonly reason: string;
  readonly count: number;
}

/** The newest minutes, at most so many: the oldest makes room. */
export class MinuteRing {
  readonly #minutes: Minute[] = [];
  #next = 0;

  constructor(readonly most: number) {}

  get size(): number {
    return this.#minutes.length;
  }

  push(minute: Minute): void {
    this.#minutes[this.#next] = minute;
    this.#next = (this.#next + 1) % this.most;
  }

  /** Those that ended after then, oldest first. */
  since(fromMs: number): Minute[] {
    const inOrder = [...this.#minutes.slice(this.#next), ...this.#minutes.slice(0, this.#next)];
    return inOrder.filter(({ atMs }) => atMs > fromMs);
  }
}

/** The counts of the same issuer and reason together, by both. */
export function countsOf(verdicts: readonly VerdictCount[]): ReadonlyMap<string, VerdictCount> {
  const counts = new Map<string, VerdictCount>();
  for (const { issuer, reason, count } of verdicts) {
    const key = `${issuer} ${reason}`;
    counts.set(key, { issuer, reason, count: count + (counts.get(key)?.count ?? 0) });
  }
  return counts;
}

/** Several minutes as one. */
export interface Sum {
  readonly waits: readonly number[];
  readonly verdicts: readonly VerdictCount[];
  readonly closedUsd: number;
  /** The most of any minute. */
  readonly weight: number;
}

export function sumOf(minutes: readonly Minute[]): Sum {
  const waits: number[] = [];
  for (const minute of minutes) for (const [at, count] of minute.waits.entries()) waits[at] = (waits[at] ?? 0) + count;
  return {
    waits,
    verdicts: [...countsOf(minutes.flatMap(({ verdicts }) => verdicts)).values()].toSorted(
      (left, right) => right.count - left.count,
    ),
    closedUsd: minutes.reduce((sum, { closedUsd }) => sum + closedUsd, 0),
    weight: Math.max(0, ...minutes.map(({ weight }) => weight)),
  };
}

/** Minutes by the step that each ended in, oldest first. A step without a minute is left out: the process did not run, or stood still. */
export function byStep(minutes: readonly Minute[], stepMs: number): ReadonlyMap<number, readonly Minute[]> {
  const steps = new Map<number, Minute[]>();
  for (const minute of minutes) {
    const startMs = Math.floor((minute.atMs - 1) / stepMs) * stepMs;
    const found = steps.get(startMs);
    if (found === undefined) steps.set(startMs, [minute]);
    else found.push(minute);
  }
  return steps;
}

/**
 * The time within which this share of the waits ended, in ms, as exact as the buckets are: evenly spread within each. `undefined` without
 * a wait. One beyond every bound counts as the last bound.
 */
export function percentileMs(
  counts: readonly number[],
  boundsSec: readonly number[],
  share: number,
): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  const wanted = all * share;
  let below = 0;
  for (const [at, bound] of boundsSec.entries()) {
    const count = counts[at] ?? 0;
    if (count > 0 && below + count >= wanted) {
      const from = at === 0 ? 0 : (boundsSec[at - 1] ?? 0);
      return (from + ((bound - from) * (wanted - below)) / count) * 1_000;
    }
    below += count;
  }
  return (boundsSec.at(-1) ?? 0) * 1_000;
}
