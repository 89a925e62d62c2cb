import { Body, Controller, Get, Headers, HttpCode, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Equals } from 'class-validator';
import { CellUnanswered } from '../../cells/cell-calls.js';
import { ownersOf, submitTo } from '../../cells/proposal-router.js';
import { statusOfCells } from '../../cells/cells-status.js';
import { stopCells } from '../../cells/cells-stop.js';
import type { Cell } from '../../cells/cells-file.js';
import { ByCaller, type Caller, Needs } from '../access/caller.js';
import { Action, Audited, type Change, StopsTrading } from '../audit/audited-action.js';
import { problem, type ProblemException } from '../problem/problem.js';
import { ReasonBody } from '../reason.dto.js';
import { Cells } from '../../cells/cells.js';
import { CellsAnswer, RoutedProposalAnswer, RoutedProposalBody, StoppedCellsAnswer } from './cells.dto.js';

const LONGEST_REASON = 512;

class CellsKillSwitchBody extends ReasonBody {
  @ApiProperty({ type: Boolean, description: 'only true: each cell is released by itself' })
  @Equals(true, { message: 'must be true; each cell is released by itself (permit-gate release --cell NAME)' })
  readonly engaged: boolean | undefined = undefined;
}

@ApiTags('cells')
@ApiBearerAuth()
@Controller('api/v1/cells')
export class CellsController {
  readonly #lastAnswers = new Map<string, number>();

  constructor(private readonly cells: Cells) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({ summary: 'What each cell of CELLS_FILE says about itself, or why it gave no answer; within 3 s' })
  @ApiOkResponse({ type: CellsAnswer })
  async readCells(): Promise<CellsAnswer> {
    return statusOfCells(this.#configured(), this.#lastAnswers);
  }

  @Put('kill-switch')
  @Needs('operator')
  @Action('cells.kill_switch.engage')
  @StopsTrading()
  @ApiOperation({
    summary:
      'Engages the kill switch of all cells of CELLS_FILE at once; 200 only if each has confirmed that it is stopped',
  })
  @ApiOkResponse({ type: StoppedCellsAnswer })
  async stopCells(
    @Body() { reason }: CellsKillSwitchBody,
    @ByCaller() caller: Caller,
    @Audited() change: Change,
  ): Promise<StoppedCellsAnswer> {
    const configured = this.#configured();
    change.before = { cells: configured.map(({ name }) => name) };
    // In the audit of each cell the caller is the token of CELLS_FILE, so the reason says who it was.
    const told = ` (all cells, by ${caller.name})`;
    const cells = await stopCells(configured, reason.slice(0, LONGEST_REASON - told.length) + told);
    change.after = { cells };
    const uncertain = cells.filter(({ state }) => state !== 'stopped');
    if (uncertain.length === 0) return { all_stopped: true, cells };
    const names = uncertain.map(({ name, state, text }) => `${name} (${state}: ${text})`).join('; ');
    throw problem(
      503,
      'cells-not-stopped',
      'Not every cell is stopped',
      `${cells.length - uncertain.length} of ${cells.length} cells are stopped. It is not certain that these send no further order: ${names}. Repeat the call; it does no harm to the cells that are stopped. Stop the others by hand.`,
      { all_stopped: false, cells },
    );
  }

  @Post('proposals')
  @HttpCode(200)
  @Needs('operator')
  @Action('cells.proposal.submit')
  @ApiOperation({
    summary: "Submits an operator's proposal to the cell of CELLS_FILE that owns the account and symbol",
  })
  @ApiOkResponse({ type: RoutedProposalAnswer })
  async routeProposal(
    @Body() { account, ...given }: RoutedProposalBody,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Audited() change: Change,
  ): Promise<RoutedProposalAnswer> {
    const symbol = given.symbol.toUpperCase();
    const owners = ownersOf(this.#configured(), account, symbol);
    const [cell] = owners;
    const wanted = `${symbol} of account ${JSON.stringify(account)}`;
    if (cell === undefined)
      throw problem(
        404,
        'cell-unknown',
        'No cell owns it',
        `No cell of CELLS_FILE owns ${wanted}. Nothing was submitted.`,
      );
    if (owners.length > 1) {
      const names = owners.map(({ name }) => name).join(', ');
      throw problem(
        409,
        'cell-ambiguous',
        'Several cells own it',
        `By CELLS_FILE ${names} own ${wanted}. Give the symbol to one of them. Nothing was submitted.`,
      );
    }
    change.after = { cell: cell.name };
    try {
      const answer = await submitTo(cell, { ...given, symbol }, idempotencyKey);
      change.after = { ...answer, cell: cell.name };
      return { ...answer, cell: cell.name };
    } catch (error) {
      if (!(error instanceof CellUnanswered)) throw error;
      throw refusedBy(cell, error);
    }
  }

  #configured(): readonly Cell[] {
    const { configured } = this.cells;
    if (configured !== undefined) return configured;
    throw problem(
      409,
      'no-cells',
      'This process knows no cells',
      'CELLS_FILE is not set. Set it to a file that names the cells (docs/cells.md).',
    );
  }
}

/** A refusal of the cell keeps its status; of no answer nothing is known. */
function refusedBy({ name }: Cell, { problem: found, message }: CellUnanswered): ProblemException {
  const status = found?.status;
  if (status !== undefined && status >= 400 && status < 500 && status !== 401 && status !== 403)
    return problem(status, 'cell-refused', `The cell ${name} refused it`, message, { cell: name });
  return problem(
    503,
    'cell-silent',
    `The cell ${name} did not take it`,
    `${message}. Whether the proposal has taken effect is not known; repeat the call with the same Idempotency-Key.`,
    { cell: name },
  );
}
