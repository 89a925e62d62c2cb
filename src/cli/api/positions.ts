import { age, colour, notedTable, shortened } from '../terminal.js';
import { ms, objects, type Schema, text } from './reading.js';
import { whyText } from './why.js';

type Position = Schema<'PositionAnswer'>;

const LONGEST_SYMBOL = 14;
const LONGEST_AMOUNT = 12;

const amount = (value: unknown): string => shortened(text(value), LONGEST_AMOUNT);

/** Positions as a table: the exchange's amount, the ledger's, and below each what is in the way. */
export function positionsText(positions: readonly Position[]): string {
  const rows = positions.map((position) => {
    const { snapshot, ledger } = position;
    return {
      cells: [
        shortened(text(position.symbol), LONGEST_SYMBOL),
        snapshot === null ? 'never read' : amount(snapshot?.position_amt),
        ledger?.state === 'present' ? amount(ledger.last_known_amt) : text(ledger?.state),
        drift(position.drift),
        amount(snapshot?.mark_price),
        age(ms(snapshot?.age_ms)),
      ],
      notes: [obstacle(position)],
    };
  });
  const listed = notedTable(['symbol', 'exchange', 'ledger', 'drift', 'mark', 'read'], rows);
  const blocked = positions.find((position) => objects(position.blockers).length > 0);
  if (blocked === undefined) return listed;
  if (positions.length > 1) return `${listed}\n\npermit-gate why <symbol> says what is in the way, and what helps.`;
  return `${listed}\n\n${whyText(text(blocked.symbol), objects(blocked.blockers))}`;
}

function drift(value: Position['drift']): string {
  if (value?.agrees === true) return colour.green('none');
  return value?.difference === undefined ? '–' : colour.red(amount(value.difference));
}

/** The words of the closed set; `permit-gate why` says more. The first bites first. */
function obstacle({ blockers }: Position): string {
  if (!Array.isArray(blockers)) return 'in the way: –';
  const words = objects(blockers).map(({ reason }) => text(reason).replaceAll('_', ' '));
  return words.length === 0 ? colour.green('nothing is in the way') : colour.red(`in the way: ${words.join(', ')}`);
}
