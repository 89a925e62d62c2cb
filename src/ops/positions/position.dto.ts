import { ApiProperty } from '@nestjs/swagger';
import {
  Amount,
  AmountOrNull,
  OptionalAmount,
  Part,
  PartOrNull,
  Parts,
  Text,
  TextOrNull,
  Texts,
  Truth,
  Word,
} from '../openapi/members.js';
import { BlockerAnswer } from '../why/why.dto.js';

const NOW = 1_764_518_400_000;

export class SnapshotAnswer {
  @Text('the signed position at the exchange', '-0.062')
  readonly position_amt!: string;

  @TextOrNull('LONG, SHORT or NONE', 'SHORT')
  readonly side!: string | null;

  @TextOrNull('a decimal', '64000.5')
  readonly entry_price!: string | null;

  @TextOrNull('a decimal', '64010.1')
  readonly mark_price!: string | null;

  @TextOrNull('in USD', '-0.59')
  readonly unrealized_pnl!: string | null;

  @TextOrNull('a decimal', '5')
  readonly leverage!: string | null;

  @TextOrNull('what resting orders would reduce', '0')
  readonly resting_reduce_qty!: string | null;

  @TextOrNull('rest or push', 'push')
  readonly source!: string | null;

  @Amount('when the request for it began, or the push was written', NOW)
  readonly ts_ms!: number;

  @Amount('by the clock of Redis', 812)
  readonly age_ms!: number;
}

/** `state` is always there, `detail` of a ledger that is not usable, the rest of one that is. */
export class LedgerAnswer {
  @Word('absent: none was made yet; lost: it cannot be used', ['present', 'absent', 'lost'])
  readonly state!: 'present' | 'absent' | 'lost';

  @ApiProperty({
    type: String,
    required: false,
    description: 'why it is not usable',
    example: 'no ledger was made yet',
  })
  readonly detail?: string;

  @ApiProperty({ type: String, required: false, description: 'the signed amount', example: '-0.062' })
  readonly last_known_amt?: string;

  @ApiProperty({ type: String, nullable: true, required: false, example: '8389765' })
  readonly last_order_id?: string | null;

  @ApiProperty({ type: String, nullable: true, required: false, example: '0f1e2d3c4b5a6978' })
  readonly last_result_plan_id?: string | null;

  @ApiProperty({ type: String, nullable: true, required: false, example: '0.186' })
  readonly last_executed_qty?: string | null;

  @ApiProperty({ type: String, nullable: true, required: false, example: 'BUY' })
  readonly last_side?: string | null;

  @ApiProperty({ type: String, nullable: true, required: false, description: 'who wrote it last', example: 'fill' })
  readonly source?: string | null;

  @ApiProperty({ type: Number, nullable: true, required: false, example: NOW })
  readonly updated_ms?: number | null;

  @ApiProperty({ type: Number, nullable: true, required: false, example: 4_000 })
  readonly age_ms?: number | null;

  @ApiProperty({ type: Number, nullable: true, required: false, example: NOW })
  readonly last_fill_ms?: number | null;

  @ApiProperty({ type: Number, nullable: true, required: false, example: 4_000 })
  readonly last_fill_age_ms?: number | null;
}

export class DriftAnswer {
  @Text('exchange minus ledger', '0')
  readonly difference!: string;

  @Truth('the two amounts are the same')
  readonly agrees!: boolean;

  @Truth('they are on opposite sides', false)
  readonly side_mismatch!: boolean;

  @Amount('how much they may differ, in per cent', 1)
  readonly tolerance_pct!: number;
}

export class HoldAnswer {
  @Text('operator, or what a role found; unreadable for a hold that nobody can read', 'operator')
  readonly cause!: string;

  @Text('for a person', 'manual trade, ticket 4711')
  readonly reason!: string;

  @Text('who set it', 'anna')
  readonly by!: string;

  @AmountOrNull('when it was set; null for a hold that nobody can read', NOW)
  readonly at_ms!: number | null;

  @OptionalAmount('how long ago', 60_000)
  readonly age_ms?: number;
}

export class StoredHoldAnswer extends HoldAnswer {
  @Text('the symbol', 'BTCUSDT')
  readonly symbol!: string;
}

export class HoldSetAnswer {
  @Part(() => StoredHoldAnswer)
  readonly hold!: StoredHoldAnswer;
}

export class HoldLiftedAnswer {
  @Text('the symbol', 'BTCUSDT')
  readonly symbol!: string;

  @PartOrNull(() => StoredHoldAnswer, 'always null')
  readonly hold!: null;
}

export class OpenOrderAnswer {
  @Text('16 hex digits', '0f1e2d3c4b5a6978')
  readonly plan_id!: string;

  @Amount('the attempt of the plan', 1)
  readonly attempt!: number;

  @TextOrNull('of the journal', 'CLAIMED')
  readonly state!: string | null;

  @AmountOrNull('when both permits were taken', NOW)
  readonly claimed_ms!: number | null;
}

export class PositionAnswer {
  @Text('the symbol', 'BTCUSDT')
  readonly symbol!: string;

  @PartOrNull(() => SnapshotAnswer, 'null before the first read')
  readonly snapshot!: SnapshotAnswer | null;

  @Part(() => LedgerAnswer)
  readonly ledger!: LedgerAnswer;

  @PartOrNull(() => DriftAnswer, 'null while one of the two is not known')
  readonly drift!: DriftAnswer | null;

  @PartOrNull(() => HoldAnswer)
  readonly hold!: HoldAnswer | null;

  @PartOrNull(() => OpenOrderAnswer, 'the order that is open, or whose fill is not counted yet')
  readonly in_flight!: OpenOrderAnswer | null;

  @Text('changes with each change of the position', '17')
  readonly position_epoch!: string;

  @Texts('keys of the wrong type, and what a role cannot handle', [])
  readonly faults!: readonly string[];

  @Parts(() => BlockerAnswer, 'everything that keeps the symbol from trading')
  readonly blockers!: readonly BlockerAnswer[];
}

export class PositionsAnswer {
  @Parts(() => PositionAnswer)
  readonly positions!: readonly PositionAnswer[];
}
