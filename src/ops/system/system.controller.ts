import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Environment, redactedConfiguration } from '../../config/environment.js';
import { Needs } from '../access/caller.js';
import { StatusReport } from './status-report.js';
import { StreamGroups } from './stream-groups.js';

@ApiTags('system')
@ApiBearerAuth()
@Controller('api/v1')
export class SystemController {
  constructor(
    @Inject(Environment) private readonly environment: Environment,
    private readonly report: StatusReport,
    private readonly groups: StreamGroups,
  ) {}

  @Get('status')
  @Needs('viewer')
  @ApiOperation({ summary: 'Roles, mode, arm state, kill switch, build, Redis, exchange, clock offset, lag' })
  status(): Promise<object> {
    return this.report.make();
  }

  @Get('streams')
  @Needs('viewer')
  @ApiOperation({ summary: 'How far every consumer group is' })
  async streams(): Promise<object> {
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

  @Get('config')
  @Needs('admin')
  @ApiOperation({ summary: 'The effective configuration, secrets redacted' })
  config(): object {
    return { configuration: redactedConfiguration(this.environment) };
  }
}
