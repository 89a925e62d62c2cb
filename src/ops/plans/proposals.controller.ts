import { Body, Controller, HttpCode, Inject, Optional, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { NoRoom, PROPOSAL_INTAKE, type ProposalAnswer, type ProposalIntake } from '../../runtime/proposal-intake.js';
import { Needs } from '../access/caller.js';
import { Action } from '../audit/audited-action.js';
import { problem } from '../problem/problem.js';
import { ProposalBody } from './proposal.dto.js';

@ApiTags('plans')
@ApiBearerAuth()
@Controller('api/v1/proposals')
export class ProposalsController {
  /** `undefined` where this process does not run Apply. */
  constructor(@Optional() @Inject(PROPOSAL_INTAKE) private readonly intake: ProposalIntake | undefined) {}

  @Post()
  @HttpCode(200)
  @Needs('operator')
  @Action('proposal.submit')
  @ApiOperation({ summary: 'Submits a proposal; the answer to a refused one has its decision and reason codes' })
  async submit(@Body() body: ProposalBody): Promise<object> {
    if (this.intake === undefined) {
      throw problem(
        503,
        'role-not-here',
        'This process does not run Apply',
        'Call a process whose ROLES contain apply.',
      );
    }
    const { symbol, ...fields } = body;
    const given = Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const answer = await this.#submit(this.intake, symbol, Object.fromEntries(given));
    return {
      plan_id: answer.planId,
      decision: answer.decision,
      reason_codes: answer.reasonCodes,
      detail: answer.detail,
      attempt: answer.attempt,
    };
  }

  async #submit(intake: ProposalIntake, symbol: string, fields: Record<string, string>): Promise<ProposalAnswer> {
    try {
      return await intake.submit(symbol, fields, 'api');
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      throw problem(503, 'no-room', 'Too many plans wait for their permits', `${error.message} Call again.`);
    }
  }
}
