import { ApiProperty } from '@nestjs/swagger';
import { ATTENTIONS, type AttentionReason } from '../../gates/why/attention.js';
import { ArchiveAnswer } from '../archive/archive.dto.js';
import { FleetAnswer } from '../fleet/fleet.dto.js';
import { PartOrNull } from '../openapi/members.js';
import { LIMIT_NAMES, type LimitName } from './limit-usage.js';

const TIME = 1_790_000_000_000;

export class AttentionAnswer {
  @ApiProperty({ enum: Object.keys(ATTENTIONS), description: 'from a closed set', example: 'dead_letters' })
  readonly reason!: AttentionReason;

  @ApiProperty({ type: String, nullable: true, description: 'null for what is not of one symbol', example: null })
  readonly symbol!: string | null;

  @ApiProperty({ description: 'for a person', example: 'One dead letter waits for a decision: replay or discard.' })
  readonly text!: string;

  @ApiProperty({ type: Number, nullable: true, description: 'epoch ms', example: null })
  readonly since_ms!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'epoch ms: when it passes by itself', example: null })
  readonly until_ms!: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'who did it', example: null })
  readonly by!: string | null;

  @ApiProperty({ description: 'the one command that helps', example: 'permit-gate dead-letters' })
  readonly remedy!: string;
}

export class UnknownOrderAnswer {
  @ApiProperty({ example: '3f2a9c0d1e4b5a67' })
  readonly plan_id!: string;

  @ApiProperty({ example: 'BTCUSDT' })
  readonly symbol!: string;

  @ApiProperty({ example: 1 })
  readonly attempt!: number;

  @ApiProperty({ type: Number, nullable: true, description: 'epoch ms', example: TIME })
  readonly since_ms!: number | null;
}

export class HotLimitAnswer {
  @ApiProperty({ example: 'BTCUSDT' })
  readonly symbol!: string;

  @ApiProperty({ enum: LIMIT_NAMES, example: 'executions_per_hour' })
  readonly limit_name!: LimitName;

  @ApiProperty({ example: '3' })
  readonly used!: string;

  @ApiProperty({ example: '3' })
  readonly limit!: string;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'epoch ms: when something is left again; null while something is',
    example: TIME,
  })
  readonly free_at_ms!: number | null;
}

export class DeadLetterCount {
  @ApiProperty({ description: 'of the newest 100, those that nobody has settled', example: 0 })
  readonly open!: number;

  @ApiProperty({ description: 'there are more than the newest 100', example: false })
  readonly more!: boolean;
}

/** What `GET /status` says of the whole deployment. A part that Redis cannot give now is `null`. */
export class DeploymentAnswer {
  @ApiProperty({ type: [AttentionAnswer], description: 'everything that needs a person' })
  readonly attention!: readonly AttentionAnswer[];

  @PartOrNull(() => FleetAnswer)
  readonly fleet!: FleetAnswer | null;

  @ApiProperty({ type: [UnknownOrderAnswer], nullable: true })
  readonly unknown_orders!: readonly UnknownOrderAnswer[] | null;

  @ApiProperty({ type: [String], nullable: true, description: 'symbols on hold', example: [] })
  readonly holds!: readonly string[] | null;

  @PartOrNull(() => DeadLetterCount)
  readonly dead_letters!: DeadLetterCount | null;

  @ApiProperty({ type: [HotLimitAnswer], nullable: true, description: 'limits of which at least 80 % are used' })
  readonly hot_limits!: readonly HotLimitAnswer[] | null;

  @PartOrNull(() => ArchiveAnswer, 'null too where this process has ARCHIVE_TO=off')
  readonly archive!: ArchiveAnswer | null;
}
