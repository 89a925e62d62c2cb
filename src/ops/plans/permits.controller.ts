import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Environment } from '../../config/environment.js';
import { ManualPermits } from '../../redis/stores/manual-permits.js';
import { type PlanRecord, PlanRecords } from '../../redis/stores/plan-records.js';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action, Audited, type Change } from '../audit/audited-action.js';
import { problem, type ProblemException } from '../problem/problem.js';
import type { ProblemKind } from '../problem/problem-kinds.js';
import { ReasonBody } from '../reason.dto.js';
import { knownPlan } from './known-plan.js';
import { ManualPermitAnswer } from './plan.dto.js';

@ApiTags('plans')
@ApiBearerAuth()
@Controller('api/v1/permits')
export class PermitsController {
  constructor(
    private readonly environment: Environment,
    private readonly records: PlanRecords,
    private readonly permits: ManualPermits,
  ) {}

  @Post(':planId/governor')
  @HttpCode(200)
  @Needs('operator')
  @Action('permit.governor')
  @ApiOperation({ summary: "The Governor's permit by hand, for a plan that waits for it; refused in production" })
  @ApiOkResponse({ type: ManualPermitAnswer })
  async governor(
    @Param('planId') given: string,
    @Body() { reason }: ReasonBody,
    @ByCaller() caller: Caller,
    @Audited() change: Change,
  ): Promise<ManualPermitAnswer> {
    const record = await knownPlan(this.records, given);
    change.before = { state: record.state, attempt: record.attempt };
    this.#demandAllowed(record);
    const { planId, attempt, state } = record;
    const written = await this.permits.writeGovernor(planId, attempt, caller.name, reason);
    switch (written) {
      case 'written':
        return { plan_id: planId, attempt, permit: 'governor', manual: true, by: caller.name, reason };
      case 'closed':
      case 'expired': {
        const why = written === 'expired' ? 'its window has passed' : `it is ${state}`;
        const detail = `Attempt ${attempt} of plan ${planId} does not wait for a permit: ${why}.`;
        throw refused('plan-not-waiting', 'The plan does not wait', detail);
      }
      case 'exists':
        throw refused(
          'permit-exists',
          'The permit exists already',
          `Attempt ${attempt} of plan ${planId} already has the Governor's permit.`,
        );
      case 'kill_switch_active':
        throw refused(
          'kill-switch-engaged',
          'The kill switch is engaged',
          'An admin must release it before a permit can be given.',
        );
      case 'disarmed':
        throw refused(
          'disarmed',
          'The system is disarmed',
          'An admin must arm it before a permit for an order can be given.',
        );
    }
    return written satisfies never;
  }

  #demandAllowed({ mode }: PlanRecord): void {
    const { applyMode, permitSigning } = this.environment;
    if (applyMode === 'production' || mode === 'production')
      throw refused('production', 'Not in production', 'In production only the issuer gives permits.');
    if (permitSigning !== 'off')
      throw refused(
        'signing-on',
        'Permits are signed',
        `PERMIT_SIGNING=${permitSigning}: an unsigned permit does not count in any mode.`,
      );
  }
}

const refused = (kind: ProblemKind, title: string, detail: string): ProblemException =>
  problem(409, kind, title, detail);
