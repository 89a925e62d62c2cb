import { ApiProperty } from '@nestjs/swagger';
import { Amount, AmountOrNull, Parts, Text, TextOrNull } from '../openapi/members.js';

export class LimitAnswer {
  @TextOrNull('null where there is none', '10')
  readonly limit!: string | null;

  @Text('with what is reserved', '4')
  readonly used!: string;

  @Text('the part of it that waits for its result', '1')
  readonly reserved!: string;

  @TextOrNull('null where there is no limit', '6')
  readonly left!: string | null;

  @AmountOrNull('when something is left again; null while something is, or where it never is', null)
  readonly free_at_ms!: number | null;
}

const OF_A_SYMBOL = { type: () => LimitAnswer, required: false } as const;

export class SymbolLimitsAnswer {
  @Text('the symbol', 'BTCUSDT')
  readonly symbol!: string;

  @ApiProperty({ ...OF_A_SYMBOL, description: 'GOV_MAX_EXEC_PER_HOUR' })
  readonly executions_per_hour?: LimitAnswer;

  @ApiProperty({ ...OF_A_SYMBOL, description: 'GOV_MAX_EXEC_PER_5MIN' })
  readonly executions_per_5min?: LimitAnswer;

  @ApiProperty({ ...OF_A_SYMBOL, description: 'GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD' })
  readonly reduce_notional_per_day_usd?: LimitAnswer;

  @ApiProperty({ ...OF_A_SYMBOL, description: 'GOV_MAX_REDUCE_QTY_PER_DAY' })
  readonly reduce_qty_per_day?: LimitAnswer;

  @ApiProperty({
    type: String,
    required: false,
    description: 'in place of the limits: a key of the symbol is of another type',
    example: 'quantum:governor:usage:BTCUSDT is a string',
  })
  readonly fault?: string;
}

export class LimitsAnswer {
  @Amount("by Redis' clock", 1_764_518_400_000)
  readonly at_ms!: number;

  @Text('the day that the daily limits count', '2026-11-30')
  readonly day_utc!: string;

  @Parts(() => SymbolLimitsAnswer)
  readonly limits!: readonly SymbolLimitsAnswer[];
}
