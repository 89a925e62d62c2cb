import { ApiProperty } from '@nestjs/swagger';
import { Amount, AmountOrNull, Parts, Text, TextOrNull, Truth, Word } from '../openapi/members.js';
import { type Life, LIVES } from '../fleet/fleet.js';

const STREAM = 'quantum:stream:apply.plan';

export class ConsumerAnswer {
  @Text('the name of the consumer', 'governor-gate-0')
  readonly name!: string;

  @Amount('entries that it handles', 0)
  readonly pending!: number;

  @Amount('since it last asked for entries', 812)
  readonly idle_ms!: number;

  @Word(
    'alive, dead: one of our processes with or without its lease; reading, silent: without a lease, such as a service of another make',
    LIVES,
  )
  readonly life!: Life;
}

export class GroupAnswer {
  @Text('the consumer group', 'governor')
  readonly group!: string;

  @Truth('false until a process with that role makes it')
  readonly exists!: boolean;

  @AmountOrNull('entries that were not read yet; null where Redis does not know', 0)
  readonly lag!: number | null;

  @Amount('entries that are being handled', 0)
  readonly pending!: number;

  @Text('the newest entry that was read', '1764518400000-0')
  readonly last_delivered_id!: string;

  @Parts(() => ConsumerAnswer)
  readonly consumers!: readonly ConsumerAnswer[];
}

export class StreamAnswer {
  @Text('the key', STREAM)
  readonly stream!: string;

  @Amount('how many entries it has', 240)
  readonly length!: number;

  @Parts(() => GroupAnswer)
  readonly groups!: readonly GroupAnswer[];
}

export class StreamsAnswer {
  @Parts(() => StreamAnswer)
  readonly streams!: readonly StreamAnswer[];
}

export class ClaimedEntryAnswer {
  @Text('the entry', '1764518400000-0')
  readonly id!: string;

  @Text('the dead consumer that had it', 'governor-gate-7')
  readonly from!: string;
}

export class ClaimedAnswer {
  @Text('the key of the stream', STREAM)
  readonly stream!: string;

  @Text('the consumer group', 'governor')
  readonly group!: string;

  @TextOrNull(
    'the consumer that got them; any live one takes them over. null: there was nothing to move',
    'governor-gate-0',
  )
  readonly to!: string | null;

  @Parts(() => ClaimedEntryAnswer)
  readonly claimed!: readonly ClaimedEntryAnswer[];

  @Amount('entries that were deleted from the stream since', 0)
  readonly gone!: number;

  @Truth('call again for the rest', false)
  readonly more!: boolean;
}

export class RenewedAnswer {
  @Text('the key of the stream', STREAM)
  readonly stream!: string;

  @Word('what was done; fine and absent: nothing', ['renewed', 'replaced', 'fine', 'absent'])
  readonly outcome!: 'renewed' | 'replaced' | 'fine' | 'absent';

  @ApiProperty({ type: String, required: false, description: 'the newest id now', example: '1764518400000-0' })
  readonly last_id?: string;

  @ApiProperty({ type: Number, required: false, description: 'entries that were kept', example: 12 })
  readonly moved?: number;

  @ApiProperty({ type: Number, required: false, description: 'entries that were out of reach', example: 1 })
  readonly removed?: number;

  @ApiProperty({
    type: String,
    required: false,
    description: 'the type of the key that was replaced',
    example: 'string',
  })
  readonly type?: string;
}
