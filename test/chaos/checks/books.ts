import { Decimal } from 'decimal.js';
import type { Evidence } from '../evidence.js';
import type { Entry } from '../history.js';
import { type Violation, violation } from './violation.js';

/** Starting position plus our fills is what the exchange says, and what the ledger says. */
export function ledger({ records, scenario, symbols }: Evidence): Violation[] {
  const found: Violation[] = [];
  for (const [symbol, start] of Object.entries(scenario.positions)) {
    const fills = records.trades.filter((trade) => trade.symbol === symbol);
    const expected = fills.reduce(
      (sum, { side, quantity }) => (side === 'BUY' ? sum.plus(quantity) : sum.minus(quantity)),
      new Decimal(start),
    );
    const exchange = records.positions.find((each) => each.symbol === symbol)?.amount ?? '0';
    if (!expected.eq(exchange))
      found.push(
        violation('ledger', `${symbol}: start and fills give ${expected.toFixed()}, the exchange has ${exchange}`),
      );
    const kept = symbols[symbol]?.ledger['last_known_amt'];
    if (kept === undefined || !expected.eq(kept)) {
      const plans = fills.map(({ clientOrderId }) => clientOrderId.split('-')[1] ?? '');
      found.push(
        violation(
          'ledger',
          `${symbol}: the ledger says ${kept ?? 'nothing'}, the exchange ${exchange}`,
          ...plans.slice(-3),
        ),
      );
    }
  }
  return found;
}

/** Limits are real: a reservation is committed if and only if its attempt executed, and the day's use is their sum. */
export function limits({ reservations, results, symbols, scenario, plans }: Evidence): Violation[] {
  const found: Violation[] = [];
  const resultOf = (planId: string, attempt: string): Entry | undefined =>
    results.find(({ fields }) => fields['plan_id'] === planId && fields['attempt'] === attempt);
  for (const { planId, attempt, fields } of reservations) {
    const wanted = resultOf(planId, attempt)?.fields['executed'] === 'True' ? 'committed' : 'released';
    if (fields['state'] === wanted) continue;
    const what = `the reservation of plan ${planId} attempt ${attempt} is ${fields['state'] ?? '?'} and must be ${wanted}`;
    found.push(violation('limits', what, planId));
  }
  for (const symbol of Object.keys(scenario.positions)) {
    const executed = results.filter(({ fields }) => fields['symbol'] === symbol && fields['executed'] === 'True');
    const state = symbols[symbol];
    // All orders of one close count as one execution: as the first of them.
    const members = new Set(executed.map(({ fields }) => countedAs(plans, fields)));
    const counted = new Set(state?.executions ?? []);
    for (const member of members) {
      if (!counted.has(member))
        found.push(violation('limits', `${member} executed and is not counted`, member.split(':')[0] ?? ''));
    }
    for (const member of counted) {
      if (!members.has(member))
        found.push(violation('limits', `${member} is counted and did not execute`, member.split(':')[0] ?? ''));
    }
    const qty = executed.reduce(
      (sum, { fields }) => sum.plus(executedQty(fields['steps_results'] ?? '[]')),
      new Decimal(0),
    );
    const used = state?.usage['qty'] ?? '0';
    // Over midnight the day's figures begin again.
    const days = new Set(reservations.map(({ fields }) => fields['day'] ?? ''));
    if (days.size <= 1 && !qty.eq(used)) {
      found.push(violation('limits', `${symbol}: ${used} is counted as used today, ${qty.toFixed()} was executed`));
    }
  }
  return found;
}

function countedAs(plans: readonly Entry[], { plan_id: planId = '', attempt = '' }: Entry['fields']): string {
  const plan = plans.find(({ fields }) => fields['plan_id'] === planId && fields['attempt'] === attempt);
  return plan?.fields['continues'] ?? `${planId}:${attempt}`;
}

function executedQty(steps: string): Decimal {
  return (JSON.parse(steps) as { executed_qty?: number }[]).reduce(
    (sum, step) => sum.plus(step.executed_qty ?? 0),
    new Decimal(0),
  );
}

/** Nothing is lost and nothing is stuck: the system is idle, nothing was dead-lettered, no symbol held, nothing disarmed. */
export function calm({ unsettled, deadLetters, symbols, governorDisarm }: Evidence): Violation[] {
  const planIn = (text: string): string[] => /[0-9a-f]{16}/.exec(text)?.slice(0, 1) ?? [];
  return [
    ...unsettled.map((what) => violation('comes-to-rest', what, ...planIn(what))),
    ...deadLetters.map(({ fields }) =>
      violation(
        'dead-letters',
        `${fields['stream'] ?? ''}: ${fields['reason'] ?? ''}`,
        ...planIn(fields['fields'] ?? ''),
      ),
    ),
    ...Object.entries(symbols).flatMap(([symbol, { hold }]) =>
      hold === null ? [] : [violation('no-hold', `${symbol} is on hold: ${hold}`, ...planIn(hold))],
    ),
    ...(governorDisarm === null ? [] : [violation('no-disarm', `the Governor disarmed: ${governorDisarm}`)]),
  ];
}
