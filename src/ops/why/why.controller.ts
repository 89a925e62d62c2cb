import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../access/caller.js';
import { PositionViews } from '../positions/position-view.js';
import { blockerJson, SymbolWhy } from './symbol-why.js';
import { WhyAnswer } from './why.dto.js';

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
  async read(@Param('symbol') given: string): Promise<WhyAnswer> {
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
