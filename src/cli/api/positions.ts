import { age, colour, table } from '../terminal.js';
import type { Answer } from './client.js';
import { number, object, objects, text } from './reading.js';
import { whyText } from './why.js';

/** Positions as a table: the exchange's amount, the ledger's, and what is in the way. */
export function positionsText(positions: readonly Answer[]): string {
  const rows = positions.map((position) => {
    const snapshot = object(position['snapshot']);
    const ledger = object(position['ledger']);
    return [
      text(position['symbol']),
      position['snapshot'] === null ? 'never read' : text(snapshot['position_amt']),
      ledger['state'] === 'present' ? text(ledger['last_known_amt']) : text(ledger['state']),
      drift(position['drift']),
      text(snapshot['mark_price']),
      age(number(snapshot['age_ms']) ?? Number.NaN),
      obstacle(position),
    ];
  });
  const listed = table(['symbol', 'exchange', 'ledger', 'drift', 'mark', 'read', 'in the way'], rows);
  const blocked = positions.find((position) => objects(position['blockers']).length > 0);
  if (blocked === undefined) return listed;
  if (positions.length > 1) return `${listed}\n\npermit-gate why <symbol> says what is in the way, and what helps.`;
  return `${listed}\n\n${whyText(text(blocked['symbol']), objects(blocked['blockers']))}`;
}

function drift(value: unknown): string {
  const { agrees, difference } = object(value);
  if (agrees === true) return colour.green('none');
  return difference === undefined ? '–' : colour.red(text(difference));
}

/** The words of the closed set; `permit-gate why` says more. The first bites first. */
function obstacle(position: Answer): string {
  if (!Array.isArray(position['blockers'])) return text(undefined);
  const [first, second, ...others] = objects(position['blockers']).map(({ reason }) =>
    text(reason).replaceAll('_', ' '),
  );
  if (first === undefined) return colour.green('nothing');
  const named = second === undefined ? first : `${first}, ${second}`;
  return colour.red(others.length === 0 ? named : `${named}, +${others.length}`);
}
