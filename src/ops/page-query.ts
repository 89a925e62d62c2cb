import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

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
  @Matches(/^\d{1,20}-\d{1,20}$/, { message: 'must be the next_cursor of an earlier page' })
  override readonly cursor?: string;
}
