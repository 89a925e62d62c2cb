import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Environment, redactedConfiguration } from '../../config/environment.js';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action } from '../audit/audited-action.js';
import { ReasonBody } from '../reason.dto.js';
import { SilentConsumers } from './silent-consumers.js';
import { StatusReport } from './status-report.js';
import { StreamRenewals } from './stream-renewals.js';
import { StreamGroups } from './stream-groups.js';
import { ConfigurationAnswer, StatusAnswer } from './status.dto.js';
import { ClaimedAnswer, RenewedAnswer, StreamsAnswer } from './streams.dto.js';

const DAY_MS = 86_400_000;

class ClaimBody extends ReasonBody {
  @ApiProperty({ description: 'a consumer that has not read for this long counts as dead', minimum: 10_000 })
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
  ) {}

  @Get('status')
  @Needs('viewer')
  @ApiOperation({ summary: 'Roles, mode, arm state, kill switch, build, Redis, exchange, clock offset, lag' })
  @ApiOkResponse({ type: StatusAnswer })
  status(): Promise<StatusAnswer> {
    return this.report.make();
  }

  @Get('streams')
  @Needs('viewer')
  @ApiOperation({ summary: 'How far every consumer group is' })
  @ApiOkResponse({ type: StreamsAnswer })
  async streams(): Promise<StreamsAnswer> {
    const streams = await this.groups.read();
    return {
      streams: streams.map(({ stream, length, groups }) => ({
        stream,
        length,
        groups: groups.map(({ group, exists, lag, pending, lastDeliveredId, consumers }) => ({
          group,
          exists,
          lag: lag ?? null,
          pending,
          last_delivered_id: lastDeliveredId,
          consumers: consumers.map(({ name, pending: own, idleMs }) => ({ name, pending: own, idle_ms: idleMs })),
        })),
      })),
    };
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
  ): Promise<ClaimedAnswer> {
    const { min_idle_ms: minIdleMs, consumer } = body;
    const { entries, goneCount, ...claimed } = await this.silent.claim({ name, group, minIdleMs, consumer });
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
    return { configuration: redactedConfiguration(this.environment) };
  }
}
