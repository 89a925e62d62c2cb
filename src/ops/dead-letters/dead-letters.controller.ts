import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type DeadLetter, DeadLetterStore } from '../../redis/streams/dead-letter-store.js';
import { entryTimeMs } from '../../redis/streams/stream-entry.js';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action, Audited, type Change } from '../audit/audited-action.js';
import { StreamPageQuery } from '../page-query.js';
import { ReasonBody } from '../reason.dto.js';
import { DeadLetterSettler } from './dead-letter-settlement.js';
import { DeadLetterAnswer, DeadLettersAnswer, ReplayedAnswer } from './dead-letter.dto.js';

/** Each dead letter is settled once: what could be settled was not before. */
const UNSETTLED = { settled: null };

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
  @ApiOkResponse({ type: DeadLettersAnswer })
  async list(@Query() { limit, cursor }: StreamPageQuery): Promise<DeadLettersAnswer> {
    const { deadLetters, nextCursor } = await this.deadLetters.page(cursor, limit);
    return {
      dead_letters: deadLetters.map((deadLetter) => deadLetterJson(deadLetter)),
      next_cursor: nextCursor ?? null,
    };
  }

  @Get(':id')
  @Needs('viewer')
  @ApiOperation({ summary: 'One dead letter, with its settlement' })
  @ApiOkResponse({ type: DeadLetterAnswer })
  async read(@Param('id') id: string): Promise<DeadLetterAnswer> {
    return deadLetterJson(await this.settling.found(id));
  }

  @Post(':id/replay')
  @HttpCode(200)
  @Needs('admin')
  @Action('dead_letter.replay')
  @ApiOperation({
    summary: 'Gives the entry back to the group that dead-lettered it; reports when this cannot change anything',
  })
  @ApiOkResponse({ type: ReplayedAnswer })
  async replay(
    @Param('id') id: string,
    @Body() body: ReasonBody,
    @ByCaller() caller: Caller,
    @Audited() change: Change,
  ): Promise<ReplayedAnswer> {
    const { deadLetter, outlook } = await this.settling.replay(id, caller.name, body.reason);
    change.before = UNSETTLED;
    return { ...deadLetterJson(deadLetter), ...outlook };
  }

  @Post(':id/discard')
  @HttpCode(200)
  @Needs('admin')
  @Action('dead_letter.discard')
  @ApiOperation({ summary: 'Marks a dead letter as settled; its entry is not handled again' })
  @ApiOkResponse({ type: DeadLetterAnswer })
  async discard(
    @Param('id') id: string,
    @Body() body: ReasonBody,
    @ByCaller() caller: Caller,
    @Audited() change: Change,
  ): Promise<DeadLetterAnswer> {
    const { deadLetter } = await this.settling.discard(id, caller.name, body.reason);
    change.before = UNSETTLED;
    return deadLetterJson(deadLetter);
  }
}

function deadLetterJson(deadLetter: DeadLetter): DeadLetterAnswer {
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
