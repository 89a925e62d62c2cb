import type { ApiSchema } from '../client/api.js';
import { askCell, CellUnanswered } from './cell-calls.js';
import type { Cell } from './cells-file.js';

const ANSWER_WITHIN_MS = 10_000;

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

function hasDoneNothing({ problem, message }: CellUnanswered): boolean {
  return problem?.type?.endsWith(':role-not-here') === true || message.endsWith('ECONNREFUSED');
}
