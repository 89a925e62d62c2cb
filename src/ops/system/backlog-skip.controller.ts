import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsBoolean, IsOptional, ValidateBy } from 'class-validator';
import { isStreamId } from '../../redis/streams/stream-entry.js';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action, Audited, type Change } from '../audit/audited-action.js';
import { ReasonBody } from '../reason.dto.js';
import { BacklogSkip } from './backlog-skip.js';

class SkipBody extends ReasonBody {
  @ApiProperty({ description: 'the id of the last entry to leave behind, or latest', example: 'latest' })
  @ValidateBy({
    name: 'isSkipTarget',
    validator: {
      validate: (value: unknown) => value === 'latest' || (typeof value === 'string' && isStreamId(value)),
      defaultMessage: () => 'must be the id of an entry, such as 1790000000000-0, or latest',
    },
  })
  readonly to: string = '';

  @ApiPropertyOptional({ description: 'true: also entries that would still change something', default: false })
  @IsOptional()
  @IsBoolean()
  readonly force?: boolean;
}

class LostEntryAnswer {
  @ApiProperty({ example: '1790000000000-0' })
  readonly id: string = '';

  @ApiProperty({ example: 'the ledger counts the part of this fill that it has not counted yet' })
  readonly detail: string = '';
}

class SkipAnswer {
  @ApiProperty({ example: 'quantum:stream:apply.plan' })
  readonly stream: string = '';

  @ApiProperty({ example: 'governor' })
  readonly group: string = '';

  @ApiProperty({ example: '1790000000000-0', description: 'the group had read up to here' })
  readonly from: string = '';

  @ApiProperty({ example: '1790000600000-0', description: 'the group goes on after this' })
  readonly to: string = '';

  @ApiProperty({ example: 120, description: 'entries that it had not read' })
  readonly unread: number = 0;

  @ApiProperty({ example: 3, description: 'entries that it had read and not acknowledged; they are acknowledged now' })
  readonly acknowledged: number = 0;

  @ApiProperty({ type: [LostEntryAnswer], description: 'what would still have changed something; 100 at most' })
  readonly lost: readonly LostEntryAnswer[] = [];
}

@ApiTags('system')
@ApiBearerAuth()
@Controller('api/v1/streams')
export class BacklogSkipController {
  constructor(private readonly skips: BacklogSkip) {}

  @Post(':name/groups/:group/skip')
  @HttpCode(200)
  @Needs('admin')
  @Action('stream.skip')
  @ApiOperation({
    summary: 'Lets a group leave a backlog behind; entries that would still change something only with force',
  })
  @ApiOkResponse({ type: SkipAnswer })
  async skip(
    @Param('name') name: string,
    @Param('group') group: string,
    @Body() { to, force, reason }: SkipBody,
    @ByCaller() { name: actor }: Caller,
    @Audited() change: Change,
  ): Promise<SkipAnswer> {
    const skipped = await this.skips.carryOut({ name, group, to, force: force === true, reason, actor });
    change.before = { last_delivered_id: skipped.from };
    return { ...skipped, group };
  }
}
