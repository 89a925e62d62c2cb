import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import {
  IsIn,
  IsOptional,
  IsString,
  MaxLength,
  Validate,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { parsePlanId } from '../../flow/0-words.js';
import { OPEN_STATES, TERMINAL_STATES } from '../../flow/5-result.js';
import { PermitStore } from '../../redis/permit-store.js';
import { PlanRecords } from '../../redis/plan-records.js';
import { Needs } from '../access/caller.js';
import { PageQuery } from '../page-query.js';
import { problem } from '../problem/problem.js';
import { PlanList } from './plan-list.js';
import { planSummary, planTrace } from './plan-trace.js';

const STATES = [...OPEN_STATES, ...TERMINAL_STATES];
const NO_VERDICTS = { governor: '', p33: '', block: '' };

@ValidatorConstraint({ name: 'isPlanCursor' })
class IsPlanCursor implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return PlanList.isCursor(value);
  }

  defaultMessage(): string {
    return 'must be the next_cursor of an earlier page';
  }
}

class PlansQuery extends PageQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(40)
  readonly symbol?: string;

  @ApiPropertyOptional({ enum: STATES })
  @IsOptional()
  @IsIn(STATES)
  readonly state?: string;

  @Validate(IsPlanCursor)
  override readonly cursor?: string;
}

@ApiTags('plans')
@ApiBearerAuth()
@Controller('api/v1/plans')
export class PlansController {
  constructor(
    private readonly plans: PlanList,
    private readonly records: PlanRecords,
    private readonly permits: PermitStore,
  ) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({ summary: 'Plans, newest first' })
  async list(@Query() { symbol, state, limit, cursor }: PlansQuery): Promise<object> {
    const { plans, nextCursor } = await this.plans.page({ symbol, state }, limit, cursor);
    return { plans: plans.map((record) => planSummary(record)), next_cursor: nextCursor ?? null };
  }

  @Get(':planId')
  @Needs('viewer')
  @ApiOperation({ summary: "One plan's whole trace: every step with its time, both verdicts, order, result" })
  async trace(@Param('planId') given: string): Promise<object> {
    const planId = parsePlanId(given);
    const record = planId === undefined ? undefined : await this.records.find(planId);
    if (record === undefined) {
      throw problem(
        404,
        'plan-unknown',
        'There is no such plan',
        `No plan ${JSON.stringify(given.slice(0, 64))} is known; ended plans are kept for 7 days. GET /api/v1/plans lists what is there.`,
      );
    }
    const [trace, verdicts] = await Promise.all([
      this.records.trace(record.planId),
      this.permits.current([record.planId]),
    ]);
    return planTrace(record, trace, verdicts[0] ?? NO_VERDICTS);
  }
}
