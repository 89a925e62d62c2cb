/** What is used of a limit in a window of the exchange's clock, counted from the epoch in windows; window -1 for none. */
export interface WindowUse {
  readonly window: number;
  readonly used: number;
}

/** As the exchange's answers count them for the address they come from. */
export interface AddressUse {
  readonly weight: WindowUse;
  readonly orders10Sec: WindowUse;
  readonly orders1Min: WindowUse;
}

/**
 * What the exchange limits by address. All processes behind one address share it, so a deployment passes a shared store. Times
 * are durations, not points in time: the clocks of hosts may differ, and an expiring key counts down for all.
 */
export interface AddressLimitsStore {
  /** Milliseconds until calls are allowed again; 0 when they are allowed. */
  remainingMs(): Promise<number> | number;
  /** Forbids calls for at least this long; never shortens a longer ban. */
  report(forMs: number): Promise<void> | void;
  /** What all behind the address have used, as far as the others report it; `undefined` where nobody shares it. */
  used(): Promise<AddressUse | undefined> | undefined;
  noteUse(use: AddressUse): Promise<void> | void;
}

/** Of this process alone. */
export class OwnAddressLimits implements AddressLimitsStore {
  private until = 0;

  constructor(private readonly monotonicMs: () => number = () => performance.now()) {}

  remainingMs(): number {
    return Math.max(0, this.until - this.monotonicMs());
  }

  report(forMs: number): void {
    this.until = Math.max(this.until, this.monotonicMs() + forMs);
  }

  used(): undefined {
    return undefined;
  }

  noteUse(): void {
    // The counts of this process are in its answers.
  }
}
