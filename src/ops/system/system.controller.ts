import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { effectiveSettings, Environment, redactedConfiguration } from '../../config/environment.js';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action, Audited, type Change } from '../audit/audited-action.js';
import { Fleet } from '../fleet/fleet.js';
import { ReasonBody } from '../reason.dto.js';
import { SilentConsumers } from './silent-consumers.js';
import { StatusReport } from './status-report.js';
import { StreamRenewals } from './stream-renewals.js';
import { StreamGroups, type StreamState } from './stream-groups.js';
import { ConfigurationAnswer, StatusAnswer } from './status.dto.js';
import { ClaimedAnswer, RenewedAnswer, type StreamAnswer, StreamsAnswer } from './streams.dto.js';

const DAY_MS = 86_400_000;

class ClaimBody extends ReasonBody {
  @ApiProperty({
    description: 'a consumer without a lease that has not read for this long counts as dead',
    minimum: 10_000,
  })
  @IsInt()
  @Min(10_000)
  @Max(7 * DAY_MS)
  readonly min_idle_ms: number = Number.NaN;

  @ApiPropertyOptional({ description: 'of this consumer only' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  readonly consumer?: string;
}

@ApiTags('system')
@ApiBearerAuth()
@Controller('api/v1')
export class SystemController {
  constructor(
    private readonly environment: Environment,
    private readonly report: StatusReport,
    private readonly groups: StreamGroups,
    private readonly silent: SilentConsumers,
    private readonly renewals: StreamRenewals,
    private readonly fleet: Fleet,
  ) {}

  @Get('status')
  @Needs('viewer')
  @ApiOperation({
    summary:
      'What needs a person; fleet, mode, arm state, kill switch, unknown orders, holds, dead letters, hot limits, Redis, exchange, lag',
  })
  @ApiOkResponse({ type: StatusAnswer })
  status(): Promise<StatusAnswer> {
    return this.report.make();
  }

  @Get('streams')
  @Needs('viewer')
  @ApiOperation({ summary: 'How far every consumer group is, and which of its consumers live' })
  @ApiOkResponse({ type: StreamsAnswer })
  async streams(): Promise<StreamsAnswer> {
    return { streams: await Promise.all((await this.groups.read()).map((stream) => this.#stream(stream))) };
  }

  @Post('streams/:name/groups/:group/claim')
  @HttpCode(200)
  @Needs('admin')
  @Action('stream.claim')
  @ApiOperation({ summary: 'Moves the entries of dead consumers of a group to its live ones' })
  @ApiOkResponse({ type: ClaimedAnswer })
  async claim(
    @Param('name') name: string,
    @Param('group') group: string,
    @Body() body: ClaimBody,
    @Audited() change: Change,
  ): Promise<ClaimedAnswer> {
    const { min_idle_ms: minIdleMs, consumer } = body;
    const { entries, goneCount, held, ...claimed } = await this.silent.claim({ name, group, minIdleMs, consumer });
    change.before = { held };
    return { ...claimed, claimed: entries, gone: goneCount };
  }

  @Post('streams/:name/renew')
  @HttpCode(200)
  @Needs('admin')
  @Action('stream.renew')
  @ApiOperation({
    summary: 'Makes a stream take entries again that was given an id beyond reach, or is a key of another type',
  })
  @ApiOkResponse({ type: RenewedAnswer })
  renew(@Param('name') name: string, @Body() body: ReasonBody, @ByCaller() caller: Caller): Promise<RenewedAnswer> {
    return this.renewals.renew(name, body.reason, caller.name);
  }

  @Get('config')
  @Needs('admin')
  @ApiOperation({ summary: 'The effective configuration, secrets redacted' })
  @ApiOkResponse({ type: ConfigurationAnswer })
  config(): ConfigurationAnswer {
    return { configuration: redactedConfiguration(this.environment), settings: effectiveSettings(this.environment) };
  }

  async #stream({ stream, length, groups }: StreamState): Promise<StreamAnswer> {
    const lives = await Promise.all(groups.map((group) => this.fleet.livesOf(group)));
    return {
      stream,
      length,
      groups: groups.map(({ group, exists, lag, pending, lastDeliveredId, consumers }, at) => ({
        group,
        exists,
        lag: lag ?? null,
        pending,
        last_delivered_id: lastDeliveredId,
        consumers: consumers.map(({ name, pending: own, idleMs }) => ({
          name,
          pending: own,
          idle_ms: idleMs,
          life: lives[at]?.get(name) ?? 'silent',
        })),
      })),
    };
  }
}
