import { objects, type Schema, text } from './reading.js';

/** `GET /plans/:planId/permits`: what each issuer says of the plan. */
export function permitsText(answer: Schema<'PlanPermitsAnswer'>): string {
  const plan = `Plan ${text(answer.plan_id)} of ${text(answer.symbol)}`;
  const head = `${plan}, attempt ${text(answer.attempt)}: ${text(answer.state)}`;
  return [head, ...objects(answer.permits).map((permit) => text(permit.text))].join('\n');
}
