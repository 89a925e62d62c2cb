import type { LoopHealth } from './role-service.js';

const MIN_ALLOWED_IDLE_MS = 5_000;

/** Repeats a task with a pause in between: never two at once, never silently dead. A failed round is told and the next one comes. */
export class SingleFlightLoop {
  #running: Promise<void> | undefined;
  #stopping = false;
  #lastRoundMs = performance.now();
  #wake: (() => void) | undefined;

  constructor(
    private readonly name: string,
    private readonly pauseMs: number,
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
      allowedIdleMs: Math.max(MIN_ALLOWED_IDLE_MS, 3 * this.pauseMs + MIN_ALLOWED_IDLE_MS),
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
      const timer = setTimeout(end, this.pauseMs);
      this.#wake = end;
    });
  }
}
