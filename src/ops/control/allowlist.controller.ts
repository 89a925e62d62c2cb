import { Body, Controller, Delete, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Environment } from '../../config/environment.js';
import type { Suspension } from '../../redis/stores/control-state.js';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action, Audited, type Change, StopsTrading } from '../audit/audited-action.js';
import { AnswersWithState } from '../idempotency/present-state.js';
import { PositionViews } from '../positions/position-view.js';
import { problem } from '../problem/problem.js';
import { ReasonBody } from '../reason.dto.js';
import { RedisTime } from '../system/redis-time.js';
import { AllowlistAnswer, SuspendedAnswer } from './allowlist.dto.js';
import { inFlightJson } from './in-flight.js';
import { Suspensions } from './suspensions.js';

@ApiTags('control')
@ApiBearerAuth()
@Controller('api/v1/allowlist')
export class AllowlistController {
  constructor(
    private readonly environment: Environment,
    private readonly views: PositionViews,
    private readonly suspensions: Suspensions,
    private readonly time: RedisTime,
  ) {}

  @Delete(':symbol')
  @Needs('operator')
  @Action('symbol.suspend')
  @StopsTrading()
  @ApiOperation({
    summary:
      'When it has returned, no further order of the symbol is sent, by any process, until an admin allows it again',
  })
  @ApiOkResponse({ type: SuspendedAnswer })
  async suspend(
    @Param('symbol') given: string,
    @Body() { reason }: ReasonBody,
    @ByCaller() { name: by }: Caller,
    @Audited() change: Change,
  ): Promise<SuspendedAnswer> {
    const symbol = this.views.known(given);
    const asked = { symbol, by, reason, at_ms: await this.time.nowMs() };
    const { isChanged, before, inFlight } = await this.suspensions.suspend(asked);
    const holds = isChanged || before === undefined ? asked : before;
    change.before = { suspension: suspensionJson(before) };
    change.after = { suspension: suspensionJson(holds) };
    return {
      symbol,
      allowed: false,
      changed: isChanged,
      suspension: suspensionJson(holds),
      in_flight: inFlight.map((plan) => inFlightJson(plan)),
    };
  }

  @Put(':symbol')
  @AnswersWithState('suspension')
  @Needs('admin')
  @Action('symbol.allow')
  @ApiOperation({
    summary: 'Allows a suspended symbol again; never one that the allowlists of the configuration do not name',
  })
  @ApiOkResponse({ type: AllowlistAnswer })
  async allow(
    @Param('symbol') given: string,
    @Body() { reason }: ReasonBody,
    @ByCaller() caller: Caller,
    @Audited() change: Change,
  ): Promise<AllowlistAnswer> {
    const symbol = this.views.known(given);
    this.#demandConfigured(symbol);
    const { isChanged, before } = await this.suspensions.allow(symbol, reason, caller.name);
    change.before = { suspension: suspensionJson(before) };
    change.after = { suspension: null };
    return { symbol, allowed: true, changed: isChanged, suspension: null };
  }

  #demandConfigured(symbol: string): void {
    const { applyAllowlist, p33Allowlist } = this.environment;
    const absentFrom = [
      ...(applyAllowlist.includes(symbol) ? [] : ['APPLY_ALLOWLIST']),
      ...(p33Allowlist.includes(symbol) ? [] : ['P33_ALLOWLIST']),
    ];
    if (absentFrom.length === 0) return;
    throw problem(
      409,
      'not-configured',
      'The configuration does not allow the symbol',
      `${symbol} is not in ${absentFrom.join(' and not in ')}. This call only ends a suspension: add the symbol there and restart the processes.`,
    );
  }
}

const suspensionJson = (suspension: Suspension | undefined): Omit<Suspension, 'symbol'> | null =>
  suspension === undefined ? null : { by: suspension.by, reason: suspension.reason, at_ms: suspension.at_ms };
