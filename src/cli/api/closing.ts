import { table } from '../terminal.js';
import { objects, type Schema, text } from './reading.js';

/** `POST /positions/:symbol/close`: what was proposed, and how it goes on. */
export function closedText(answer: Schema<'CloseAnswer'>): string {
  const published = answer.decision === 'EXECUTE' ? `Plan ${text(answer.plan_id)} of ` : '';
  const what = `${published}${text(answer.symbol)}, ${text(answer.pct)} % of ${text(answer.exchange_amt)}.`;
  return `${what}\n${text(answer.next)}`;
}

/** `POST /flatten`: a line per symbol, and why one could not be proposed. */
export function flattenedText(answer: Schema<'FlattenAnswer'>): string {
  const symbols = objects(answer.symbols);
  const rows = symbols.map((each) => [
    text(each.symbol),
    text(each.exchange_amt),
    text(each.outcome).replaceAll('_', ' '),
    text(each.plan_id),
  ]);
  const failed = symbols.filter(({ outcome }) => outcome === 'not_published');
  return [
    table(['symbol', 'exchange', 'outcome', 'plan'], rows),
    ...failed.map((each) => `${text(each.symbol)}: ${text(each.next)}`),
  ].join('\n');
}
