const MAX_KEYS = 10_000;
const OTHERS = '(others)';

interface Window {
  count: number;
  endsMs: number;
}

/** Counts events per key in windows of fixed length. Beyond {@link MAX_KEYS} live keys all further ones share one count. */
export class RateWindow {
  readonly #windows = new Map<string, Window>();

  constructor(
    private readonly windowMs: number,
    private readonly maxKeys = MAX_KEYS,
  ) {}

  /** Counts one event. `nowMs` is a monotonic clock's. Answers with the count in this window and when it ends. */
  count(key: string, nowMs: number): { readonly count: number; readonly retryAfterSec: number } {
    const window = this.#window(key, nowMs);
    window.count += 1;
    return { count: window.count, retryAfterSec: Math.max(1, Math.ceil((window.endsMs - nowMs) / 1000)) };
  }

  get size(): number {
    return this.#windows.size;
  }

  #window(key: string, nowMs: number): Window {
    const known = this.#windows.get(key);
    if (known !== undefined && nowMs < known.endsMs) return known;
    if (known !== undefined) this.#windows.delete(key);
    if (this.#windows.size >= this.maxKeys) this.#dropEnded(nowMs);
    if (this.#windows.size >= this.maxKeys && key !== OTHERS) return this.#window(OTHERS, nowMs);
    const fresh = { count: 0, endsMs: nowMs + this.windowMs };
    this.#windows.set(key, fresh);
    return fresh;
  }

  /** Windows are kept in the order in which they end. */
  #dropEnded(nowMs: number): void {
    for (const [key, { endsMs }] of this.#windows) {
      if (endsMs > nowMs) return;
      this.#windows.delete(key);
    }
  }
}
