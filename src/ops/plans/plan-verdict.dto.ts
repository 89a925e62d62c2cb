import { ApiProperty } from '@nestjs/swagger';
import { ANY_JSON, Amount, AmountOrNull, Part, PartOrNull, Text, Word } from '../openapi/members.js';

const NOW = 1_764_518_400_000;

/** Of a verdict with a permit or a stored deny `permit`; of one that is known from the result or a block, `reason` and `context`. */
export class VerdictAnswer {
  @Word('what the issuer said', ['allow', 'deny'])
  readonly verdict!: 'allow' | 'deny';

  @Text('for a person', 'Position Brain: yes, up to 0.186.')
  readonly text!: string;

  @AmountOrNull('when it was given; null where that is not known', NOW + 4)
  readonly at_ms!: number | null;

  @ApiProperty({
    required: false,
    description: 'as it is stored, with its inputs; text where it is no JSON',
    oneOf: ANY_JSON,
    example: { granted: true, symbol: 'BTCUSDT', computed_qty: 0.186 },
  })
  readonly permit?: unknown;

  @ApiProperty({ type: String, required: false, description: 'docs/reasons.md lists them', example: 'no_position' })
  readonly reason?: string;

  @ApiProperty({
    required: false,
    description: 'what it was judged by',
    oneOf: ANY_JSON,
    nullable: true,
    example: { exchange_amt: '0' },
  })
  readonly context?: unknown;
}

export class VerdictsAnswer {
  @PartOrNull(() => VerdictAnswer, 'null while there is none')
  readonly governor!: VerdictAnswer | null;

  @PartOrNull(() => VerdictAnswer, 'of the Position Brain; null while there is none')
  readonly p33!: VerdictAnswer | null;
}

export class PlanAttemptAnswer {
  @Amount('the attempt', 1)
  readonly attempt!: number;

  @Part(() => VerdictsAnswer)
  readonly verdicts!: VerdictsAnswer;

  @Text('of its result; empty where there is none', '')
  readonly error!: string;

  @Text('of its result; docs/reasons.md lists them', '')
  readonly reason!: string;
}
