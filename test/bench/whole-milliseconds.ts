/**
 * Differences of two times that are each cut to whole milliseconds: a difference of 3 stands for 2 to 4, and for 3 on average. A percentile
 * lies between the values of its neighbours, as that of grouped data does.
 */
export class WholeMilliseconds {
  readonly #values: number[] = [];

  record(ms: number): void {
    this.#values.push(ms);
  }

  summary(): {
    readonly count: number;
    readonly mean: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
  } {
    const sorted = this.#values.toSorted((a, b) => a - b);
    const count = sorted.length;
    const at = (share: number): number => {
      const rank = share * count;
      const value = sorted[Math.min(count - 1, Math.floor(rank))] ?? Number.NaN;
      const below = sorted.filter((each) => each < value).length;
      const same = sorted.filter((each) => each === value).length;
      return Math.max(0, value - 0.5 + (rank - below) / same);
    };
    return {
      count,
      mean: sorted.reduce((sum, each) => sum + each, 0) / count,
      p50: at(0.5),
      p90: at(0.9),
      p99: at(0.99),
    };
  }
}
