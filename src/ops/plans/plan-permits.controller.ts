import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../access/caller.js';
import { PlanPermitsAnswer } from './plan-permits.dto.js';
import { PlanPermits } from './plan-permits.js';

@ApiTags('plans')
@ApiBearerAuth()
@Controller('api/v1/plans')
export class PlanPermitsController {
  constructor(private readonly permits: PlanPermits) {}

  @Get(':planId/permits')
  @Needs('viewer')
  @ApiOperation({
    summary: 'The verdicts of both issuers on a plan, how long they live, and who issued them',
  })
  @ApiOkResponse({ type: PlanPermitsAnswer })
  read(@Param('planId') given: string): Promise<PlanPermitsAnswer> {
    return this.permits.of(given);
  }
}
