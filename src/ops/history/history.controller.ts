import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { Environment } from '../../config/environment.js';
import { Needs } from '../access/caller.js';
import { HistoryAnswer, type HistoryPointAnswer, type Span, SPANS } from './history.dto.js';
import { MetricHistory } from './metric-history.js';
import { byStep, percentileMs, type Sum, sumOf } from './minutes.js';

const LENGTH_MS: Readonly<Record<Span, number>> = { hour: 3_600_000, day: 86_400_000 };
/** So that neither has more than a hundred points. */
const STEP_MS: Readonly<Record<Span, number>> = { hour: 60_000, day: 900_000 };

class HistoryQuery {
  @ApiPropertyOptional({ enum: SPANS, default: 'hour', description: 'how far back' })
  @IsOptional()
  @IsIn(SPANS)
  readonly span?: Span;
}

@ApiTags('system')
@ApiBearerAuth()
@Controller('api/v1/history')
export class HistoryController {
  constructor(
    private readonly history: MetricHistory,
    private readonly environment: Environment,
  ) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({
    summary:
      'What the process that answers did in the last hour or day: waits, verdicts, closed notional, request weight',
  })
  @ApiOkResponse({ type: HistoryAnswer })
  async readHistory(@Query() { span = 'hour' }: HistoryQuery): Promise<HistoryAnswer> {
    const { environment, history } = this;
    const nowMs = Date.now();
    const minutes = await history.since(nowMs - LENGTH_MS[span]);
    const total = sumOf(minutes);
    return {
      instance: environment.instanceId,
      roles: [...environment.roles],
      since_ms: history.sinceMs,
      at_ms: nowMs,
      span,
      step_ms: STEP_MS[span],
      minutes: minutes.length,
      most_minutes: history.mostMinutes,
      points: [...byStep(minutes, STEP_MS[span])].map(([atMs, of]) => this.#point(atMs, sumOf(of))),
      total: this.#point(nowMs - LENGTH_MS[span], total),
      verdicts: total.verdicts,
    };
  }

  #point(atMs: number, { waits, verdicts, closedUsd, weight }: Sum): HistoryPointAnswer {
    const count = (isAllow: boolean): number =>
      verdicts.reduce((sum, each) => sum + ((each.reason === '') === isAllow ? each.count : 0), 0);
    return {
      at_ms: atMs,
      claimed: waits.reduce((sum, each) => sum + each, 0),
      wait_p50_ms: this.#wait(waits, 0.5),
      wait_p90_ms: this.#wait(waits, 0.9),
      wait_p99_ms: this.#wait(waits, 0.99),
      allowed: count(true),
      denied: count(false),
      closed_notional_usd: closedUsd.toFixed(2),
      weight_used: weight,
    };
  }

  #wait(waits: readonly number[], share: number): number | null {
    const ms = percentileMs(waits, this.history.boundsSec, share);
    return ms === undefined ? null : Math.round(ms * 10) / 10;
  }
}
