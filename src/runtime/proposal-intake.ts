import type { Fields } from '../flow/0-primitives.js';

/** Nest token of the {@link ProposalIntake}; provided only where this process runs Apply. */
export const PROPOSAL_INTAKE = Symbol('PROPOSAL_INTAKE');

export interface ProposalAnswer {
  readonly planId: string;
  /** `EXECUTE`, `SKIP`, `BLOCKED`, `ERROR`. */
  readonly decision: string;
  readonly reasonCodes: readonly string[];
  /** What was wrong; `""` for nothing. */
  readonly detail: string;
  /** The attempt of the published plan; 0 when none was published. */
  readonly attempt: number;
}

/** Nothing was published, for a reason that passes: the message says which. The same proposal may be submitted again. */
export class NothingPublished extends Error {}

/** More proposals than `APPLY_PROPOSALS_PER_MIN`. */
export class TooManyProposals extends NothingPublished {
  constructor(
    message: string,
    /** When the next one is taken. */
    readonly retryAfterMs: number,
  ) {
    super(message);
  }
}

/** What became of an operator's proposal that was to be withdrawn. `claimed`: its order is on its way, or has been. */
export interface Withdrawn {
  /** `""` where no proposal of an operator is open. */
  readonly planId: string;
  readonly outcome: 'withdrawn' | 'claimed' | 'none';
}

/** Takes a proposal that did not come through Redis. */
export interface ProposalIntake {
  submit(symbol: string, fields: Fields, source: string): Promise<ProposalAnswer>;
  /** Withdraws the operator's proposal of a symbol. A strategy withdraws its own with HOLD. */
  withdraw(symbol: string, reason: string): Promise<Withdrawn>;
}
