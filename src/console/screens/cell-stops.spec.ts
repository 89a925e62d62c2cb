import { expect, it } from 'vitest';
import type { ApiSchema } from '../../client/api.js';
import { cellsIn, stopsOfCells } from './cell-stops.js';

const now = (name: string, engaged?: boolean): ApiSchema<'CellAnswer'> =>
  ({ name, kill_switch: engaged === undefined ? null : { engaged } }) as ApiSchema<'CellAnswer'>;
const told = (name: string, state: string): ApiSchema<'StoppedCellAnswer'> =>
  ({
    name,
    state,
    text: `text of ${name}`,
    in_flight: null,
    missing_replicas: '',
    took_ms: 1,
  }) as ApiSchema<'StoppedCellAnswer'>;
const shown = (...given: Parameters<typeof stopsOfCells>): unknown[] =>
  stopsOfCells(...given).map(({ name, state, isEngaged }) => [name, state, isEngaged]);

it('takes no cell for stopped whose switch is engaged, while the call has no answer', () => {
  expect(shown([], [now('alpha', true), now('beta', false), now('gamma')])).toEqual([
    ['alpha', 'unknown', true],
    ['beta', 'unknown', false],
    ['gamma', 'unknown', undefined],
  ]);
});

it('says of each cell what it has answered, and what its switch says since', () => {
  const members = { cells: [told('alpha', 'stopped'), told('beta', 'no_answer'), told('gamma', 'refused')] };
  expect(shown(cellsIn(members), [now('alpha', true), now('beta', true), now('delta', false)])).toEqual([
    ['alpha', 'stopped', true],
    ['beta', 'no_answer', true],
    ['gamma', 'refused', undefined],
  ]);
});

it('takes nothing from an answer that is another one', () => {
  expect(cellsIn({})).toEqual([]);
  expect(cellsIn({ cells: 'stopped' })).toEqual([]);
  expect(cellsIn({ cells: [null, 'alpha', {}, { name: 'alpha', state: 'fine', text: '' }] })).toEqual([]);
});
