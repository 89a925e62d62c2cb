import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { BLOCKERS, type BlockerReason } from '../../gates/why/blocker.js';
import { Needs } from '../access/caller.js';
import { PositionViews } from '../positions/position-view.js';
import { blockerJson, SymbolWhy } from './symbol-why.js';

class BlockerAnswer {
  @ApiProperty({
    enum: Object.keys(BLOCKERS),
    description: 'from a closed set, in the order in which they stop a plan',
  })
  readonly reason: BlockerReason = 'hold';

  @ApiProperty({ description: 'for a person: what, since when, until when, and by whom' })
  readonly text: string = '';

  @ApiProperty({ type: Number, nullable: true, description: 'epoch ms' })
  readonly since_ms: number | null = null;

  @ApiProperty({ type: Number, nullable: true, description: 'epoch ms: when it passes by itself' })
  readonly until_ms: number | null = null;

  @ApiProperty({ type: String, nullable: true, description: 'who did it' })
  readonly by: string | null = null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'the one command that helps; null where only waiting does',
  })
  readonly remedy: string | null = null;
}

class WhyAnswer {
  @ApiProperty()
  readonly symbol: string = '';

  @ApiProperty({ description: 'nothing is in the way' })
  readonly may_trade: boolean = false;

  @ApiProperty({ description: 'epoch ms by the clock of Redis' })
  readonly at_ms: number = 0;

  @ApiProperty({ type: [BlockerAnswer] })
  readonly blockers: readonly BlockerAnswer[] = [];
}

@ApiTags('positions')
@ApiBearerAuth()
@Controller('api/v1/symbols')
export class WhyController {
  constructor(
    private readonly views: PositionViews,
    private readonly why: SymbolWhy,
  ) {}

  @Get(':symbol/why')
  @Needs('viewer')
  @ApiOperation({ summary: 'Everything that keeps the symbol from trading now, in words, with the command that helps' })
  @ApiOkResponse({ type: WhyAnswer })
  async read(@Param('symbol') given: string): Promise<object> {
    const symbol = this.views.known(given);
    const { evidence, blockers } = await this.why.read(symbol, await this.why.shared());
    return {
      symbol,
      may_trade: blockers.length === 0,
      at_ms: evidence.nowMs,
      blockers: blockers.map(blockerJson),
    };
  }
}
