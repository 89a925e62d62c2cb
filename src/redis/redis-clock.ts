/**
 * Redis' clock between round trips: every script reply that carries the time moves the estimate; in between the host's
 * monotonic clock carries it on. The host's wall clock is never asked.
 */
export class RedisClock {
  #offsetMs: number | undefined;

  /** `redisMs` was read by Redis just before this reply arrived. */
  observe(redisMs: number): void {
    this.#offsetMs = redisMs - performance.now();
  }

  /** Epoch milliseconds. Throws before the first observation: a window must not be judged by a guess. */
  nowMs(): number {
    if (this.#offsetMs === undefined) throw new Error("Redis' clock was not read yet");
    return Math.floor(this.#offsetMs + performance.now());
  }
}
