import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../access/caller.js';
import { LimitUsage } from './limit-usage.js';
import { LimitsAnswer } from './limits.dto.js';
import { RedisTime } from './redis-time.js';

@ApiTags('limits')
@ApiBearerAuth()
@Controller('api/v1/limits')
export class LimitsController {
  constructor(
    private readonly usage: LimitUsage,
    private readonly time: RedisTime,
  ) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({
    summary: 'Every limit per symbol: its value, how much is used, reserved and left, and when something is free again',
  })
  @ApiOkResponse({ type: LimitsAnswer })
  async list(): Promise<LimitsAnswer> {
    const nowMs = await this.time.nowMs();
    return {
      at_ms: nowMs,
      day_utc: new Date(nowMs).toISOString().slice(0, 10),
      limits: await this.usage.read(nowMs),
    };
  }
}
