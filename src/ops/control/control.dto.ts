import { ApiProperty } from '@nestjs/swagger';
import {
  Amount,
  AmountOrNull,
  OptionalAmount,
  OptionalText,
  PartOrNull,
  Text,
  TextOrNull,
  Truth,
} from '../openapi/members.js';

const NOW = 1_764_518_400_000;

export class KillSwitchAnswer {
  @Truth('no order is sent while it is engaged', false)
  readonly engaged!: boolean;

  @Text('who set it; empty where Redis has none that can be read', 'anna')
  readonly by!: string;

  @Text('why', 'wrong prices')
  readonly reason!: string;

  @AmountOrNull('when it was set', NOW)
  readonly at_ms!: number | null;

  @OptionalAmount('numbers the changes', 12)
  readonly seq?: number;

  @OptionalText('of the stop that was pressed', 'b7f0c0de')
  readonly press_id?: string;

  @OptionalText('of the stop that this release ended', 'b7f0c0de')
  readonly ended_press_id?: string;
}

export class InFlightAnswer {
  @Text('16 hex digits', '0f1e2d3c4b5a6978')
  readonly plan_id!: string;

  @Text('the symbol', 'BTCUSDT')
  readonly symbol!: string;

  @Amount('the attempt of the plan', 1)
  readonly attempt!: number;

  @Text('of the order', 'pg0f1e2d3c4b5a6978-1')
  readonly client_order_id!: string;

  @Text('BUY or SELL', 'SELL')
  readonly side!: string;

  @Text('a decimal', '0.186')
  readonly quantity!: string;

  @Text('when the call began to wait', 'CLAIMED')
  readonly state_before!: string;

  @Text('now', 'FILLED')
  readonly state!: string;

  @TextOrNull('why the call waits for it no longer: ended, answered or window_passed', 'ended')
  readonly settled!: string | null;
}

export class ForeignApplyAnswer {
  @Text('the last plan that it published, or has a result for', '0f1e2d3c4b5a6978')
  readonly plan_id!: string;

  @Amount('when that was', NOW)
  readonly last_seen_ms!: number;

  @Amount('until then an order of it may still reach the exchange', NOW)
  readonly not_confirmable_until_ms!: number;
}

/** Of a call that engaged it, with what was on its way. */
export class KillSwitchSetAnswer extends KillSwitchAnswer {
  @ApiProperty({
    type: Boolean,
    required: false,
    description: 'somebody had engaged it before: who, why and when are theirs',
    example: false,
  })
  readonly was_engaged?: boolean;

  @OptionalAmount('how long the call waited for orders on their way', 38)
  readonly waited_ms?: number;

  @ApiProperty({
    type: () => InFlightAnswer,
    isArray: true,
    required: false,
    description: 'orders that were on their way',
  })
  readonly in_flight?: readonly InFlightAnswer[];

  @ApiProperty({
    required: false,
    nullable: true,
    description:
      'another implementation of Apply on this prefix, which reads no kill switch; unknown if it could not be read',
    oneOf: [{ $ref: '#/components/schemas/ForeignApplyAnswer' }, { type: 'string', enum: ['unknown'] }],
  })
  readonly foreign_apply?: ForeignApplyAnswer | 'unknown' | null;

  @OptionalText('why a failover now could lose it', '1 of 2 replicas has it')
  readonly missing_replicas?: string;
}

export class GovernorDisarmAnswer {
  @Text('why', 'two executions in one minute')
  readonly reason!: string;

  @Amount('when', NOW)
  readonly at_ms!: number;
}

export class ArmAnswer {
  @Truth('false: every plan is a dry run')
  readonly armed!: boolean;

  @OptionalText('who set it', 'anna')
  readonly by?: string | undefined;

  @OptionalText('why', 'checked')
  readonly reason?: string | undefined;

  @OptionalAmount('when', NOW)
  readonly at_ms?: number | undefined;

  @OptionalAmount('numbers the changes', 12)
  readonly seq?: number;
}

export class ArmSetAnswer extends ArmAnswer {
  @PartOrNull(() => GovernorDisarmAnswer, 'what the Governor found by itself')
  readonly governor_disarm!: GovernorDisarmAnswer | null;

  @OptionalText('why a failover now could lose it', '1 of 2 replicas has it')
  readonly missing_replicas?: string;
}
