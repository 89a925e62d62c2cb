import { Injectable, Optional } from '@nestjs/common';

/** Ordinary oscillators stay within this of each other: an estimate may be worse by it than one so much older. */
const DRIFT = 1e-4;
/** When no reply was as early as the estimate says for so long, the earliest of them count: the clock may have been set back. */
const BELIEVED_FOR_MS = 10_000;

/**
 * Redis' clock between round trips: every script reply that carries the time moves the estimate; in between the host's
 * monotonic clock carries it on. The host's wall clock is never asked. A reply that was long under way says less than one
 * that came at once, so the estimate follows the earliest ones: it is behind Redis' clock by a quick reply's way, and ahead of
 * it only where that clock was set back, for twenty seconds at most.
 */
@Injectable()
export class RedisClock {
  #offsetMs: number | undefined;
  #agreedMs = 0;
  /** The earliest of the replies since then that were late by the estimate. */
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

  /** Another server answers from now on, with a clock of its own: `redisMs` is its first word. */
  restart(redisMs: number): void {
    this.#offsetMs = undefined;
    this.observe(redisMs);
  }

  /** Epoch milliseconds. Throws before the first observation: a window must not be judged by a guess. */
  nowMs(): number {
    if (this.#offsetMs === undefined) throw new Error("Redis' clock was not read yet");
    return Math.floor(this.#offsetMs + this.monotonicMs());
  }
}
