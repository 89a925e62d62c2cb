import { Injectable, Optional } from '@nestjs/common';

/** The maximum drift between ordinary clocks; the estimate ages at this rate. */
const DRIFT = 1e-4;
/** If every reply was later than the estimate for this long, the earliest of them counts: the clock may have been set back. */
const BELIEVED_FOR_MS = 10_000;

/**
 * Estimates Redis' clock between round trips. Every script reply with a time updates the estimate; the host's monotonic clock advances
 * it in between. The host's wall clock is never used. A delayed reply carries less information, so the estimate follows the earliest
 * replies. It is behind Redis' clock by the latency of a quick reply, and ahead of it only after that clock was set back, for at most
 * twenty seconds.
 */
@Injectable()
export class RedisClock {
  #offsetMs: number | undefined;
  #agreedMs = 0;
  /** The earliest of the replies since then that came later than the estimate. */
  #bestLateMs = -Infinity;

  constructor(@Optional() private readonly monotonicMs: () => number = () => performance.now()) {}

  /** `redisMs` was read by Redis before this reply arrived. */
  observe(redisMs: number): void {
    const nowMs = this.monotonicMs();
    const sampleMs = redisMs - nowMs;
    const sinceMs = nowMs - this.#agreedMs;
    const isLate = this.#offsetMs !== undefined && sampleMs < this.#offsetMs - sinceMs * DRIFT;
    this.#bestLateMs = Math.max(this.#bestLateMs, sampleMs);
    if (isLate && sinceMs < BELIEVED_FOR_MS) return;
    this.#offsetMs = isLate ? this.#bestLateMs : sampleMs;
    this.#agreedMs = nowMs;
    this.#bestLateMs = -Infinity;
  }

  /** Another server with its own clock answers from now on; `redisMs` is its first reading. */
  restart(redisMs: number): void {
    this.#offsetMs = undefined;
    this.observe(redisMs);
  }

  /** False before the first observation. */
  get isRead(): boolean {
    return this.#offsetMs !== undefined;
  }

  /** Epoch milliseconds. Throws before the first observation, because windows must not depend on a guess. */
  nowMs(): number {
    if (this.#offsetMs === undefined) throw new Error("Redis' clock was not read yet");
    return Math.floor(this.#offsetMs + this.monotonicMs());
  }
}
