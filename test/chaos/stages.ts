import { setTimeout as sleep } from 'node:timers/promises';

/** What a run waits for, so that it ends with a sentence instead of hanging. */
export class Stages {
  #waitingFor = 'nothing yet';

  constructor(private readonly withinMs: number) {}

  /** Waits for one stage of the run. */
  of<T>(what: string, stage: Promise<T>): Promise<T> {
    this.#waitingFor = what;
    return stage;
  }

  /** Throws when `run` takes longer than it may, and says what it was waiting for. It is then not waited for any more. */
  async limit<T>(run: Promise<T>): Promise<T> {
    const timer = new AbortController();
    // Its failure after the deadline is a consequence.
    run.catch(() => undefined);
    const late = sleep(this.withinMs, undefined, { signal: timer.signal }).then(
      () => {
        throw new Error(
          `the run did not end within ${this.withinMs / 1_000} s; it was waiting for ${this.#waitingFor}`,
        );
      },
      () => new Promise<never>(() => undefined),
    );
    try {
      return await Promise.race([run, late]);
    } finally {
      timer.abort();
    }
  }
}
