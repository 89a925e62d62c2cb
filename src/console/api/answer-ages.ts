const MOST = 500;

/**
 * How old each answer is. The clock of the browser may be set at any time, and its monotonic clock may stand still while the machine
 * sleeps: the larger of both ages counts, so that nothing looks newer than it is.
 */
export class AnswerAges {
  readonly #receivedMs = new Map<number, number>();

  /** An answer came: at `updatedAt` by the clock of the browser, at `monotonicMs` by the other. */
  note(updatedAt: number, monotonicMs: number): void {
    this.#receivedMs.delete(updatedAt);
    this.#receivedMs.set(updatedAt, monotonicMs);
    const [oldest] = this.#receivedMs.keys();
    if (oldest !== undefined && this.#receivedMs.size > MOST) this.#receivedMs.delete(oldest);
  }

  /** Of the answer that came at `updatedAt`. */
  ageMs(updatedAt: number, nowMs: number, monotonicMs: number): number {
    const receivedMs = this.#receivedMs.get(updatedAt) ?? monotonicMs;
    return Math.max(0, nowMs - updatedAt, monotonicMs - receivedMs);
  }
}

export const answerAges = new AnswerAges();
