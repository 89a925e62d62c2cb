/** How a wait ends without a word of its owner. */
type Unasked = 'displaced' | 'timed_out';

interface Waiter<About, Word> {
  readonly about: About;
  readonly settle: (word: Word) => void;
}

/** Those who wait, one for each key, in order of arrival: a newer one displaces an earlier one. */
export class KeyedWaits<About, Word> {
  readonly #waiters = new Map<string, Waiter<About, Word | Unasked>>();

  get size(): number {
    return this.#waiters.size;
  }

  get(key: string): About | undefined {
    return this.#waiters.get(key)?.about;
  }

  all(): About[] {
    return [...this.#waiters.values()].map(({ about }) => about);
  }

  /** Waits until {@link settle}, at most `maxMs`, or until a newer one with the same key comes. */
  enter(key: string, about: About, maxMs: number | undefined): Promise<Word | Unasked> {
    return new Promise((resolve) => {
      const timer = maxMs === undefined ? undefined : setTimeout(() => waiter.settle('timed_out'), maxMs);
      const waiter: Waiter<About, Word | Unasked> = {
        about,
        settle: (word) => {
          clearTimeout(timer);
          if (this.#waiters.get(key) === waiter) this.#waiters.delete(key);
          resolve(word);
        },
      };
      const before = this.#waiters.get(key);
      this.#waiters.set(key, waiter);
      before?.settle('displaced');
    });
  }

  settle(key: string, word: Word): void {
    this.#waiters.get(key)?.settle(word);
  }

  settleAll(word: Word): void {
    for (const { settle } of this.#waiters.values()) settle(word);
  }
}
