import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min, ValidateBy, ValidateIf } from 'class-validator';
import { isStreamId } from '../redis/streams/stream-entry.js';

/** The page of a list: its size and start. */
export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 500, default: 50 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  readonly limit: number = 50;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before' })
  @IsOptional()
  @IsString()
  readonly cursor?: string;
}

/** A list from a Redis stream: its cursor is an entry id. */
export class StreamPageQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`next_cursor` of the page before' })
  @ValidateIf((_query, value) => value !== undefined)
  @ValidateBy({
    name: 'isStreamCursor',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isStreamId(value),
      defaultMessage: () => 'must be the next_cursor of an earlier page',
    },
  })
  override readonly cursor?: string;
}
