import { age, colour, indented, wrapped } from '../terminal.js';
import { ms, objects, type Schema, text } from './reading.js';

/** `GET /approvals` as text: what each plan would do, for how long it waits, and who has approved it. */
export function approvalsText(answer: Schema<'WaitingPlansAnswer'>, nowMs = Date.now()): string {
  const waiting = objects(answer.waiting);
  const [newest] = waiting;
  if (newest === undefined) return 'No plan waits for an approval.';
  const command = colour.cyan(`$ permit-gate approve ${text(newest.plan_id)} --reason "…"`);
  return [...waiting.flatMap((plan) => planLines(plan, nowMs)), '', `${command}  (or reject)`].join('\n');
}

function planLines(plan: Schema<'WaitingPlan'>, nowMs: number): string[] {
  const since = age(nowMs - ms(plan.since_ms));
  const left = age(ms(plan.until_ms) - nowMs);
  const names = objects(plan.approvals).map(({ by }) => text(by));
  const approved = `${names.length} of ${text(plan.needed)} approved${names.length === 0 ? '' : `: ${names.join(', ')}`}`;
  const head = `${colour.bold(text(plan.plan_id))}  ${text(plan.symbol)} ${text(plan.action)}  ${what(plan)}`;
  const rest = `${text(plan.notional_usd)} USD, kill score ${text(plan.kill_score)}, waits ${since}, ${left} left, ${approved}`;
  return [...wrapped(head), ...indented(rest, 2)];
}

function what(plan: Schema<'WaitingPlan'>): string {
  const stop = plan.stop_price;
  if (typeof stop === 'string') return `stop at ${stop} for ${text(plan.quantity)}`;
  return `closes ${text(plan.quantity)} (${text(plan.share_pct)} %)`;
}

/** `POST /approvals/:planId` as a sentence. */
export function answeredText(answer: Schema<'ApprovalAnswer'>): string {
  const plan = `Plan ${text(answer.plan_id)} of ${text(answer.symbol)}`;
  const names = objects(answer.approvals)
    .map(({ by }) => text(by))
    .join(' and ');
  switch (answer.outcome) {
    case 'approved':
      return `${plan} is approved by ${names}: its next attempt is published now, and every check runs again.`;
    case 'counted':
      return `${plan} is approved by ${names}; ${text(answer.needed)} different people must approve it.`;
    default:
      return `${plan} is rejected: it has ended.`;
  }
}
