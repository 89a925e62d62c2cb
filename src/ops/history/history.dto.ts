import { ApiProperty } from '@nestjs/swagger';
import { ISSUERS } from '../../flow/3-permit.js';
import { Amount, AmountOrNull, Parts, Text, Texts, Word } from '../openapi/members.js';

const NOW = 1_764_518_400_000;
export const SPANS = ['hour', 'day'] as const;
export type Span = (typeof SPANS)[number];

export class HistoryPointAnswer {
  @Amount('the start of the step; epoch ms by the clock of this host', NOW)
  readonly at_ms!: number;

  @Amount('plans that were claimed', 3)
  readonly claimed!: number;

  @AmountOrNull('from publication to the claim, half of the plans; as exact as the buckets of the metric', 42)
  readonly wait_p50_ms!: number | null;

  @AmountOrNull('the same, 90 of 100', 88)
  readonly wait_p90_ms!: number | null;

  @AmountOrNull('the same, 99 of 100', 97.5)
  readonly wait_p99_ms!: number | null;

  @Amount('permits of both issuers', 6)
  readonly allowed!: number;

  @Amount('denials of both issuers', 1)
  readonly denied!: number;

  @Text('closed by the orders of this process, in USD; a decimal', '487.50')
  readonly closed_notional_usd!: string;

  @Amount('request weight of the exchange used in a minute, the most in the step', 120)
  readonly weight_used!: number;
}

export class HistoryVerdictAnswer {
  @Word('who', ISSUERS)
  readonly issuer!: string;

  @Text('empty for an allow; docs/reasons.md lists them', 'stale_exchange_state')
  readonly reason!: string;

  @Amount('how many in the span', 12)
  readonly count!: number;
}

/** Of one process alone, since it started: another process, and a restart, know nothing of it. */
export class HistoryAnswer {
  @Text('the process that answers', 'gate-0')
  readonly instance!: string;

  @Texts('its roles: it counts nothing for a role that it does not run', ['apply', 'governor'])
  readonly roles!: readonly string[];

  @Amount('since when it counts', NOW)
  readonly since_ms!: number;

  @Amount('the end of the last point', NOW)
  readonly at_ms!: number;

  @ApiProperty({ enum: SPANS, description: 'how far back', example: 'hour' })
  readonly span!: Span;

  @Amount('how long a point is', 60_000)
  readonly step_ms!: number;

  @Amount('minutes in this answer', 60)
  readonly minutes!: number;

  @Amount('minutes that it keeps at most', 1_440)
  readonly most_minutes!: number;

  @Parts(() => HistoryPointAnswer, 'oldest first; a step in which the process did not run has none')
  readonly points!: readonly HistoryPointAnswer[];

  @ApiProperty({ type: HistoryPointAnswer, description: 'the whole span as one point' })
  readonly total!: HistoryPointAnswer;

  @Parts(() => HistoryVerdictAnswer, 'of the whole span, the largest count first')
  readonly verdicts!: readonly HistoryVerdictAnswer[];
}
