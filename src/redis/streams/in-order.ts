/** Runs tasks with the same key one after the other, in order of arrival, and all others in parallel. */
export class InOrder {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const chained = (this.#last.get(key) ?? Promise.resolve()).then(task, task);
    const forget = (): void => {
      if (this.#last.get(key) === chained) this.#last.delete(key);
    };
    this.#last.set(key, chained);
    chained.then(forget, forget);
    return chained;
  }
}
