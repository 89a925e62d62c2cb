import { Decimal } from 'decimal.js';
import { attemptsOf, type Evidence, type TraceStep } from '../evidence.js';
import type { Entry } from '../history.js';
import { ownOrder } from './orders.js';
import { type Violation, violation } from './violation.js';

const WINDOW_MS = 1_200;

const resultsOf = (results: readonly Entry[], planId: string, attempt: string): readonly Entry[] =>
  results.filter(({ fields }) => fields['plan_id'] === planId && fields['attempt'] === attempt);

const stepOf = (evidence: Evidence, planId: string, attempt: string, step: string): TraceStep | undefined =>
  evidence.traces.get(planId)?.find((each) => each.step === step && String(each.attempt) === attempt);

/** Two keys: every accepted order was claimed inside its window, with a yes of both issuers for that very attempt. */
export function twoKeys(evidence: Evidence): Violation[] {
  const { records } = evidence;
  const found: Violation[] = [];
  const ids = [
    ...records.orders.filter(({ origType }) => origType === 'MARKET').map(({ clientOrderId }) => clientOrderId),
    ...records.algoOrders.map(({ clientAlgoId }) => clientAlgoId),
  ];
  for (const id of ids) {
    const own = ownOrder(id);
    if (own === undefined) continue;
    const claimed = stepOf(evidence, own.planId, own.attempt, 'claimed');
    const published = stepOf(evidence, own.planId, own.attempt, 'published');
    const add = (what: string): void => void found.push(violation('two-keys', `order ${id}: ${what}`, own.planId));
    if (claimed === undefined) {
      add('its attempt was never claimed');
      continue;
    }
    if (claimed['client_order_id'] !== id) add(`it was claimed as ${String(claimed['client_order_id'])}`);
    if (published === undefined || claimed.at_ms >= published.at_ms + WINDOW_MS)
      add('it was claimed outside its window');
    const governor = permitIn(claimed['governor']);
    const p33 = permitIn(claimed['p33']);
    if (governor['granted'] !== true) add('the Governor did not grant it');
    if (p33['allow'] !== true) add('the Position Brain did not allow it');
    for (const permit of [governor, p33]) {
      if (permit['plan_id'] !== own.planId || String(permit['attempt']) !== own.attempt) {
        add(`a permit of ${String(permit['plan_id'])} attempt ${String(permit['attempt'])} was used`);
      }
    }
  }
  return found;
}

function permitIn(bytes: unknown): Record<string, unknown> {
  return typeof bytes === 'string' ? (JSON.parse(bytes) as Record<string, unknown>) : {};
}

/** Nothing vanishes: a proposal that was taken for good has a plan, or a refusal in the plan stream. */
export function answered({ accepted, plans }: Evidence): Violation[] {
  const reported = new Set(plans.map(({ fields }) => fields['plan_id']));
  return accepted.flatMap(({ symbol, fields, planId }) => {
    if (reported.has(planId)) return [];
    return [
      violation('answered', `proposal ${fields['proposal_id'] ?? ''} (${symbol}) was taken and is in no plan`, planId),
    ];
  });
}

/** Every published attempt has exactly one terminal result, and no result is of an attempt that was never published. */
export function oneResult({ plans, results }: Evidence): Violation[] {
  const found: Violation[] = [];
  const published = attemptsOf(plans);
  for (const [planId, attempts] of published) {
    for (const attempt of attempts) {
      const { length } = resultsOf(results, planId, attempt);
      if (length !== 1)
        found.push(violation('one-result', `plan ${planId} attempt ${attempt} has ${length} results`, planId));
    }
  }
  const counts = new Map<string, number>();
  for (const { fields } of plans) {
    if (fields['decision'] !== 'EXECUTE') continue;
    const key = `${fields['plan_id'] ?? ''} attempt ${fields['attempt'] ?? ''}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, count] of counts) {
    if (count > 1)
      found.push(violation('one-result', `plan ${key} was published ${count} times`, key.split(' ')[0] ?? ''));
  }
  for (const { fields } of results) {
    const { plan_id: planId = '', attempt = '' } = fields;
    if (attempt !== '0' && published.get(planId)?.has(attempt) !== true) {
      found.push(
        violation('one-result', `a result of plan ${planId} attempt ${attempt}, which was never published`, planId),
      );
    }
  }
  return found;
}

/** `executed` says what filled: True with exactly the exchange's quantity, False only where the exchange shows nothing. */
export function truthful(evidence: Evidence): Violation[] {
  const { results, records } = evidence;
  const found: Violation[] = [];
  for (const { fields } of results) {
    const { plan_id: planId = '', attempt = '', executed, steps_results: steps = '[]' } = fields;
    if (attempt === '0') continue;
    const isOurs = (id: string): boolean => ownOrder(id)?.planId === planId && ownOrder(id)?.attempt === attempt;
    const traded = records.trades
      .filter(({ clientOrderId }) => isOurs(clientOrderId))
      .reduce((sum, { quantity }) => sum.plus(quantity), new Decimal(0));
    const stops = records.algoOrders.filter(({ clientAlgoId }) => isOurs(clientAlgoId)).length;
    const reported = (JSON.parse(steps) as { executed_qty?: number }[]).reduce(
      (sum, step) => sum.plus(step.executed_qty ?? 0),
      new Decimal(0),
    );
    const add = (what: string): void =>
      void found.push(violation('truthful', `plan ${planId} attempt ${attempt}: ${what}`, planId));
    if (executed === 'True' && traded.isZero() && stops === 0) add('executed=True, and the exchange shows no fill');
    if (executed !== 'True' && (traded.gt(0) || stops > 0)) {
      add(
        `executed=${executed ?? '?'} (${fields['error'] ?? ''}), and the exchange shows ${stops > 0 ? 'its stop' : traded.toFixed()}`,
      );
    }
    if (executed === 'True' && stops === 0 && !reported.eq(traded))
      add(`its result says ${reported.toFixed()} executed, the exchange says ${traded.toFixed()}`);
  }
  return found;
}

/** One order at a time on a symbol: no claim between the claim of another attempt and its result. */
export function oneAtATime({ traces, plans }: Evidence): Violation[] {
  const found: Violation[] = [];
  const symbolOf = new Map(plans.map(({ fields }) => [fields['plan_id'] ?? '', fields['symbol'] ?? '']));
  const spans = [...traces].flatMap(([planId, steps]) =>
    steps
      .filter(({ step }) => step === 'claimed')
      .map((claimed) => ({
        planId,
        attempt: claimed.attempt,
        symbol: symbolOf.get(planId),
        fromMs: claimed.at_ms,
        toMs: steps.find(({ step, attempt }) => step === 'result' && attempt === claimed.attempt)?.at_ms ?? Infinity,
      })),
  );
  for (const first of spans) {
    for (const second of spans) {
      if (first === second || first.symbol !== second.symbol) continue;
      if (second.fromMs < first.fromMs || second.fromMs >= first.toMs) continue;
      if (second.fromMs === first.fromMs && second.planId < first.planId) continue;
      const what = `plan ${second.planId} was claimed while plan ${first.planId} had an order open on ${first.symbol ?? ''}`;
      found.push(violation('one-at-a-time', what, first.planId, second.planId));
    }
  }
  return found;
}
