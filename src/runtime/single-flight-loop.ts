import type { LoopHealth } from './role-service.js';

const MIN_ALLOWED_IDLE_MS = 5_000;

/**
 * Repeats a task with a pause in between. Rounds never overlap. A failed round is reported and the next one
 * follows. Rounds begin when the process' clock is a multiple of the period, so that idle loops wake the process together.
 */
export class SingleFlightLoop {
  #running: Promise<void> | undefined;
  #stopping = false;
  #lastRoundMs = performance.now();
  #wake: (() => void) | undefined;

  constructor(
    private readonly name: string,
    private readonly everyMs: number,
    private readonly task: () => Promise<void>,
    private readonly onProblem: (what: string, error: unknown) => void,
  ) {}

  start(): void {
    this.#lastRoundMs = performance.now();
    this.#running = this.#loop();
  }

  /** Ends the current pause, so that the next round begins at once. */
  wake(): void {
    this.#wake?.();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    await this.#running;
  }

  health(): LoopHealth {
    return {
      name: this.name,
      idleMs: performance.now() - this.#lastRoundMs,
      allowedIdleMs: Math.max(MIN_ALLOWED_IDLE_MS, 3 * this.everyMs + MIN_ALLOWED_IDLE_MS),
    };
  }

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.task();
        this.#lastRoundMs = performance.now();
      } catch (error) {
        this.onProblem(`${this.name} failed`, error);
      }
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(end, pauseMs(performance.now(), this.everyMs));
      this.#wake = end;
    });
  }
}

/** Up to the next multiple of the period that is at least half a period away: a timer may fire a little before its time. */
function pauseMs(nowMs: number, everyMs: number): number {
  return Math.ceil((nowMs + everyMs / 2) / everyMs) * everyMs - nowMs;
}
