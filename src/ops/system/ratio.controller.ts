import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, MaxLength } from 'class-validator';
import { type Issuer, ISSUERS } from '../../flow/3-permit.js';
import { VerdictCounter } from '../../redis/streams/verdict-counts.js';
import { Needs } from '../access/caller.js';
import { AsTime, TIME } from '../time-query.js';

class RatioQuery {
  @ApiPropertyOptional({ example: 'BTCUSDT', description: 'in any case' })
  @IsOptional()
  @IsString()
  @MaxLength(40)
  readonly symbol?: string;

  @ApiPropertyOptional({ description: TIME, type: String })
  @IsOptional()
  @AsTime()
  @IsInt({ message: `must be ${TIME}` })
  readonly since?: number;
}

class RatioRow {
  @ApiProperty({ example: 'BTCUSDT', description: '"" for a verdict that names none' })
  readonly symbol: string = '';

  @ApiProperty({ enum: ISSUERS, example: 'p33' })
  readonly issuer: Issuer = 'p33';

  @ApiProperty({ enum: ['allow', 'deny'], example: 'deny' })
  readonly verdict: string = '';

  @ApiProperty({ example: 'stale_exchange_state', description: '"" for an allow' })
  readonly reason: string = '';

  @ApiProperty({ example: 12 })
  readonly count: number = 0;
}

class RatioAnswer {
  @ApiProperty({ type: Number, nullable: true, example: 1_790_000_000_000, description: 'the oldest verdict counted' })
  readonly first_ms: number | null = null;

  @ApiProperty({ example: 180 })
  readonly allowed: number = 0;

  @ApiProperty({ example: 20 })
  readonly denied: number = 0;

  @ApiProperty({ type: [RatioRow], description: 'largest count first' })
  readonly rows: readonly RatioRow[] = [];
}

@ApiTags('system')
@ApiBearerAuth()
@Controller('api/v1/ratio')
export class RatioController {
  constructor(private readonly counter: VerdictCounter) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({
    summary: 'How often each issuer said yes and no, by symbol and reason, among about the newest 10 000 verdicts',
  })
  @ApiOkResponse({ type: RatioAnswer })
  async read(@Query() { symbol, since }: RatioQuery): Promise<RatioAnswer> {
    const { firstMs, counts } = await this.counter.count(since ?? 0, symbol?.toUpperCase());
    const sum = (wanted: string): number =>
      counts.reduce((total, { verdict, count }) => total + (verdict === wanted ? count : 0), 0);
    return { first_ms: firstMs ?? null, allowed: sum('allow'), denied: sum('deny'), rows: counts };
  }
}
