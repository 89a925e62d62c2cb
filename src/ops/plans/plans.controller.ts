import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, Matches } from 'class-validator';
import { Decimal } from '../../flow/0-decimal.js';
import { parsePlanId, type ResolutionOutcome, RESOLUTIONS } from '../../flow/0-primitives.js';
import { PermitStore } from '../../redis/stores/permit-store.js';
import { PlanRecords } from '../../redis/stores/plan-records.js';
import { VerdictCounter } from '../../redis/streams/verdict-counts.js';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action, Audited, type Change } from '../audit/audited-action.js';
import { asDecimalText, DECIMAL_TEXT } from '../decimal-text.js';
import { ReasonBody } from '../reason.dto.js';
import { ArchiveUnavailable } from '../archive/archived-entry.js';
import { ArchivedPlans } from '../archive/archived-plans.js';
import { ProblemException } from '../problem/problem.js';
import { ForeignTrace } from './foreign-trace.js';
import { PlanResolution } from './plan-resolution.js';
import { PlanList } from './plan-list.js';
import { PlansWaiting } from './plans-waiting.js';
import { planSummary, planTrace } from './plan-trace.js';
import { attemptSpans, NO_VERDICTS } from './plan-verdicts.js';
import { PlansAnswer, PlanTraceAnswer, ResolvedAnswer } from './plan.dto.js';
import { PlansQuery } from './plans-query.dto.js';
import { TEXT_OR_NUMBER } from '../openapi/members.js';

class ResolveBody extends ReasonBody {
  @ApiProperty({ enum: RESOLUTIONS, description: 'the outcome of the order; placed is only for stops' })
  @IsIn(RESOLUTIONS)
  readonly outcome: ResolutionOutcome | '' = '';

  @ApiPropertyOptional({ description: 'how much of it filled', oneOf: TEXT_OR_NUMBER })
  @Transform(asDecimalText)
  @Matches(DECIMAL_TEXT, { message: 'must be a plain decimal such as 0.007' })
  readonly executed_qty: string = '0';
}

@ApiTags('plans')
@ApiBearerAuth()
@Controller('api/v1/plans')
export class PlansController {
  constructor(
    private readonly plans: PlanList,
    private readonly waiting: PlansWaiting,
    private readonly records: PlanRecords,
    private readonly permits: PermitStore,
    private readonly verdicts: VerdictCounter,
    private readonly foreign: ForeignTrace,
    private readonly resolution: PlanResolution,
    private readonly archive: ArchivedPlans,
  ) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({ summary: 'Plans, newest first' })
  @ApiOkResponse({ type: PlansAnswer })
  async list(@Query() query: PlansQuery): Promise<PlansAnswer> {
    const { symbol, state, since, until, repeats, limit, cursor } = query;
    const filter = {
      symbol,
      states: state === undefined ? undefined : new Set<string>(state),
      sinceMs: since,
      untilMs: until,
      foldsRepeats: repeats === 'fold',
    };
    const [page, waiting] = await Promise.all([this.plans.page(filter, limit, cursor), this.waiting.read()]);
    const { plans, leftOut, nextCursor, archiveFault } = page;
    return {
      plans: plans.map(({ record, isArchived }) => planSummary(record, isArchived)),
      repeats_left_out: leftOut,
      waiting_for_capacity: waiting,
      next_cursor: nextCursor ?? null,
      archive_fault: archiveFault ?? null,
    };
  }

  @Get(':planId')
  @Needs('viewer')
  @ApiOperation({
    summary: "One plan's whole trace: every step with its time, both verdicts of every attempt, order, result",
  })
  @ApiOkResponse({ type: PlanTraceAnswer })
  async trace(@Param('planId') given: string): Promise<PlanTraceAnswer> {
    const planId = parsePlanId(given);
    const record = planId === undefined ? undefined : await this.records.find(planId);
    if (record === undefined) return this.#withoutJournal(given, planId);
    const [trace, verdicts] = await Promise.all([
      this.records.trace(record.planId),
      this.permits.current([record.planId]),
    ]);
    const events = await this.verdicts.of(record.planId, attemptSpans(record, trace));
    return planTrace(record, trace, verdicts[0] ?? NO_VERDICTS, events);
  }

  async #withoutJournal(given: string, planId: string | undefined): Promise<PlanTraceAnswer> {
    try {
      return await this.foreign.trace(given);
    } catch (error) {
      if (!(error instanceof ProblemException && error.getStatus() === 404) || planId === undefined) throw error;
      const found = await this.#archived(planId);
      if (found === undefined) throw error;
      return found;
    }
  }

  /** Without its steps, which are in Redis alone. */
  async #archived(planId: string): Promise<PlanTraceAnswer | undefined> {
    try {
      const found = await this.archive.find(planId);
      return found && { ...planTrace(found.record, [], NO_VERDICTS, found.verdicts), archived: true };
    } catch (error) {
      if (error instanceof ArchiveUnavailable) return undefined;
      throw error;
    }
  }

  @Post(':planId/resolve')
  @HttpCode(200)
  @Needs('admin')
  @Action('plan.resolve')
  @ApiOperation({
    summary: 'Settles an order whose outcome is unknown: filled, partly_filled, placed (a stop), not_found',
  })
  @ApiOkResponse({ type: ResolvedAnswer })
  async resolve(
    @Param('planId') given: string,
    @Body() body: ResolveBody,
    @ByCaller() caller: Caller,
    @Audited() change: Change,
  ): Promise<ResolvedAnswer> {
    const { outcome, executed_qty: executedQty, reason } = body;
    if (outcome === '') throw new TypeError('an outcome passed its check and is empty');
    const { before, record, hold } = await this.resolution.carryOut(given, {
      outcome,
      executedQty: new Decimal(executedQty),
      by: caller.name,
      reason,
    });
    const { symbol, state, attempt, clientOrderId, side, quantity } = before;
    change.before = { symbol, state, attempt, client_order_id: clientOrderId, side, quantity };
    return { ...planSummary(record), hold };
  }
}
