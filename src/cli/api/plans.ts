import { age, colour, table } from '../terminal.js';
import type { Answer } from './client.js';
import { number, objects, text } from './reading.js';

const GOOD = new Set(['FILLED', 'PARTLY_FILLED', 'PLACED']);
const OPEN = new Set(['PUBLISHED', 'WAITING', 'WAITING_APPROVAL', 'CLAIMED']);

/** A plan's state in its colour: green for traded, yellow for open, dim for evaluated only, red for everything else. */
export function stateText(state: unknown): string {
  const word = text(state);
  if (GOOD.has(word)) return colour.green(word);
  if (OPEN.has(word)) return colour.yellow(word);
  return word === 'SKIPPED' ? colour.dim(word) : colour.red(word);
}

/** `GET /plans` as a table. */
export function plansText(answer: Answer, nowMs = Date.now()): string {
  const plans = objects(answer['plans']);
  if (plans.length === 0) return 'No plan matches.';
  const rows = plans.map((plan) => [
    text(plan['plan_id']),
    text(plan['symbol']),
    text(plan['action']),
    stateText(plan['state']),
    text(plan['attempt']),
    plan['published_by'] === 'another service' ? 'another service' : text(plan['mode']),
    `${age(nowMs - (number(plan['published_ms']) ?? Number.NaN))} ago`,
    why(plan),
  ]);
  const listed = table(['plan', 'symbol', 'action', 'state', 'attempt', 'mode', 'published', 'why'], rows);
  const cursor = answer['next_cursor'];
  return typeof cursor === 'string' ? `${listed}\n\nThere are more: --cursor ${cursor}` : listed;
}

/** Error and reason. A refusal's reason already begins with its error. */
function why(plan: Answer): string {
  const [error, reason] = [plan['error'], plan['reason']].map((word) => (typeof word === 'string' ? word : ''));
  const words = error === '' || (reason ?? '').startsWith(error ?? '') ? [reason] : [error, reason];
  return words
    .filter((word) => word !== '')
    .join(': ')
    .slice(0, 80);
}
