/** A map that keeps what was set within the last `keepMs`, by the monotonic clock; older entries go when another is set. */
export class RecentMap<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly atMs: number }>();

  constructor(private readonly keepMs: number) {}

  set(name: string, value: V): void {
    const nowMs = performance.now();
    this.#entries.delete(name);
    // Oldest first: a map keeps the order in which its keys were added.
    for (const [each, { atMs }] of this.#entries) {
      if (nowMs - atMs < this.keepMs) break;
      this.#entries.delete(each);
    }
    this.#entries.set(name, { value, atMs: nowMs });
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  *[Symbol.iterator](): Generator<readonly [string, V]> {
    for (const [name, { value }] of this.#entries) yield [name, value];
  }
}
