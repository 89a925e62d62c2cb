import { ApiProperty } from '@nestjs/swagger';
import {
  ANY_JSON,
  TEXT_OR_NUMBER,
  Amount,
  AmountOrNull,
  Fields,
  FieldsOrNull,
  Part,
  PartOrNull,
  Parts,
  Text,
  TextOrNull,
  Texts,
  Truth,
  TruthOrNull,
  Word,
} from '../openapi/members.js';
import { PlanAttemptAnswer, VerdictsAnswer } from './plan-verdict.dto.js';

const NOW = 1_764_518_400_000;
const PLAN = '0f1e2d3c4b5a6978';
const WORD = { type: String, nullable: true, required: false } as const;

export class PlanSummaryAnswer {
  @Text('16 hex digits', PLAN)
  readonly plan_id!: string;

  @Word('who published it', ['permit-gate', 'another service'])
  readonly published_by!: 'permit-gate' | 'another service';

  @Text('the symbol', 'BTCUSDT')
  readonly symbol!: string;

  @Text('what the strategy asked for', 'PARTIAL_75')
  readonly action!: string;

  @Text('the state of its newest attempt', 'FILLED')
  readonly state!: string;

  @Amount('the newest attempt', 1)
  readonly attempt!: number;

  @Text('of the process that published it; empty for a plan of another service', 'testnet')
  readonly mode!: string;

  @Text('EXECUTE, SKIP, BLOCKED or ERROR', 'EXECUTE')
  readonly decision!: string;

  @Texts('docs/reasons.md lists them', [])
  readonly reason_codes!: readonly string[];

  @Amount('when the newest attempt was published', NOW)
  readonly published_ms!: number;

  @AmountOrNull('when it ended', NOW)
  readonly ended_ms!: number | null;

  @TruthOrNull('an order of it was carried out; null while it is open')
  readonly executed!: boolean | null;

  @TextOrNull('the error of the result; empty where there is none', '')
  readonly error!: string | null;

  @TextOrNull('the reason of the result', '')
  readonly reason!: string | null;

  @Truth('it comes from the archive: Redis has it no longer', false)
  readonly archived!: boolean;
}

export class PlanWaitingAnswer {
  @Text('the plan that it becomes', PLAN)
  readonly plan_id!: string;

  @Text('the symbol', 'BTCUSDT')
  readonly symbol!: string;

  @Text('what the strategy asked for', 'PARTIAL_75')
  readonly action!: string;

  @Amount('the higher, the sooner', 62)
  readonly kill_score!: number;

  @Amount('for how long it has waited', 1_250)
  readonly waiting_ms!: number;

  @Text('the process in which it waits', 'gate-0')
  readonly instance!: string;
}

export class PlansWaitingAnswer {
  @Amount('how many', 0)
  readonly count!: number;

  @Parts(() => PlanWaitingAnswer, 'the most urgent 20 of each process')
  readonly plans!: readonly PlanWaitingAnswer[];
}

export class PlansAnswer {
  @Parts(() => PlanSummaryAnswer, 'newest first')
  readonly plans!: readonly PlanSummaryAnswer[];

  @Amount('plans that repeat a newer refusal, and are not listed: only with repeats=fold', 0)
  readonly repeats_left_out!: number;

  @Part(() => PlansWaitingAnswer, 'proposals that wait until there is room for their plan, as of up to 3 s ago')
  readonly waiting_for_capacity!: PlansWaitingAnswer;

  @TextOrNull('`cursor` of the next page; null at the end', null)
  readonly next_cursor!: string | null;

  @TextOrNull('why older plans could not be read from the archive; null where they were, or were not asked for', null)
  readonly archive_fault!: string | null;
}

/** Other members depend on the step. */
export class PlanOrderAnswer {
  @Text('empty where another service sent it without one', 'pg0f1e2d3c4b5a6978-1')
  readonly client_order_id!: string;

  @ApiProperty({ oneOf: TEXT_OR_NUMBER, nullable: true, example: '8389765' })
  readonly order_id!: string | number | null;

  @TextOrNull('of the step', 'filled')
  readonly status!: string | null;

  @TextOrNull('BUY or SELL', 'SELL')
  readonly side!: string | null;

  @ApiProperty({ oneOf: TEXT_OR_NUMBER, nullable: true, example: '0.186' })
  readonly quantity!: string | number | null;

  @ApiProperty({ oneOf: TEXT_OR_NUMBER, nullable: true, example: '0.186' })
  readonly executed_qty!: string | number | null;

  @ApiProperty({ oneOf: TEXT_OR_NUMBER, nullable: true, example: '64010.1' })
  readonly avg_price!: string | number | null;

  @Truth('this system has no other orders')
  readonly reduce_only!: boolean;

  @ApiProperty({
    ...WORD,
    description: "of another service's order: what our Position Brain looked up",
    example: '0.186',
  })
  readonly looked_up_qty?: string | null;
}

export class PlanResultAnswer {
  @Text('as in the plan', 'EXECUTE')
  readonly decision!: string;

  @Truth('an order was carried out')
  readonly executed!: boolean;

  @Truth('of a dry run: an order would have been sent', false)
  readonly would_execute!: boolean;

  @Text('empty where there is none', '')
  readonly error!: string;

  @Text('docs/reasons.md lists them', '')
  readonly reason!: string;

  @Text('the state in which the attempt ended', 'FILLED')
  readonly state!: string;

  @Amount('the attempt', 1)
  readonly attempt!: number;

  @AmountOrNull('from publishing to the claim', 9)
  readonly wait_ms!: number | null;

  @AmountOrNull('when it was recorded', NOW)
  readonly ended_ms!: number | null;

  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'as on the stream',
    example: [{ step: 'CLOSE_PARTIAL_75', status: 'filled', order_id: '8389765', quantity: '0.186' }],
  })
  readonly steps_results!: readonly Readonly<Record<string, unknown>>[];
}

export class PlanTraceAnswer extends PlanSummaryAnswer {
  @AmountOrNull('the end of the window: no sending starts after it', NOW + 1_200)
  readonly deadline_ms!: number | null;

  @Text('the instance that published it', 'gate-0')
  readonly owner!: string;

  @ApiProperty({
    type: 'array',
    description: 'every step of every attempt; what else a step has depends on it',
    items: {
      type: 'object',
      required: ['step', 'at_ms'],
      properties: {
        step: { type: 'string', description: 'what happened', example: 'published' },
        at_ms: { type: 'number', description: 'when', example: NOW },
        offset_ms: { type: 'number', description: "since its attempt's publication", example: 0 },
        attempt: { type: 'number', description: 'the attempt', example: 1 },
      },
      additionalProperties: true,
    },
  })
  readonly steps!: readonly Readonly<Record<string, unknown>>[];

  @Part(() => VerdictsAnswer, 'of the newest attempt')
  readonly verdicts!: VerdictsAnswer;

  @Parts(() => PlanAttemptAnswer, 'every attempt, oldest first; a verdict that is kept nowhere any more is null')
  readonly attempts!: readonly PlanAttemptAnswer[];

  @PartOrNull(() => PlanOrderAnswer, 'null before the claim')
  readonly order!: PlanOrderAnswer | null;

  @FieldsOrNull('what settled the outcome of the order, source by source', { user_stream: 'FILLED' })
  readonly evidence!: Readonly<Record<string, unknown>> | null;

  @PartOrNull(() => PlanResultAnswer, 'null while it is open')
  readonly result!: PlanResultAnswer | null;

  @Fields('the fields of the stream entry', { plan_id: PLAN, symbol: 'BTCUSDT' })
  readonly plan!: Readonly<Record<string, string>>;

  @ApiProperty({
    nullable: true,
    description: 'as it was received; null where it is not known',
    oneOf: ANY_JSON,
    example: { harvest_action: 'PARTIAL_75' },
  })
  readonly proposal!: unknown;
}

export class ResolvedAnswer extends PlanSummaryAnswer {
  @Word('kept: the symbol is on hold for another reason', ['lifted', 'kept', 'none'])
  readonly hold!: 'lifted' | 'kept' | 'none';
}

export class ProposalSubmittedAnswer {
  @Text('16 hex digits; empty where the proposal could not be read', PLAN)
  readonly plan_id!: string;

  @Text('EXECUTE, SKIP, BLOCKED or ERROR', 'EXECUTE')
  readonly decision!: string;

  @Texts('why; docs/reasons.md lists them', [])
  readonly reason_codes!: readonly string[];

  @Text('for a person', '')
  readonly detail!: string;

  @Amount('the attempt that was published; 0 where none was', 1)
  readonly attempt!: number;
}

export class StrategyProposalAnswer {
  @Text('the plan that Apply makes of it', PLAN)
  readonly plan_id!: string;

  @Text('of the entry in the proposal stream', '1764518400000-0')
  readonly entry_id!: string;
}

export class ProposalWithdrawnAnswer {
  @Text('the symbol', 'BTCUSDT')
  readonly symbol!: string;

  @Text('the plan that it would have become', PLAN)
  readonly plan_id!: string;
}

export class ManualPermitAnswer {
  @Text('16 hex digits', PLAN)
  readonly plan_id!: string;

  @Amount('the attempt', 1)
  readonly attempt!: number;

  @Word('which permit', ['governor'])
  readonly permit!: 'governor';

  @Truth('given by a person')
  readonly manual!: boolean;

  @Text('who gave it', 'anna')
  readonly by!: string;

  @Text('why', 'the Governor is down')
  readonly reason!: string;
}
