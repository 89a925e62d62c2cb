import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { ReasonBody } from '../reason.dto.js';

const DECISIONS = ['approve', 'reject'] as const;
export type Decision = (typeof DECISIONS)[number];

export class ApprovalBody extends ReasonBody {
  @ApiProperty({ enum: DECISIONS, example: 'approve' })
  @IsIn(DECISIONS)
  readonly decision: Decision | '' = '';
}

export class PersonsApproval {
  @ApiProperty({ description: 'the name of the token', example: 'anna' })
  readonly by: string = '';

  @ApiProperty({ example: 'the regime did flip' })
  readonly reason: string = '';

  @ApiProperty({ description: 'epoch ms', example: 1764518400000 })
  readonly at_ms: number = 0;
}

export class WaitingPlan {
  @ApiProperty({ example: '3f2a9c0d1e4b5a67' })
  readonly plan_id: string = '';

  @ApiProperty({ example: 'BTCUSDT' })
  readonly symbol: string = '';

  @ApiProperty({ example: 'PARTIAL_75' })
  readonly action: string = '';

  @ApiProperty({ type: String, nullable: true, description: 'percent of the position to close', example: '75' })
  readonly share_pct: string | null = null;

  @ApiProperty({ type: String, nullable: true, description: 'the price of a stop', example: null })
  readonly stop_price: string | null = null;

  @ApiProperty({ description: 'at most, as the Governor judged it; of a stop, what it protects', example: '0.0075' })
  readonly quantity: string = '';

  @ApiProperty({ description: 'of that quantity, as the Governor judged it', example: '720' })
  readonly notional_usd: string = '';

  @ApiProperty({ example: '0.5' })
  readonly kill_score: string = '';

  @ApiProperty({ description: '`""` for a plan of another service', example: 'testnet' })
  readonly mode: string = '';

  @ApiProperty({ description: 'epoch ms', example: 1764518400000 })
  readonly since_ms: number = 0;

  @ApiProperty({
    description: 'epoch ms: it ends then if nobody approves it; a newer stamp of its proposal moves it',
    example: 1764518460000,
  })
  readonly until_ms: number = 0;

  @ApiProperty({ description: 'how many different people must approve it', example: 2 })
  readonly needed: number = 1;

  @ApiProperty({ type: [PersonsApproval], description: 'so far' })
  readonly approvals: readonly PersonsApproval[] = [];
}

export class WaitingPlans {
  @ApiProperty({ type: [WaitingPlan], description: 'newest first' })
  readonly waiting: readonly WaitingPlan[] = [];
}

const OUTCOMES = ['approved', 'counted', 'rejected'] as const;

export class ApprovalAnswered {
  @ApiProperty({ example: '3f2a9c0d1e4b5a67' })
  readonly plan_id: string = '';

  @ApiProperty({ example: 'BTCUSDT' })
  readonly symbol: string = '';

  @ApiProperty({
    enum: OUTCOMES,
    description:
      'approved: its next attempt is published now, and every check runs again; counted: another person must approve it too; rejected: it has ended',
    example: 'approved',
  })
  readonly outcome: (typeof OUTCOMES)[number] = 'approved';

  @ApiProperty({ example: 1 })
  readonly needed: number = 1;

  @ApiProperty({ type: [PersonsApproval] })
  readonly approvals: readonly PersonsApproval[] = [];
}
