import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Matches } from 'class-validator';
import { PLAN_REASONS } from '../../flow/0-reasons.js';
import { PLAN_DECISIONS } from '../../flow/2-plan.js';
import { asDecimalText, DECIMAL_TEXT } from '../decimal-text.js';
import { ReasonBody } from '../reason.dto.js';
import { TEXT_OR_NUMBER } from '../openapi/members.js';

const REASONS = Object.keys(PLAN_REASONS);

export class CloseBody extends ReasonBody {
  @ApiProperty({
    description: 'per cent of the position, above 0 and at most 100, or all',
    oneOf: TEXT_OR_NUMBER,
    example: 50,
  })
  @Transform(asDecimalText)
  @Matches(/^(all|(?=.*[1-9])\d{1,2}(\.\d{1,20})?|100(\.0{1,20})?)$/, {
    message: 'must be above 0 and at most 100, or all',
  })
  readonly pct: string = '';

  @ApiProperty({
    description: 'the signed amount you saw at the exchange; another one now refuses the call',
    oneOf: TEXT_OR_NUMBER,
    example: '0.062',
  })
  @Transform(asDecimalText)
  @Matches(DECIMAL_TEXT, { message: 'must be a plain signed decimal such as -0.062' })
  readonly expected_exchange_amt: string = '';
}

export class CloseAnswer {
  @ApiProperty({ example: 'BTCUSDT' })
  readonly symbol: string = '';

  @ApiProperty({ example: '0.062', description: 'signed, as the operator saw it' })
  readonly exchange_amt: string = '';

  @ApiProperty({ example: '50' })
  readonly pct: string = '';

  @ApiProperty({ example: '3f2a9c0d1e4b5a67' })
  readonly plan_id: string = '';

  @ApiProperty({ enum: PLAN_DECISIONS, example: 'EXECUTE', description: 'only EXECUTE publishes a plan' })
  readonly decision: string = '';

  @ApiProperty({ enum: REASONS, isArray: true, example: [] })
  readonly reason_codes: readonly string[] = [];

  @ApiProperty({ example: '', description: 'what was wrong; "" for nothing' })
  readonly detail: string = '';

  @ApiProperty({ example: 1, description: 'of the published plan; 0 when none was published' })
  readonly attempt: number = 0;

  @ApiProperty({ example: 'The plan is published: …', description: 'for a person: what happens next' })
  readonly next: string = '';
}

export const FLATTEN_OUTCOMES = ['published', 'flat', 'not_published'] as const;

export class FlattenedAnswer {
  @ApiProperty({ example: 'BTCUSDT' })
  readonly symbol: string = '';

  @ApiProperty({ type: String, nullable: true, example: '0.062', description: 'signed; null if it is not known' })
  readonly exchange_amt: string | null = null;

  @ApiProperty({ enum: FLATTEN_OUTCOMES, example: 'published' })
  readonly outcome: (typeof FLATTEN_OUTCOMES)[number] = 'not_published';

  @ApiProperty({ type: String, nullable: true, example: '3f2a9c0d1e4b5a67' })
  readonly plan_id: string | null = null;

  @ApiProperty({ enum: PLAN_DECISIONS, nullable: true, example: 'EXECUTE' })
  readonly decision: string | null = null;

  @ApiProperty({ enum: REASONS, isArray: true, example: [] })
  readonly reason_codes: readonly string[] = [];

  @ApiProperty({
    example: 'The plan is published: …',
    description: 'for a person: what happens next, or why nothing does',
  })
  readonly next: string = '';
}

export class FlattenAnswer {
  @ApiProperty({ type: [FlattenedAnswer] })
  readonly symbols: readonly FlattenedAnswer[] = [];
}
