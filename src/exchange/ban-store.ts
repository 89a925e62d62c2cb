/**
 * Where bans are kept. All processes behind one address share them, so a deployment passes a store they share. Times
 * are durations, not points in time: hosts may disagree about the hour, and an expiring key counts down for all.
 */
export interface BanStore {
  /** Milliseconds until calls are allowed again; 0 when they are. */
  remainingMs(): Promise<number> | number;
  /** Forbids calls for at least this long; never shortens a ban that is longer. */
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
