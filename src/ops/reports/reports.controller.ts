import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';
import { Needs } from '../access/caller.js';
import { DayReportAnswer } from './day-report.dto.js';
import { DayReport } from './day-report.js';

function isDay(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const ms = Date.parse(value);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value) && ms <= Date.now();
}

class DayQuery {
  @ApiPropertyOptional({ description: 'a day, UTC; today where it is left out', example: '2026-11-30' })
  @IsOptional()
  @ValidateBy({
    name: 'isDay',
    validator: { validate: isDay, defaultMessage: () => 'must be a day such as 2026-11-30 that has begun in UTC' },
  })
  readonly day?: string;
}

@ApiTags('reports')
@ApiBearerAuth()
@Controller('api/v1/reports')
export class ReportsController {
  constructor(private readonly report: DayReport) {}

  @Get('day')
  @Needs('viewer')
  @ApiOperation({
    summary:
      "What was closed on a UTC day, by the exchange's own trades: prices, fees, profit; and what was denied, by reason",
  })
  @ApiOkResponse({ type: DayReportAnswer })
  reportDay(@Query() { day = new Date().toISOString().slice(0, 10) }: DayQuery): Promise<DayReportAnswer> {
    return this.report.make(day);
  }
}
