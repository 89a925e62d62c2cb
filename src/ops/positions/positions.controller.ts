import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Matches } from 'class-validator';
import { Decimal } from '../../flow/0-decimal.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action, Audited, type Change, StopsTrading } from '../audit/audited-action.js';
import { problem } from '../problem/problem.js';
import { asDecimalText, DECIMAL_TEXT } from '../decimal-text.js';
import { ReasonBody } from '../reason.dto.js';
import { RedisTime } from '../system/redis-time.js';
import { PositionViews } from './position-view.js';
import { Reconciliation } from './reconciliation.js';
import { HoldLiftedAnswer, HoldSetAnswer, PositionAnswer, PositionsAnswer } from './position.dto.js';
import { TEXT_OR_NUMBER } from '../openapi/members.js';

class ReconcileBody extends ReasonBody {
  @ApiProperty({
    description: 'the signed amount you saw at the exchange',
    oneOf: TEXT_OR_NUMBER,
  })
  @Transform(asDecimalText)
  @Matches(DECIMAL_TEXT, { message: 'must be a plain signed decimal such as -0.062' })
  readonly expected_exchange_amt: string = '';
}

@ApiTags('positions')
@ApiBearerAuth()
@Controller('api/v1/positions')
export class PositionsController {
  constructor(
    private readonly views: PositionViews,
    private readonly reconciliation: Reconciliation,
    private readonly control: ControlStore,
    private readonly time: RedisTime,
  ) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({ summary: 'Every symbol: snapshot, ledger, drift, hold, order in flight, ages' })
  @ApiOkResponse({ type: PositionsAnswer })
  async list(): Promise<PositionsAnswer> {
    return { positions: await this.views.all() };
  }

  @Get(':symbol')
  @Needs('viewer')
  @ApiOperation({ summary: 'One symbol' })
  @ApiOkResponse({ type: PositionAnswer })
  async read(@Param('symbol') given: string): Promise<PositionAnswer> {
    return this.views.one(this.views.known(given));
  }

  @Post(':symbol/reconcile')
  @HttpCode(200)
  @Needs('operator')
  @Action('ledger.reconcile')
  @ApiOperation({
    summary: 'Sets the ledger to the exchange amount if that is still the amount you expect; lifts the hold',
  })
  @ApiOkResponse({ type: PositionAnswer })
  async reconcile(
    @Param('symbol') given: string,
    @Body() body: ReconcileBody,
    @ByCaller() caller: Caller,
    @Audited() change: Change,
  ): Promise<PositionAnswer> {
    const symbol = this.views.known(given);
    const { before, after } = await this.reconciliation.carryOut({
      symbol,
      expectedExchangeAmt: new Decimal(body.expected_exchange_amt),
      reason: body.reason,
      actor: caller.name,
    });
    change.before = { ledger_amt: before };
    change.after = { ledger_amt: after };
    return this.views.one(symbol);
  }

  @Put(':symbol/hold')
  @Needs('operator')
  @Action('hold.set')
  @StopsTrading()
  @ApiOperation({ summary: 'Blocks the symbol until it is reconciled or the hold is lifted' })
  @ApiOkResponse({ type: HoldSetAnswer })
  async hold(
    @Param('symbol') given: string,
    @Body() body: ReasonBody,
    @ByCaller() caller: Caller,
    @Audited() change: Change,
  ): Promise<HoldSetAnswer> {
    const hold = {
      symbol: this.views.known(given),
      cause: 'operator',
      reason: body.reason,
      by: caller.name,
      at_ms: await this.time.nowMs(),
    };
    await this.control.setHold(hold, 'operator', false);
    change.before = { hold: this.control.changes.before(hold) ?? null };
    return { hold };
  }

  @Delete(':symbol/hold')
  @Needs('operator')
  @Action('hold.clear')
  @ApiOperation({ summary: 'Lifts the hold' })
  @ApiOkResponse({ type: HoldLiftedAnswer })
  async lift(
    @Param('symbol') given: string,
    @Body() body: ReasonBody,
    @ByCaller() caller: Caller,
    @Audited() change: Change,
  ): Promise<HoldLiftedAnswer> {
    const symbol = this.views.known(given);
    change.before = { hold: (await this.control.hold(symbol)) ?? null };
    const outcome = await this.control.clearHold(symbol, body.reason, caller.name);
    if (outcome === 'absent') throw problem(404, 'no-hold', 'There is no hold', `${symbol} is not on hold.`);
    return { symbol, hold: null };
  }
}
