import type { Issuer } from '../flow/3-permit.js';

export interface PermitEvent {
  readonly planId: string;
  /** `""` for a plan of a foreign Apply. */
  readonly attempt: string;
  readonly issuer: Issuer;
  readonly verdict: 'allow' | 'deny';
  /** The permit, denial or block exactly as stored. */
  readonly bytes: string;
}

/** Answers whether the plan still waits for another verdict. */
export type OnPermitEvent = (event: PermitEvent) => boolean;

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
