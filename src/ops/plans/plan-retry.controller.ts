import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action, Audited, type Change } from '../audit/audited-action.js';
import { ReasonBody } from '../reason.dto.js';
import { PlanRetry } from './plan-retry.js';

class RetryAnswer {
  @ApiProperty({ example: '3f2a9c0d1e4b5a67' })
  readonly plan_id: string = '';

  @ApiProperty({ example: 'BTCUSDT' })
  readonly symbol: string = '';

  @ApiProperty({ enum: ['published', 'due'], example: 'published', description: 'due: no Apply has taken it up yet' })
  readonly outcome: string = '';

  @ApiProperty({ example: 6, description: 'the new attempt' })
  readonly attempt: number = 0;

  @ApiProperty({ example: 'WAITING', description: 'of the plan now' })
  readonly state: string = '';
}

@ApiTags('plans')
@ApiBearerAuth()
@Controller('api/v1/plans')
export class PlanRetryController {
  constructor(private readonly retries: PlanRetry) {}

  @Post(':planId/retry')
  @HttpCode(200)
  @Needs('operator')
  @Action('plan.retry')
  @ApiOperation({
    summary: 'One more attempt of a plan that ended for a passing reason, if its proposal still stands',
  })
  @ApiOkResponse({ type: RetryAnswer })
  async retry(
    @Param('planId') given: string,
    @Body() { reason }: ReasonBody,
    @ByCaller() caller: Caller,
    @Audited() change: Change,
  ): Promise<RetryAnswer> {
    const { before, record, outcome } = await this.retries.carryOut(given, caller.name, reason);
    const { result } = before;
    change.before = {
      state: before.state,
      attempt: before.attempt,
      error: result?.['error'] ?? '',
      reason: result?.['reason'] ?? '',
    };
    return {
      plan_id: record.planId,
      symbol: record.symbol,
      outcome,
      attempt: before.attempt + 1,
      state: record.state,
    };
  }
}
