import { table } from '../terminal.js';
import { ms, number, objects, type Schema, text } from './reading.js';

/** `GET /ratio`: the sum, then a line for each symbol, issuer and reason. */
export function ratioText(answer: Schema<'RatioAnswer'>): string {
  const rows = objects(answer.rows);
  if (rows.length === 0) return 'No verdict matches.';
  const [allowed, denied] = [number(answer.allowed) ?? 0, number(answer.denied) ?? 0];
  const share = ((100 * allowed) / (allowed + denied)).toFixed(1);
  const since = new Date(ms(answer.first_ms));
  const sum = `${allowed} yes, ${denied} no (${share} % yes) since ${Number.isNaN(since.getTime()) ? '–' : since.toISOString()}`;
  const listed = table(
    ['symbol', 'issuer', 'verdict', 'count', 'reason'],
    rows.map((row) => [row.symbol, row.issuer, row.verdict, row.count, row.reason].map(text)),
  );
  return `${sum}\n\n${listed}`;
}
