import { REFUSALS, type RefusalMark } from '../../src/exchange/refusals.js';
import { generatedFrom, table } from './table.js';

const MARKS: Readonly<Record<RefusalMark, string>> = {
  unknown: 'proves nothing: the order is looked up; only a full close may go again before the proof',
  duplicate: 'an order with the same client order id is open: it is looked up',
  rate_limit: 'not accepted; no process calls before the ban ends; retryable',
  clock: 'not accepted; signed anew and sent again inside the window, else retryable',
  rules: "not accepted; the market's rules are read anew and the plan goes on by them, else retryable",
  passing: 'not accepted; retryable while the proposal stands (`exchange_unavailable`)',
  lasting: 'rejected for good (`order_rejected`)',
};

/** The text of `docs/refusals.md`, from the one table of refusals. */
export function renderRefusalsPage(): string {
  const marks = Object.entries(MARKS).map(([mark, meaning]) => [mark, meaning]);
  const codes = [...REFUSALS].map(([code, { mark, text, why }]) => [String(code), mark, text, why]);
  return `# Refusals

${generatedFrom('src/exchange/refusals.ts')}

What Binance's error codes say about an order request that was answered with HTTP 4xx. A 5xx or a 408 proves nothing, whatever its code.
A code that is not listed is **lasting**.

${table(['mark', 'what follows'], marks)}

## Codes

${table(['code', 'mark', "the exchange's text", 'why'], codes)}

## Orders that were accepted and filled nothing

\`EXPIRED\`, \`EXPIRED_IN_MATCH\` and \`CANCELED\` with nothing filled are passing: the book was thin at that moment, or somebody took the order
away. \`REJECTED\` is lasting.
`;
}
