import { age, colour, table } from '../terminal.js';
import type { Answer } from './client.js';
import { number, object, text } from './reading.js';

/** Positions as a table: the exchange's amount, the ledger's, and what blocks the symbol. */
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
  return table(['symbol', 'exchange', 'ledger', 'drift', 'mark', 'read', 'blocked by'], rows);
}

function drift(value: unknown): string {
  const { agrees, difference } = object(value);
  if (agrees === true) return colour.green('none');
  return difference === undefined ? '–' : colour.red(text(difference));
}

function obstacle(position: Answer): string {
  const hold = object(position['hold']);
  const flight = object(position['in_flight']);
  const found = [
    hold['reason'] === undefined ? '' : `on hold: ${text(hold['reason'])} (${text(hold['by'])})`,
    flight['plan_id'] === undefined ? '' : `order open: plan ${text(flight['plan_id'])} ${text(flight['state'])}`,
  ];
  return found.filter((each) => each !== '').join('; ') || 'nothing';
}
