import { Decimal } from 'decimal.js';
import type { Evidence } from '../evidence.js';
import { type Violation, violation } from './violation.js';

interface OwnOrder {
  readonly planId: string;
  readonly attempt: string;
}

/** Plan and attempt in a client order id `pg-<plan>-<step>-<attempt>`; `undefined` for any other. */
export function ownOrder(clientOrderId: string): OwnOrder | undefined {
  const [, planId, attempt] = /^pg-(.+)-\d+-(\d+)$/.exec(clientOrderId) ?? [];
  return planId === undefined || attempt === undefined ? undefined : { planId, attempt };
}

/** Once: at most one order (or stop) per plan, step and attempt, all of them ours, none after an attempt that traded. */
export function once({ records }: Evidence): Violation[] {
  const found: Violation[] = [];
  const seen = new Map<string, number>();
  for (const id of [
    ...records.orders.filter(({ origType }) => origType === 'MARKET').map(({ clientOrderId }) => clientOrderId),
    ...records.algoOrders.map(({ clientAlgoId }) => clientAlgoId),
  ]) {
    seen.set(id, (seen.get(id) ?? 0) + 1);
    if (ownOrder(id) === undefined) found.push(violation('own-orders', `an order ${id} is none of ours`));
  }
  for (const [id, times] of seen) {
    if (times > 1)
      found.push(violation('one-order', `${times} orders ${id} were accepted`, ownOrder(id)?.planId ?? id));
  }
  for (const order of records.orders) {
    const own = ownOrder(order.clientOrderId);
    if (own === undefined || new Decimal(order.executedQty).isZero()) continue;
    for (const later of records.orders) {
      const other = ownOrder(later.clientOrderId);
      if (other?.planId !== own.planId || Number(other.attempt) <= Number(own.attempt)) continue;
      const what = `order ${later.clientOrderId} was accepted although ${order.clientOrderId} had traded ${order.executedQty}`;
      found.push(violation('no-second-attempt', what, own.planId));
    }
  }
  return found;
}

/** Only ever smaller: reduce-only, never more than the position, never over it, and sized on the position as it was. */
export function onlySmaller({ records, scenario, traces }: Evidence): Violation[] {
  const found: Violation[] = [];
  for (const [symbol, start] of Object.entries(scenario.positions)) {
    const trades = records.trades.filter((trade) => trade.symbol === symbol);
    for (const order of records.orders.filter((each) => each.symbol === symbol)) {
      const own = ownOrder(order.clientOrderId);
      const add = (what: string): void =>
        void found.push(violation('only-smaller', `${order.clientOrderId} on ${symbol}: ${what}`, own?.planId ?? ''));
      const before = trades
        .filter(
          ({ orderId, timeMs }) => orderId !== order.orderId && timeMs <= order.acceptedAtMs && orderId < order.orderId,
        )
        .reduce((sum, trade) => sum.plus(signed(trade)), new Decimal(start));
      if (!order.reduceOnly) add('it is not reduce-only');
      if (before.isZero() || (order.side === 'SELL') !== before.gt(0))
        add(`${order.side} does not shrink ${before.toFixed()}`);
      if (new Decimal(order.requestedQuantity).gt(before.abs())) {
        add(`${order.requestedQuantity} was asked for, the position was ${before.toFixed()}`);
      }
      const permit = permitOf(traces.get(own?.planId ?? ''), own?.attempt);
      if (permit !== undefined && !new Decimal(permit).eq(before)) {
        add(`its permit was for a position of ${permit}, the position was ${before.toFixed()}`);
      }
    }
    let position = new Decimal(start);
    for (const trade of trades) {
      const after = position.plus(signed(trade));
      if (!after.isZero() && after.isNegative() !== position.isNegative()) {
        found.push(violation('only-smaller', `${symbol} went from ${position.toFixed()} to ${after.toFixed()}`));
      }
      position = after;
    }
  }
  return found;
}

function permitOf(
  trace: readonly { readonly step: string; readonly attempt: number; readonly [field: string]: unknown }[] | undefined,
  attempt: string | undefined,
): string | undefined {
  const claimed = trace?.find((step) => step.step === 'claimed' && String(step.attempt) === attempt);
  if (typeof claimed?.['p33'] !== 'string') return undefined;
  const { exchange_position_amt: amount } = JSON.parse(claimed['p33']) as { exchange_position_amt?: number };
  return amount === undefined ? undefined : String(amount);
}

function signed({ side, quantity }: { readonly side: string; readonly quantity: string }): Decimal {
  return side === 'BUY' ? new Decimal(quantity) : new Decimal(quantity).neg();
}

/** Stop means stop: nothing accepted between the return of the engaging call and the release. */
export function stopped({ records, stopped: spans }: Evidence): Violation[] {
  const accepted = [
    ...records.orders.map(({ clientOrderId: id, acceptedAtMs: atMs }) => ({ id, atMs })),
    ...records.requests
      .filter(({ method, path, status }) => method === 'POST' && path.endsWith('/algoOrder') && status === 200)
      .map(({ params, atMs }) => ({ id: params['clientAlgoId'] ?? '', atMs })),
  ];
  return spans.flatMap(({ fromMs, toMs }) =>
    accepted
      .filter(({ atMs }) => atMs > fromMs && atMs < toMs)
      .map(({ id, atMs }) => {
        const what = `${id} was accepted ${atMs - fromMs} ms after the call that engages the kill switch had returned`;
        return violation('kill-switch', what, ownOrder(id)?.planId ?? '');
      }),
  );
}
