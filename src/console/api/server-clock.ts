/**
 * The clock of the gate, by the `Date` header of its answers. The header has whole seconds; each answer narrows the interval in which
 * the difference lies, to well under a second after a few.
 */
export class ServerClock {
  #least = -Infinity;
  #most = Infinity;
  #redisOffsetMs = 0;

  /** The call took from `sentMs` to `receivedMs` by the clock of the browser. */
  note(dateHeader: string | null, sentMs: number, receivedMs: number): void {
    const second = Date.parse(dateHeader ?? '');
    if (Number.isNaN(second)) return;
    const [least, most] = [second - receivedMs, second + 1_000 - sentMs];
    const isNarrower = least <= this.#most && most >= this.#least;
    // One of the two clocks was set: what was known of the difference is void.
    [this.#least, this.#most] = isNarrower ? [Math.max(least, this.#least), Math.min(most, this.#most)] : [least, most];
  }

  noteRedis(offsetMs: number | null): void {
    this.#redisOffsetMs = offsetMs ?? 0;
  }

  /** The gate's clock minus the browser's. */
  get offsetMs(): number {
    return Number.isFinite(this.#least) ? Math.round((this.#least + this.#most) / 2) : 0;
  }

  /** Now, by the clock that the times in the answers are by: that of Redis. */
  nowMs(browserMs = Date.now()): number {
    return browserMs + this.offsetMs + this.#redisOffsetMs;
  }
}

export const clock = new ServerClock();
