import { Decimal } from 'decimal.js';
import { shareOf } from '../../../src/flow/1-proposal.js';
import type { Evidence, TakenUpAtClaim } from '../evidence.js';
import { ownOrder } from './orders.js';
import { type Violation, violation } from './violation.js';

type Trade = Evidence['records']['trades'][number];

const signed = ({ side, quantity }: Trade): Decimal =>
  side === 'BUY' ? new Decimal(quantity) : new Decimal(quantity).neg();

/** Between two looks at the position a snapshot may be as old as this; a target is fixed from one. */
const SNAPSHOT_AGE_MS = 10_000;

/**
 * No standing proposal takes the position past its target: the fills of its orders are at most the amount at take-up less the
 * target, no order leaves less than the target, and the target itself is the share of an amount that the symbol really had.
 */
export function targets(evidence: Evidence): Violation[] {
  const found: Violation[] = [];
  const closed = new Map<string, Decimal>();
  for (const [symbol, start] of Object.entries(evidence.scenario.positions)) {
    let position = new Decimal(start);
    const amounts = [position];
    for (const trade of evidence.records.trades.filter((each) => each.symbol === symbol)) {
      position = position.plus(signed(trade));
      amounts.push(position);
      const planId = ownOrder(trade.clientOrderId)?.planId ?? '';
      const add = (what: string): void =>
        void found.push(violation('target', `${trade.clientOrderId} on ${symbol}: ${what}`, planId));
      const takenUp = evidence.takenUp.get(planId);
      if (takenUp === undefined) {
        add('it traded, and its journal does not say what was taken up');
        continue;
      }
      const amount = new Decimal(takenUp.amount);
      const target = new Decimal(takenUp.target ?? NaN);
      if (!position.abs().gte(target.abs()))
        add(`it left ${position.toFixed()}, and the target was ${target.toFixed()}`);
      if (!amounts.some((each) => each.eq(amount)))
        add(`taken up from ${amount.toFixed()}, which the symbol never had`);
      const share = shareIn(evidence, planId);
      const least = amount.abs().mul(new Decimal(100).minus(share)).div(100);
      if (!target.abs().gte(least)) add(`the target ${target.toFixed()} of ${amount.toFixed()} is past ${share} %`);
      const key = [symbol, takenUp.identity, takenUp.episode, takenUp.amount, takenUp.target].join(' ');
      const total = (closed.get(key) ?? new Decimal(0)).plus(trade.quantity);
      closed.set(key, total);
      if (!total.lte(amount.abs().minus(target.abs())))
        add(`${total.toFixed()} of ${amount.toFixed()} was closed for it, down to ${target.toFixed()} was allowed`);
    }
  }
  return [...found, ...onceOnly(evidence)];
}

function shareIn({ plans }: Evidence, planId: string): number {
  const fields = plans.find((each) => each.fields['plan_id'] === planId)?.fields ?? {};
  return shareOf(fields['action'] ?? '', fields['close_pct'] ?? '') ?? 0;
}

/**
 * Without the system's own word for it: where every proposal runs once and no episode ended, what was closed for a proposal is at
 * most its share of the position that there was before its first plan.
 */
function onceOnly({ scenario, records, takenUp, plans, stamps }: Evidence): Violation[] {
  if (scenario.env['APPLY_REPEAT_POLICY'] !== 'once_per_episode') return [];
  const byIdentity = new Map<string, { planIds: Set<string>; symbol: string; share: number; fromMs: number }>();
  for (const { id, fields } of plans) {
    const { plan_id: planId = '', symbol = '' } = fields;
    const { identity }: Partial<TakenUpAtClaim> = takenUp.get(planId) ?? {};
    const share = shareOf(fields['action'] ?? '', fields['close_pct'] ?? '');
    if (identity === undefined || share === undefined || fields['decision'] !== 'EXECUTE') continue;
    const known = byIdentity.get(`${symbol} ${identity}`);
    if (known === undefined) {
      const fromMs = Number(id.split('-')[0]) - SNAPSHOT_AGE_MS;
      byIdentity.set(`${symbol} ${identity}`, { planIds: new Set([planId]), symbol, share, fromMs });
    } else known.planIds.add(planId);
  }
  return [...byIdentity.values()].flatMap(({ planIds, symbol, share, fromMs }) => {
    const hasHold = stamps.some((each) => each.symbol === symbol && each.fields?.['harvest_action'] === 'HOLD');
    if (hasHold) return [];
    const trades = records.trades.filter((each) => each.symbol === symbol);
    const before = trades
      .filter(({ timeMs }) => timeMs < fromMs)
      .reduce((sum, trade) => sum.plus(signed(trade)), new Decimal(scenario.positions[symbol] ?? 0));
    const closed = trades
      .filter(({ clientOrderId }) => planIds.has(ownOrder(clientOrderId)?.planId ?? ''))
      .reduce((sum, { quantity }) => sum.plus(quantity), new Decimal(0));
    if (closed.lte(before.abs().mul(share).div(100))) return [];
    const what = `${symbol}: ${closed.toFixed()} was closed for a share of ${share} % of at most ${before.abs().toFixed()}`;
    return [violation('target', what, ...planIds)];
  });
}
