import type { OnPermitEvent, PermitEvent } from './verdicts.js';

/**
 * Verdicts that this very process issued, told to who waits in it as soon as Redis has them. The stream of permit events
 * brings the same to everybody, a round trip later; whoever waits takes the first of the two.
 */
export class LocalVerdicts {
  #onEvent: OnPermitEvent | undefined;

  constructor(private readonly onProblem: (what: string, error: unknown) => void) {}

  /** One listener: the Apply of this process, if it runs one. */
  listen(onEvent: OnPermitEvent): void {
    this.#onEvent = onEvent;
  }

  /** Never throws: a verdict is issued, whatever becomes of the one who waits for it. */
  tell(event: PermitEvent): void {
    try {
      this.#onEvent?.(event);
    } catch (error) {
      this.onProblem('a verdict could not be told in this process', error);
    }
  }
}
