import type { ApiSchema } from '../client/api.js';
import type { Fields } from '../flow/0-primitives.js';
import { knownFields } from '../flow/1-proposal.js';
import { askCell, CellUnanswered } from './cell-calls.js';
import type { Cell } from './cells-file.js';

const ANSWER_WITHIN_MS = 10_000;
const ENTRY_WITHIN_MS = 3_000;

/** The cells that own a symbol of an account, by CELLS_FILE. A proposal goes to one that is alone. */
export function ownersOf(cells: readonly Cell[], account: string, symbol: string): readonly Cell[] {
  return cells.filter(
    (cell) => cell.account === account && (cell.symbols.length === 0 || cell.symbols.includes(symbol)),
  );
}

/**
 * Hands a proposal to the Apply of a cell. Its addresses are asked one after the other, and the next one only where nothing was done:
 * nobody listens, or the process has no Apply. Throws {@link CellUnanswered}.
 */
export async function submitTo(
  cell: Cell,
  body: ApiSchema<'ProposalBody'>,
  idempotencyKey: string | undefined,
): Promise<ApiSchema<'ProposalSubmittedAnswer'>> {
  const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  let last: CellUnanswered | undefined;
  for (const url of cell.urls) {
    try {
      return await askCell({ ...cell, urls: [url] }, { withinMs: ANSWER_WITHIN_MS, aliveWithinMs: 3_000 }, (api) =>
        api.POST('/api/v1/proposals', { body, headers }),
      );
    } catch (error) {
      if (!(error instanceof CellUnanswered) || !hasDoneNothing(error)) throw error;
      last = error;
    }
  }
  throw last ?? new CellUnanswered(`${cell.name} has no address`);
}

/**
 * Appends a strategy's proposal to the proposal stream of a cell, once per key: its addresses are asked one after the other until one
 * takes or refuses it. Throws {@link CellUnanswered}.
 */
export async function deliverTo(
  cell: Cell,
  symbol: string,
  fields: Fields,
  idempotencyKey: string,
): Promise<ApiSchema<'StrategyProposalAnswer'>> {
  const headers = { 'idempotency-key': idempotencyKey };
  // It was read as a proposal, so the fields that are required are there.
  const body = { ...knownFields(fields), symbol } as unknown as ApiSchema<'ProposalBody'>;
  let last: CellUnanswered | undefined;
  for (const url of cell.urls) {
    try {
      return await askCell({ ...cell, urls: [url] }, { withinMs: ENTRY_WITHIN_MS }, (api) =>
        api.POST('/api/v1/proposals/strategy', { body, headers }),
      );
    } catch (error) {
      if (!(error instanceof CellUnanswered) || refuses(error)) throw error;
      last = error;
    }
  }
  throw last ?? new CellUnanswered(`${cell.name} has no address`);
}

/** Whether the cell has refused the call for good; another answer, or none, may be another one next time. */
export function refuses({ problem }: CellUnanswered): boolean {
  const { status = 0, type = '' } = problem ?? {};
  return status >= 400 && status < 500 && status !== 429 && !type.endsWith(':still-running');
}

function hasDoneNothing({ problem, message }: CellUnanswered): boolean {
  return problem?.type?.endsWith(':role-not-here') === true || message.endsWith('ECONNREFUSED');
}
