/**
 * Where bans are kept. All processes behind one address share them, so a deployment passes a shared store. Times
 * are durations, not points in time: the clocks of hosts may differ, and an expiring key counts down for all.
 */
export interface BanStore {
  /** Milliseconds until calls are allowed again; 0 when they are allowed. */
  remainingMs(): Promise<number> | number;
  /** Forbids calls for at least this long; never shortens a longer ban. */
  report(forMs: number): Promise<void> | void;
}

/** Bans of this process alone. */
export class MemoryBanStore implements BanStore {
  private until = 0;

  constructor(private readonly monotonicMs: () => number = () => performance.now()) {}

  remainingMs(): number {
    return Math.max(0, this.until - this.monotonicMs());
  }

  report(forMs: number): void {
    this.until = Math.max(this.until, this.monotonicMs() + forMs);
  }
}
