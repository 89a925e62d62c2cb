import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Decimal } from '../../flow/0-decimal.js';
import { Needs } from '../access/caller.js';
import { Action, Audited, type Change } from '../audit/audited-action.js';
import { ReasonBody } from '../reason.dto.js';
import { CloseAnswer, CloseBody, FlattenAnswer } from './closing.dto.js';
import { Closing } from './closing.js';
import { PositionViews } from './position-view.js';

const WHOLE = new Decimal(100);

@ApiTags('positions')
@ApiBearerAuth()
@Controller('api/v1')
export class ClosingController {
  constructor(
    private readonly views: PositionViews,
    private readonly closing: Closing,
  ) {}

  @Post('positions/:symbol/close')
  @HttpCode(200)
  @Needs('operator')
  @Action('position.close')
  @ApiOperation({
    summary:
      'Proposes to close a share of a position, if its amount is what you saw; the gates judge it like any other',
  })
  @ApiOkResponse({ type: CloseAnswer })
  async close(
    @Param('symbol') given: string,
    @Body() body: CloseBody,
    @Audited() change: Change,
  ): Promise<CloseAnswer> {
    const answer = await this.closing.close({
      symbol: this.views.known(given),
      pct: body.pct === 'all' ? WHOLE : new Decimal(body.pct),
      expectedExchangeAmt: new Decimal(body.expected_exchange_amt),
    });
    change.before = { exchange_amt: answer.exchange_amt };
    return answer;
  }

  @Post('flatten')
  @HttpCode(200)
  @Needs('admin')
  @Action('positions.flatten')
  @ApiOperation({
    summary: 'Proposes a full close of every symbol that has a position; refused in production',
  })
  @ApiOkResponse({ type: FlattenAnswer })
  async flatten(@Body() _body: ReasonBody, @Audited() change: Change): Promise<FlattenAnswer> {
    const symbols = await this.closing.flatten(this.views.symbols, WHOLE);
    change.before = Object.fromEntries(symbols.map(({ symbol, exchange_amt: amount }) => [symbol, amount]));
    return { symbols };
  }
}
