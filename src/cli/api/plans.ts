import { isExecutedState } from '../../flow/5-result.js';
import { age, colour, notedTable, shortened, wrapped } from '../terminal.js';
import { ms, number, objects, type Schema, text } from './reading.js';

const OPEN = new Set(['PUBLISHED', 'WAITING', 'WAITING_APPROVAL', 'CLAIMED']);
const LONGEST_PLAN = 16;
const LONGEST_NAME = 14;
const MOST_WAITING = 5;

/** A plan's state in its colour: green for traded, yellow for open, dim for evaluated only, red for everything else. */
export function stateText(state: unknown): string {
  const word = text(state);
  if (isExecutedState(word)) return colour.green(word);
  if (OPEN.has(word)) return colour.yellow(word);
  return word === 'SKIPPED' ? colour.dim(word) : colour.red(word);
}

/** `GET /plans` as a table, with the reason of each plan below it. */
export function plansText(answer: Schema<'PlansAnswer'>, nowMs = Date.now()): string {
  const plans = objects(answer.plans);
  const rows = plans.map((plan) => ({
    cells: [
      shortened(text(plan.plan_id), LONGEST_PLAN),
      shortened(text(plan.symbol), LONGEST_NAME),
      shortened(text(plan.action).replace(/_PROPOSED$/, ''), LONGEST_NAME),
      stateText(plan.state),
      text(plan.attempt),
      age(nowMs - ms(plan.published_ms)),
    ],
    notes: [longId(plan), whose(plan), why(plan), plan.archived === true ? colour.dim('from the archive') : ''],
  }));
  const listed =
    plans.length === 0 ? 'No plan matches.' : notedTable(['plan', 'symbol', 'action', 'state', 'try', 'ago'], rows);
  const leftOut = number(answer.repeats_left_out) ?? 0;
  const notes = [
    ...waitingText(answer.waiting_for_capacity),
    ...(leftOut > 0
      ? [`${leftOut} ${leftOut === 1 ? 'repeat' : 'repeats'} of these refusals left out; --all shows them.`]
      : []),
    ...(typeof answer.archive_fault === 'string'
      ? wrapped(colour.red(`Older plans are missing here: ${text(answer.archive_fault)}.`))
      : []),
    ...(typeof answer.next_cursor === 'string' ? [`There are more: --cursor ${answer.next_cursor}`] : []),
  ];
  return [listed, ...notes].join('\n\n');
}

/** An older process does not say it. */
function waitingText(given: unknown): string[] {
  const { count, plans } = (given ?? {}) as Partial<Schema<'PlansWaitingAnswer'>>;
  const all = number(count) ?? 0;
  if (all === 0) return [];
  const first = objects(plans ?? []).slice(0, MOST_WAITING);
  const lines = first.map(
    (plan) =>
      `  ${shortened(text(plan.symbol), LONGEST_NAME)}: kill score ${text(plan.kill_score)}, for ${age(ms(plan.waiting_ms))}`,
  );
  return [[`waiting_for_capacity: ${all}, the most urgent first`, ...lines].join('\n')];
}

function longId({ plan_id: planId }: Schema<'PlanSummaryAnswer'>): string {
  const id = text(planId);
  return id.length > LONGEST_PLAN ? colour.dim(`plan ${id}`) : '';
}

function whose({ published_by: by, mode }: Schema<'PlanSummaryAnswer'>): string {
  if (by === 'another service') return colour.dim('published by another service');
  return mode === 'dry_run' ? colour.dim('a dry run') : '';
}

/** Error and reason. A refusal's reason already begins with its error. */
function why(plan: Schema<'PlanSummaryAnswer'>): string {
  const [error = '', reason = ''] = [plan.error, plan.reason].map((word) => (typeof word === 'string' ? word : ''));
  const words = error === '' || reason.startsWith(error) ? [reason] : [error, reason];
  const said = words.filter((word) => word !== '').join(': ');
  return said === '' ? '' : colour.dim(text(said));
}
