import { Controller, Get, Header, UseFilters } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { Open } from '../access/caller.js';
import { HealthFilter } from './health.filter.js';
import type { PartHealth } from '../../runtime/role-service.js';
import { Readiness } from './readiness.js';

/** 200, or 503 with the failing part and its reason under `error`. */
@ApiTags('health')
@Open()
@UseFilters(HealthFilter)
@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: Readiness,
  ) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  @HealthCheck()
  @ApiOperation({ summary: 'Whether the process answers at all; a restart helps when it does not' })
  live(): Promise<HealthCheckResult> {
    return this.#report([{ part: 'event_loop', fault: undefined }]);
  }

  @Get('startup')
  @Header('Cache-Control', 'no-store')
  @HealthCheck()
  @ApiOperation({ summary: 'Whether the start-up sequence has finished' })
  startup(): Promise<HealthCheckResult> {
    return this.#report([this.readiness.startupPart()]);
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  @HealthCheck()
  @ApiOperation({ summary: 'Whether the process can do its work now: Redis, every role, the exchange' })
  async ready(): Promise<HealthCheckResult> {
    return this.#report(await this.readiness.parts());
  }

  #report(parts: readonly PartHealth[]): Promise<HealthCheckResult> {
    return this.checks.check(
      parts.map(({ part, fault, details }) => () => {
        const indicator = this.indicators.check(part);
        return fault === undefined ? indicator.up({ ...details }) : indicator.down({ reason: fault });
      }),
    );
  }
}
