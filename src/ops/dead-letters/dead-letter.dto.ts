import { Amount, Fields, PartOrNull, Parts, Text, TextOrNull, Word } from '../openapi/members.js';

export class SettlementAnswer {
  @Word('what an admin decided', ['replayed', 'discarded'])
  readonly outcome!: 'replayed' | 'discarded';

  @Text('who', 'anna')
  readonly by!: string;

  @Text('why', 'was a test')
  readonly reason!: string;

  @Amount('when', 1_764_518_400_000)
  readonly at_ms!: number;
}

export class DeadLetterAnswer {
  @Text('of the dead letter', '1764518400000-0')
  readonly id!: string;

  @Amount('when it was set aside', 1_764_518_400_000)
  readonly at_ms!: number;

  @Text('the key of its stream', 'quantum:stream:apply.plan')
  readonly stream!: string;

  @Text('the group that set it aside', 'governor')
  readonly group!: string;

  @Text('of the entry in its stream', '1764518399000-0')
  readonly entry_id!: string;

  @Text('why', 'plan_id is missing')
  readonly reason!: string;

  @Amount('how often it was delivered', 1)
  readonly deliveries!: number;

  @Fields('the entry; long values are cut', { plan_id: '0f1e2d3c4b5a6978' })
  readonly fields!: Readonly<Record<string, string>>;

  @PartOrNull(() => SettlementAnswer, 'null while it waits for an admin')
  readonly settled!: SettlementAnswer | null;
}

export class ReplayedAnswer extends DeadLetterAnswer {
  @Word('none: it is certain that nothing changes', ['possible', 'none'])
  readonly effect!: 'possible' | 'none';

  @Text('what the replay can change', 'a plan inside its window')
  readonly detail!: string;
}

export class DeadLettersAnswer {
  @Parts(() => DeadLetterAnswer, 'newest first')
  readonly dead_letters!: readonly DeadLetterAnswer[];

  @TextOrNull('`cursor` of the next page; null at the end', null)
  readonly next_cursor!: string | null;
}
