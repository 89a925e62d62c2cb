import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { KillSwitchAnswer } from '../control/control.dto.js';
import {
  Amount,
  AmountOrNull,
  PartOrNull,
  Parts,
  Text,
  TextOrNull,
  Texts,
  Truth,
  TruthOrNull,
  Word,
} from '../openapi/members.js';
import { ProposalSubmittedAnswer } from '../plans/plan.dto.js';
import { ProposalBody } from '../plans/proposal.dto.js';
import { AttentionAnswer } from '../system/deployment.dto.js';

const NOW = 1_764_518_400_000;
const ACCOUNT = '3f2a9c0d1e4b5a673f2a9c0d1e4b5a67';
const CELL_STATES = ['ready', 'not_ready', 'no_answer'] as const;
const STOP_STATES = ['stopped', 'not_confirmed', 'refused', 'no_answer'] as const;

/** A cell as CELLS_FILE names it, and what it says about itself: null where it does not say. */
export class CellAnswer {
  @Text('as CELLS_FILE names it', 'main')
  readonly name!: string;

  @Texts('where its processes answer', ['http://127.0.0.1:8080'])
  readonly urls!: string[];

  @Text('what CELLS_FILE calls the account; empty where it does not', 'fund-a')
  readonly account!: string;

  @Texts('the symbols that proposals are routed by; none: all', ['BTCUSDT'])
  readonly routed_symbols!: string[];

  @Word('ready: it answers, every role has a process, and all are ready', CELL_STATES)
  readonly state!: (typeof CELL_STATES)[number];

  @Text('why it is not ready, or gave no answer; empty when it is ready', '')
  readonly text!: string;

  @TextOrNull('dry_run, testnet or production', 'testnet')
  readonly mode!: string | null;

  @TruthOrNull('false: every plan is a dry run')
  readonly armed!: boolean | null;

  @PartOrNull(() => KillSwitchAnswer)
  readonly kill_switch!: KillSwitchAnswer | null;

  @AmountOrNull('how many things need a person', 0)
  readonly needs_you!: number | null;

  @ApiProperty({ type: [AttentionAnswer], nullable: true, description: 'what needs a person' })
  readonly attention!: AttentionAnswer[] | null;

  @TextOrNull('REDIS_KEY_PREFIX', '{quantum:0}:')
  readonly key_prefix!: string | null;

  @TextOrNull('the account without its key: the same for every process of one account', ACCOUNT)
  readonly account_id!: string | null;

  @ApiProperty({ type: [String], nullable: true, description: 'the symbols that it trades', example: ['BTCUSDT'] })
  readonly symbols!: string[] | null;

  @TextOrNull('of permit-gate', '0.1.0')
  readonly version!: string | null;

  @Amount('how long it took to answer, or until it was given up', 12)
  readonly took_ms!: number;

  @AmountOrNull('when it answered last, by the clock of this process', NOW)
  readonly last_answer_ms!: number | null;
}

/** Two cells that trade one account. */
export class CellConflictAnswer {
  @Texts('their names', ['main', 'copy'])
  readonly cells!: string[];

  @Text('as in the cells', ACCOUNT)
  readonly account_id!: string;

  @Texts('the symbols that both trade', ['BTCUSDT'])
  readonly symbols!: string[];

  @Text(
    'for a person',
    'main and copy trade BTCUSDT of the same account, so a position may be closed twice: stop one of them.',
  )
  readonly text!: string;
}

export class CellsAnswer {
  @Amount('by the clock of the process that asked', NOW)
  readonly at_ms!: number;

  @Truth('every cell is ready')
  readonly all_ready!: boolean;

  @Amount('how many things need a person, in all cells that answered', 0)
  readonly needs_you!: number;

  @Parts(() => CellAnswer, 'in the order of CELLS_FILE')
  readonly cells!: CellAnswer[];

  @Parts(() => CellConflictAnswer, 'cells that trade the same symbol of the same account')
  readonly conflicts!: CellConflictAnswer[];
}

export class StoppedCellAnswer {
  @Text('as CELLS_FILE names it', 'main')
  readonly name!: string;

  @Word(
    'stopped: it has confirmed that no further order is sent; not_confirmed: an order may still be sent; refused: nothing was stopped; no_answer: nothing is known',
    STOP_STATES,
  )
  readonly state!: (typeof STOP_STATES)[number];

  @Text('why it is not certain that it is stopped, or who had stopped it before', '')
  readonly text!: string;

  @AmountOrNull('how many orders were on their way when it was stopped', 0)
  readonly in_flight!: number | null;

  @Text('why a failover now could lose the stop; empty when it could not', '')
  readonly missing_replicas!: string;

  @Amount('how long it took to confirm, or until it was given up', 38)
  readonly took_ms!: number;
}

/** Of a call that has stopped all cells; where one is uncertain, the same members are in the refusal. */
export class StoppedCellsAnswer {
  @Truth('every cell has confirmed that no further order is sent')
  readonly all_stopped!: boolean;

  @Parts(() => StoppedCellAnswer, 'in the order of CELLS_FILE')
  readonly cells!: StoppedCellAnswer[];
}

/** The fields of a proposal, and whose it is. */
export class RoutedProposalBody extends ProposalBody {
  @ApiProperty({ description: 'the account of a cell, as CELLS_FILE names it', example: 'fund-a' })
  @IsString()
  @MaxLength(64)
  readonly account: string = '';
}

export class RoutedProposalAnswer extends ProposalSubmittedAnswer {
  @Text('the cell that took it', 'main')
  readonly cell!: string;
}
