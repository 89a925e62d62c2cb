import { BLOCKERS, type BlockerReason } from '../../gates/why/blocker.js';
import { Amount, AmountOrNull, Parts, Text, TextOrNull, Truth, Word } from '../openapi/members.js';

export class BlockerAnswer {
  @Word('from a closed set, in the order in which they stop a plan', Object.keys(BLOCKERS))
  readonly reason!: BlockerReason;

  @Text('for a person: what, since when, until when, and by whom', 'The kill switch is engaged since 2026-11-30.')
  readonly text!: string;

  @AmountOrNull('since when', 1_764_518_400_000)
  readonly since_ms!: number | null;

  @AmountOrNull('when it passes by itself', null)
  readonly until_ms!: number | null;

  @TextOrNull('who did it', 'anna')
  readonly by!: string | null;

  @TextOrNull('the one command that helps; null where only waiting does', 'permit-gate release --reason "checked"')
  readonly remedy!: string | null;
}

export class WhyAnswer {
  @Text('the symbol', 'BTCUSDT')
  readonly symbol!: string;

  @Truth('nothing is in the way', false)
  readonly may_trade!: boolean;

  @Amount('when this was read, by the clock of Redis', 1_764_518_400_000)
  readonly at_ms!: number;

  @Parts(() => BlockerAnswer, 'empty where nothing is in the way')
  readonly blockers!: readonly BlockerAnswer[];
}
