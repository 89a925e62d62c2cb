import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { toPlainString } from '../../flow/0-decimal.js';
import { ApprovalStore, type WaitingApproval } from '../../redis/stores/approval-store.js';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action, Audited, type Change } from '../audit/audited-action.js';
import { RedisTime } from '../system/redis-time.js';
import { ApprovalAnswer, ApprovalBody, type WaitingPlan, WaitingPlansAnswer } from './approvals.dto.js';
import { approvalsJson, PlanApproval } from './plan-approval.js';

@ApiTags('plans')
@ApiBearerAuth()
@Controller('api/v1/approvals')
export class ApprovalsController {
  constructor(
    private readonly store: ApprovalStore,
    private readonly approval: PlanApproval,
    private readonly time: RedisTime,
  ) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({ summary: 'The plans that wait for the approval of a person, and what each would do' })
  @ApiOkResponse({ type: WaitingPlansAnswer })
  async list(): Promise<WaitingPlansAnswer> {
    const waiting = await this.store.waiting(await this.time.nowMs());
    return { waiting: waiting.map((each) => waitingJson(each)) };
  }

  @Post(':planId')
  @HttpCode(200)
  @Needs('operator')
  @Action(({ decision }) => (decision === 'reject' ? 'plan.reject' : 'plan.approve'))
  @ApiOperation({
    summary:
      'Approves or rejects a plan that waits; with enough approvals its next attempt is published, and judged again',
  })
  @ApiOkResponse({ type: ApprovalAnswer })
  async answer(
    @Param('planId') given: string,
    @Body() { decision, reason }: ApprovalBody,
    @ByCaller() { name: by }: Caller,
    @Audited() change: Change,
  ): Promise<ApprovalAnswer> {
    if (decision === '') throw new TypeError('a decision passed its check and is empty');
    return this.approval.answer(given, { decision, by, reason }, change);
  }
}

function waitingJson({ approval, untilMs }: WaitingApproval): WaitingPlan {
  return {
    plan_id: approval.planId,
    symbol: approval.symbol,
    action: approval.action,
    share_pct: approval.share ?? null,
    stop_price: approval.stop === '' ? null : approval.stop,
    quantity: toPlainString(approval.qty),
    notional_usd: toPlainString(approval.notionalUsd),
    kill_score: approval.killScore,
    mode: approval.mode,
    since_ms: approval.sinceMs,
    until_ms: untilMs,
    needed: approval.needed,
    approvals: approvalsJson(approval.approvals),
  };
}
