import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { Needs } from '../access/caller.js';
import { PageQuery } from '../page-query.js';
import { AuditLog } from './audit-log.js';

class AuditQuery extends PageQuery {
  @ApiPropertyOptional({ description: '`next_cursor` of the page before' })
  @Matches(/^\d{1,20}-\d{1,20}$/, { message: 'must be the next_cursor of an earlier page' })
  override readonly cursor?: string;
}

@ApiTags('audit')
@ApiBearerAuth()
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly log: AuditLog) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({ summary: 'Who did what, when, from where; newest first, its hash chain verified' })
  async list(@Query() query: AuditQuery): Promise<object> {
    const { entries, fault, nextCursor } = await this.log.page(query.cursor, query.limit);
    return {
      entries: entries.map(({ id, fields }) => ({ id, ...fields })),
      chain: fault === undefined ? { intact: true } : { intact: false, broken_at: fault.id, detail: fault.detail },
      next_cursor: nextCursor ?? null,
    };
  }
}
