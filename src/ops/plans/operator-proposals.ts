import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Fields } from '../../flow/0-primitives.js';
import {
  NothingPublished,
  PROPOSAL_INTAKE,
  type ProposalAnswer,
  type ProposalIntake,
  TooManyProposals,
} from '../../runtime/proposal-intake.js';
import { problem, ProblemException } from '../problem/problem.js';

/** Hands the proposals of operators to the Apply of this process. */
@Injectable()
export class OperatorProposals {
  /** `undefined` where this process does not run Apply. */
  constructor(@Optional() @Inject(PROPOSAL_INTAKE) private readonly intake: ProposalIntake | undefined) {}

  /** Throws 503 where this process does not run Apply. */
  here(): ProposalIntake {
    if (this.intake !== undefined) return this.intake;
    const detail = 'Call a process whose ROLES contain apply.';
    throw problem(503, 'role-not-here', 'This process does not run Apply', detail);
  }

  /** Throws a problem when nothing was published for a reason that passes. */
  async submit(symbol: string, fields: Fields, source: string): Promise<ProposalAnswer> {
    try {
      return await this.here().submit(symbol, fields, source);
    } catch (error) {
      if (error instanceof TooManyProposals) throw tooMany(error);
      if (!(error instanceof NothingPublished)) throw error;
      throw problem(503, 'no-room', 'Nothing was published', `${error.message} Call again.`);
    }
  }
}

function tooMany({ message, retryAfterMs }: TooManyProposals): ProblemException {
  const { problem: found } = problem(429, 'too-many-proposals', 'Too many proposals', message);
  return new ProblemException(found, { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) });
}
