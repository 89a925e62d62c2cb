import { Body, Controller, Get, HttpCode, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { isArmed } from '../../redis/stores/control-state.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import { ByCaller, type Caller, demandRole, Needs } from '../access/caller.js';
import { Action, Audited, type Change, StopsTrading } from '../audit/audited-action.js';
import { AnswersWithState } from '../idempotency/present-state.js';
import { problem } from '../problem/problem.js';
import { ReasonBody } from '../reason.dto.js';
import { RedisTime } from '../system/redis-time.js';
import { inFlightJson } from './in-flight.js';
import { KillSwitch } from './kill-switch.service.js';
import { ArmSetAnswer, KillSwitchAnswer, KillSwitchSetAnswer } from './control.dto.js';

class KillSwitchBody extends ReasonBody {
  @ApiProperty({ type: Boolean, description: 'true engages (operator), false releases (admin)' })
  @IsBoolean()
  readonly engaged: boolean | undefined = undefined;
}

@ApiTags('control')
@ApiBearerAuth()
@Controller('api/v1')
export class ControlController {
  constructor(
    private readonly killSwitch: KillSwitch,
    private readonly control: ControlStore,
    private readonly time: RedisTime,
  ) {}

  @Get('kill-switch')
  @Needs('viewer')
  @ApiOperation({ summary: 'Whether the kill switch is engaged; missing from Redis or unreadable counts as engaged' })
  @ApiOkResponse({ type: KillSwitchAnswer })
  async readKillSwitch(): Promise<KillSwitchAnswer> {
    return (
      (await this.killSwitch.read()) ?? {
        engaged: true,
        by: '',
        reason: 'missing from Redis or unreadable, which counts as engaged',
        at_ms: null,
      }
    );
  }

  @Put('kill-switch')
  @AnswersWithState('kill_switch')
  @Needs('operator')
  @Action(({ engaged }) => (engaged === true ? 'kill_switch.engage' : 'kill_switch.release'))
  @StopsTrading(({ engaged }) => engaged === true)
  @ApiOperation({ summary: 'When the call that engages it has returned, no further order is sent, by any process' })
  @ApiOkResponse({ type: KillSwitchSetAnswer })
  async setKillSwitch(
    @Body() body: KillSwitchBody,
    @ByCaller() caller: Caller,
    @Audited() change: Change,
  ): Promise<KillSwitchSetAnswer> {
    if (body.engaged !== true) {
      demandRole(caller, 'admin');
      const released = await this.killSwitch.release(caller.name, body.reason);
      change.before = released.before;
      return released.state;
    }
    const engaged = await this.killSwitch.engage(caller.name, body.reason);
    change.before = engaged.before;
    const { state, wasEngaged, waitedMs, inFlight, foreignApply, missingReplicas } = engaged;
    return {
      ...state,
      was_engaged: wasEngaged,
      waited_ms: waitedMs,
      in_flight: inFlight.map((plan) => inFlightJson(plan)),
      foreign_apply: foreignApply ?? null,
      ...missingJson(missingReplicas),
    };
  }

  @Post('disarm')
  @HttpCode(200)
  @Needs('operator')
  @Action('disarm')
  @StopsTrading()
  @ApiOperation({ summary: 'Every plan from now on is a dry run, until an admin arms' })
  @ApiOkResponse({ type: ArmSetAnswer })
  async disarm(@Body() body: ReasonBody, @ByCaller() caller: Caller, @Audited() change: Change): Promise<ArmSetAnswer> {
    return this.#setArm(false, body.reason, caller, change);
  }

  @Post('arm')
  @AnswersWithState('arm')
  @HttpCode(200)
  @Needs('admin')
  @Action('arm')
  @ApiOperation({ summary: "Allows plans to execute again; also lifts the Governor's own disarming" })
  @ApiOkResponse({ type: ArmSetAnswer })
  async arm(@Body() body: ReasonBody, @ByCaller() caller: Caller, @Audited() change: Change): Promise<ArmSetAnswer> {
    return this.#setArm(true, body.reason, caller, change);
  }

  async #setArm(armed: boolean, reason: string, caller: Caller, change: Change): Promise<ArmSetAnswer> {
    const set = { armed, by: caller.name, reason, at_ms: await this.time.nowMs() };
    await this.control.setArm(set);
    change.before = this.control.changes.before(set);
    const state = await this.control.read();
    if (isArmed(state) !== armed) {
      const detail =
        state.governorDisarm === undefined
          ? 'somebody else has changed it since'
          : `the Governor has disarmed since: ${state.governorDisarm.reason}`;
      throw problem(
        409,
        'arm-state-changed',
        'The arm state has changed',
        `It was set to ${armed ? 'armed' : 'disarmed'}, and ${detail}.`,
      );
    }
    return {
      armed,
      by: state.arm?.by,
      reason: state.arm?.reason,
      at_ms: state.arm?.at_ms,
      governor_disarm: state.governorDisarm ?? null,
      ...(armed ? {} : missingJson(await this.control.missingReplicas('the arm state'))),
    };
  }
}

/** A stop counts without the replicas that REDIS_MIN_REPLICAS asks for; its answer says that they are missing. */
function missingJson(missingReplicas: string): { missing_replicas?: string } {
  return missingReplicas === '' ? {} : { missing_replicas: missingReplicas };
}
