/** One reading of the exchange's time, between two readings of this process's monotonic clock (ms). */
export interface TimeSample {
  readonly askedMs: number;
  readonly answeredMs: number;
  /** What the exchange said, epoch ms. */
  readonly exchangeTimeMs: number;
}

interface Anchor {
  readonly monotonicMs: number;
  readonly exchangeTimeMs: number;
  readonly uncertaintyMs: number;
}

/** The drift of ordinary oscillators: the uncertainty of an estimate grows by it with age. */
const DRIFT = 1e-4;

/**
 * The exchange's time, continued by the monotonic clock. The host's wall clock may be an hour off or be set while we run; it
 * does not affect any signature.
 */
export class ExchangeClock {
  private anchor: Anchor | undefined;

  constructor(
    private readonly monotonicMs: () => number = () => performance.now(),
    private readonly hostMs: () => number = () => Date.now(),
  ) {}

  get isSet(): boolean {
    return this.anchor !== undefined;
  }

  /** Exchange's time, epoch ms; the host's time before the first sample. */
  nowMs(): number {
    return this.anchor === undefined
      ? this.hostMs()
      : this.anchor.exchangeTimeMs + this.monotonicMs() - this.anchor.monotonicMs;
  }

  /** Exchange time minus host time and how far off it may be; without a sample 0 and infinity. */
  offset(): { readonly offsetMs: number; readonly uncertaintyMs: number } {
    return { offsetMs: this.nowMs() - this.hostMs(), uncertaintyMs: this.uncertaintyNow() };
  }

  /** Uses the best of several fresh samples, and drops the old estimate. */
  set(samples: readonly TimeSample[]): void {
    const best = samples.map(anchorOf).toSorted((a, b) => a.uncertaintyMs - b.uncertaintyMs)[0];
    if (best === undefined) throw new RangeError('a clock cannot be set without a sample');
    this.anchor = best;
  }

  /** Uses one more sample if it is more exact than the estimate, or contradicts it. */
  refine(sample: TimeSample): void {
    const fresh = anchorOf(sample);
    const uncertaintyMs = this.uncertaintyNow();
    const difference = Math.abs(fresh.exchangeTimeMs + this.monotonicMs() - fresh.monotonicMs - this.nowMs());
    const contradicts = difference > uncertaintyMs + fresh.uncertaintyMs;
    if (this.anchor === undefined || fresh.uncertaintyMs <= uncertaintyMs || contradicts) this.anchor = fresh;
  }

  private uncertaintyNow(): number {
    if (this.anchor === undefined) return Number.POSITIVE_INFINITY;
    return this.anchor.uncertaintyMs + (this.monotonicMs() - this.anchor.monotonicMs) * DRIFT;
  }
}

/** The exchange read its clock between request and answer: the estimate is the middle, plus or minus half the round trip. */
function anchorOf({ askedMs, answeredMs, exchangeTimeMs }: TimeSample): Anchor {
  return { monotonicMs: (askedMs + answeredMs) / 2, exchangeTimeMs, uncertaintyMs: (answeredMs - askedMs) / 2 + 1 };
}
