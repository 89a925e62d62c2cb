import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type DeadLetter, DeadLetterStore } from '../../redis/streams/dead-letter-store.js';
import { entryTimeMs } from '../../redis/streams/stream-entry.js';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action } from '../audit/audited-action.js';
import { StreamPageQuery } from '../page-query.js';
import { ReasonBody } from '../reason.dto.js';
import { DeadLetterSettler } from './dead-letter-settlement.js';

@ApiTags('streams')
@ApiBearerAuth()
@Controller('api/v1/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly deadLetters: DeadLetterStore,
    private readonly settling: DeadLetterSettler,
  ) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({ summary: 'Entries that could not be read or handled, with the reason, newest first' })
  async list(@Query() { limit, cursor }: StreamPageQuery): Promise<object> {
    const { deadLetters, nextCursor } = await this.deadLetters.page(cursor, limit);
    return {
      dead_letters: deadLetters.map((deadLetter) => deadLetterJson(deadLetter)),
      next_cursor: nextCursor ?? null,
    };
  }

  @Get(':id')
  @Needs('viewer')
  @ApiOperation({ summary: 'One dead letter, with its settlement' })
  async read(@Param('id') id: string): Promise<object> {
    return deadLetterJson(await this.settling.found(id));
  }

  @Post(':id/replay')
  @HttpCode(200)
  @Needs('admin')
  @Action('dead_letter.replay')
  @ApiOperation({
    summary: 'Gives the entry back to the group that dead-lettered it; reports when this cannot change anything',
  })
  async replay(@Param('id') id: string, @Body() body: ReasonBody, @ByCaller() caller: Caller): Promise<object> {
    const { deadLetter, outlook } = await this.settling.replay(id, caller.name, body.reason);
    return { ...deadLetterJson(deadLetter), ...outlook };
  }

  @Post(':id/discard')
  @HttpCode(200)
  @Needs('admin')
  @Action('dead_letter.discard')
  @ApiOperation({ summary: 'Marks a dead letter as settled; its entry is not handled again' })
  async discard(@Param('id') id: string, @Body() body: ReasonBody, @ByCaller() caller: Caller): Promise<object> {
    const { deadLetter } = await this.settling.discard(id, caller.name, body.reason);
    return deadLetterJson(deadLetter);
  }
}

function deadLetterJson(deadLetter: DeadLetter): object {
  const { id, stream, group, entryId, reason, deliveries, fields, mark } = deadLetter;
  return {
    id,
    at_ms: entryTimeMs(id),
    stream,
    group,
    entry_id: entryId,
    reason,
    deliveries,
    fields,
    settled: mark === undefined ? null : { outcome: mark.outcome, by: mark.by, reason: mark.reason, at_ms: mark.atMs },
  };
}
