import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { Amount, Parts, Text, TextOrNull, Word } from '../openapi/members.js';
import { ReasonBody } from '../reason.dto.js';

const DECISIONS = ['approve', 'reject'] as const;
export type Decision = (typeof DECISIONS)[number];

export class ApprovalBody extends ReasonBody {
  @ApiProperty({ enum: DECISIONS, description: 'the answer of the caller', example: 'approve' })
  @IsIn(DECISIONS)
  readonly decision: Decision | '' = '';
}

export class PersonsApproval {
  @Text('the name of the token', 'anna')
  readonly by!: string;

  @Text('why', 'the regime did flip')
  readonly reason!: string;

  @Amount('when', 1_764_518_400_000)
  readonly at_ms!: number;
}

export class WaitingPlan {
  @Text('the plan', '3f2a9c0d1e4b5a67')
  readonly plan_id!: string;

  @Text('of its position', 'BTCUSDT')
  readonly symbol!: string;

  @Text('what was asked for', 'PARTIAL_75')
  readonly action!: string;

  @TextOrNull('percent of the position to close; null for a stop', '75')
  readonly share_pct!: string | null;

  @TextOrNull('the price of a stop; null for a close', null)
  readonly stop_price!: string | null;

  @Text('at most, as the Governor judged it; of a stop, what it protects', '0.0075')
  readonly quantity!: string;

  @Text('of that quantity, as the Governor judged it', '720')
  readonly notional_usd!: string;

  @Text('of its proposal', '0.5')
  readonly kill_score!: string;

  @Text('of its attempt; empty for a plan of another service', 'testnet')
  readonly mode!: string;

  @Amount('since when it waits', 1_764_518_400_000)
  readonly since_ms!: number;

  @Amount('when it ends if nobody approves it; a newer stamp of its proposal moves it', 1_764_518_460_000)
  readonly until_ms!: number;

  @Amount('how many different people must approve it', 2)
  readonly needed!: number;

  @Parts(() => PersonsApproval, 'so far')
  readonly approvals!: readonly PersonsApproval[];
}

export class WaitingPlansAnswer {
  @Parts(() => WaitingPlan, 'newest first')
  readonly waiting!: readonly WaitingPlan[];
}

const OUTCOMES = ['approved', 'counted', 'rejected'] as const;

export class ApprovalAnswer {
  @Text('the plan', '3f2a9c0d1e4b5a67')
  readonly plan_id!: string;

  @Text('of its position', 'BTCUSDT')
  readonly symbol!: string;

  @Word(
    'approved: its next attempt is published now, and every check runs again; counted: another person must approve it too; rejected: it has ended',
    OUTCOMES,
  )
  readonly outcome!: (typeof OUTCOMES)[number];

  @Amount('how many different people must approve it', 1)
  readonly needed!: number;

  @Parts(() => PersonsApproval, 'so far')
  readonly approvals!: readonly PersonsApproval[];
}
