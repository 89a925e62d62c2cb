import type { ApiSchema } from '../../client/api.js';

type Cell = ApiSchema<'CellAnswer'>;
type StoppedCell = ApiSchema<'StoppedCellAnswer'>;

const STATES: readonly StoppedCell['state'][] = ['stopped', 'not_confirmed', 'refused', 'no_answer'];

/** What is known of the stop of one cell. */
export interface CellStop {
  readonly name: string;
  /** What the cell answered to the call; `unknown`: the call itself got no answer. */
  readonly state: StoppedCell['state'] | 'unknown';
  readonly text: string;
  readonly inFlight: number;
  readonly missingReplicas: string;
  /** Its switch, as it is read after the call; `undefined`: it does not say. */
  readonly isEngaged: boolean | undefined;
}

/**
 * Of each cell: what it has answered to the stop, and what its switch says since. While there is no answer, of each that is known. Only an
 * answer makes a cell `stopped`: a switch that is engaged says nothing of the orders that were on their way.
 */
export function stopsOfCells(answered: readonly StoppedCell[], now: readonly Cell[]): readonly CellStop[] {
  const engagedOf = (wanted: string): boolean | undefined =>
    now.find(({ name }) => name === wanted)?.kill_switch?.engaged;
  if (answered.length === 0)
    return now.map(({ name }): CellStop => {
      return { name, state: 'unknown', text: '', inFlight: 0, missingReplicas: '', isEngaged: engagedOf(name) };
    });
  return answered.map(({ name, state, text, in_flight: inFlight, missing_replicas: missingReplicas }): CellStop => ({
    name,
    state,
    text,
    inFlight: inFlight ?? 0,
    missingReplicas,
    isEngaged: engagedOf(name),
  }));
}

/** The cells that a refusal of the stop names; none of an answer that is another one. */
export function cellsIn({ cells }: Readonly<Record<string, unknown>>): readonly StoppedCell[] {
  return Array.isArray(cells) ? cells.filter(isStoppedCell) : [];
}

function isStoppedCell(value: unknown): value is StoppedCell {
  if (typeof value !== 'object' || value === null) return false;
  const { name, state, text } = value as Partial<Record<keyof StoppedCell, unknown>>;
  return typeof name === 'string' && typeof text === 'string' && STATES.some((known) => known === state);
}
