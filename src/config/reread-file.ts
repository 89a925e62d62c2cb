/**
 * A small local file that is read again at each look, so that a change counts at once: without a restart, and no time stamp or
 * watcher can miss it. Reading costs about ten microseconds.
 */
export class RereadFile {
  #text: string | undefined;
  #fault = '';

  constructor(
    private readonly source: {
      /** Reads the file. Throws when that is not possible. */
      readonly read: () => string;
      /** Called with each new text. Throws for one with a fault. */
      readonly take: (text: string) => void;
      /** Called with each new fault; the same one is reported once. */
      readonly refuse: (error: unknown) => void;
    },
  ) {}

  look(): void {
    try {
      const text = this.#read();
      if (text === this.#text) return;
      this.#text = text;
      this.source.take(text);
      this.#fault = '';
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      if (fault === this.#fault) return;
      this.#fault = fault;
      this.source.refuse(error);
    }
  }

  /** What was there before an unreadable time is taken again after it. */
  #read(): string {
    try {
      return this.source.read();
    } catch (error) {
      this.#text = undefined;
      throw error;
    }
  }
}
