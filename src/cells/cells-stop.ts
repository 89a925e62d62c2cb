import type { ApiSchema } from '../client/api.js';
import { askCell, CellUnanswered, type Patience } from './cell-calls.js';
import type { Cell } from './cells-file.js';

/** A cell takes up to 10 s to be sure that no order is on its way; one that hangs is known before. */
const PATIENCE: Patience = { withinMs: 12_000, aliveWithinMs: 3_000 };

type StoppedCell = ApiSchema<'StoppedCellAnswer'>;

/**
 * Engages the kill switch of all cells at once. Each of them is `stopped` only if it has confirmed that no further order of any of its
 * processes is sent. Calling it again does no harm: a cell that is stopped says so again.
 */
export async function stopCells(cells: readonly Cell[], reason: string, patience = PATIENCE): Promise<StoppedCell[]> {
  return Promise.all(cells.map((cell) => stop(cell, reason, patience)));
}

async function stop(cell: Cell, reason: string, patience: Patience): Promise<StoppedCell> {
  const { name } = cell;
  const askedMs = performance.now();
  const tookMs = (): number => Math.round(performance.now() - askedMs);
  try {
    const body = { engaged: true, reason };
    const answer = await askCell(
      cell,
      patience,
      (api) => api.PUT('/api/v1/kill-switch', { body }),
      ({ engaged }) => engaged,
    );
    const { in_flight: inFlight = [], foreign_apply: foreign = null, missing_replicas: missing = '' } = answer;
    const told = { in_flight: inFlight.length, missing_replicas: missing, took_ms: tookMs() };
    if (foreign !== null) return { name, state: 'not_confirmed', text: foreignText(foreign), ...told };
    const text = answer.was_engaged === true ? `engaged already, by ${answer.by}: ${answer.reason}` : '';
    return { name, state: 'stopped', text, ...told };
  } catch (error) {
    if (!(error instanceof CellUnanswered)) throw error;
    const state = error.problem === undefined ? 'no_answer' : isRefusal(error.problem) ? 'refused' : 'not_confirmed';
    return { name, state, text: error.message, in_flight: null, missing_replicas: '', took_ms: tookMs() };
  }
}

/** Nothing was stopped by it. */
const isRefusal = ({ status }: Partial<ApiSchema<'ProblemAnswer'>>): boolean =>
  status !== undefined && status >= 400 && status < 500;

function foreignText(foreign: ApiSchema<'ForeignApplyAnswer'> | 'unknown'): string {
  if (foreign === 'unknown')
    return 'its kill switch is engaged, but whether another implementation of Apply runs there is not known';
  const until = new Date(foreign.not_confirmable_until_ms).toISOString();
  return `its kill switch is engaged, but another implementation of Apply runs there: its orders cannot be excluded before ${until}`;
}
