import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../access/caller.js';
import { StreamPageQuery } from '../page-query.js';
import { AuditLog } from './audit-log.js';

@ApiTags('audit')
@ApiBearerAuth()
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly log: AuditLog) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({ summary: 'Who did what, when, from where; newest first, its hash chain verified' })
  async list(@Query() query: StreamPageQuery): Promise<object> {
    const { entries, fault, nextCursor } = await this.log.page(query.cursor, query.limit);
    return {
      entries: entries.map(({ id, fields }) => ({ id, ...fields })),
      chain: fault === undefined ? { intact: true } : { intact: false, broken_at: fault.id, detail: fault.detail },
      next_cursor: nextCursor ?? null,
    };
  }
}
