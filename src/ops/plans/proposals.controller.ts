import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Fields, parseMarketSymbol } from '../../flow/0-primitives.js';
import { Needs } from '../access/caller.js';
import { Action } from '../audit/audited-action.js';
import { problem } from '../problem/problem.js';
import { ReasonBody } from '../reason.dto.js';
import { OperatorProposals } from './operator-proposals.js';
import { ProposalBody } from './proposal.dto.js';
import { ProposalSubmittedAnswer, ProposalWithdrawnAnswer, StrategyProposalAnswer } from './plan.dto.js';
import { StrategyProposals } from './strategy-proposals.js';

@ApiTags('plans')
@ApiBearerAuth()
@Controller('api/v1/proposals')
export class ProposalsController {
  constructor(
    private readonly proposals: OperatorProposals,
    private readonly strategies: StrategyProposals,
  ) {}

  @Post()
  @HttpCode(200)
  @Needs('operator')
  @Action('proposal.submit')
  @ApiOperation({ summary: 'Submits a proposal; the answer to a refused one has its decision and reason codes' })
  @ApiOkResponse({ type: ProposalSubmittedAnswer })
  async submit(@Body() body: ProposalBody): Promise<ProposalSubmittedAnswer> {
    const answer = await this.proposals.submit(body.symbol, fieldsIn(body), 'api');
    return {
      plan_id: answer.planId,
      decision: answer.decision,
      reason_codes: answer.reasonCodes,
      detail: answer.detail,
      attempt: answer.attempt,
    };
  }

  @Post('strategy')
  @HttpCode(200)
  @Needs('operator')
  @Action('proposal.submit_for_strategy')
  @ApiOperation({
    summary:
      "Appends a strategy's proposal to the proposal stream: it supersedes, and HOLD withdraws, what the strategy asked for",
  })
  @ApiOkResponse({ type: StrategyProposalAnswer })
  async submitForStrategy(@Body() body: ProposalBody): Promise<StrategyProposalAnswer> {
    const { planId, entryId } = await this.strategies.append(body.symbol, fieldsIn(body));
    return { plan_id: planId, entry_id: entryId };
  }

  @Delete(':symbol')
  @Needs('operator')
  @Action('proposal.withdraw')
  @ApiOperation({
    summary: "Withdraws an operator's proposal that is not claimed yet; a strategy withdraws its own with HOLD",
  })
  @ApiOkResponse({ type: ProposalWithdrawnAnswer })
  async withdraw(@Param('symbol') given: string, @Body() { reason }: ReasonBody): Promise<ProposalWithdrawnAnswer> {
    const symbol = parseMarketSymbol(given.toUpperCase());
    if (symbol === undefined)
      throw problem(404, 'no-proposal', 'There is no proposal', `${JSON.stringify(given)} is not a symbol.`);
    const { planId, outcome } = await this.proposals.here().withdraw(symbol, reason);
    switch (outcome) {
      case 'withdrawn':
        return { symbol, plan_id: planId };
      case 'claimed':
        throw problem(
          409,
          'already-claimed',
          'The order is on its way',
          `Plan ${planId} of ${symbol} is claimed: its order can no longer be stopped. See GET /api/v1/plans/${planId}.`,
          { plan_id: planId },
        );
      case 'none':
        throw problem(
          404,
          'no-proposal',
          'There is no proposal',
          `No proposal of an operator is open on ${symbol}. A strategy withdraws its own with HOLD.`,
        );
    }
    return outcome satisfies never;
  }
}

function fieldsIn({ symbol: _symbol, ...fields }: ProposalBody): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
