import { ownOrder } from '../checks/orders.js';
import { type Violation, violation } from '../checks/violation.js';
import type { TraceStep } from '../evidence.js';
import type { ExchangeRecords } from '../../harness/paper-exchange-process.js';
import type { Engagement } from './drill.js';
import type { TroubledCall } from './trouble.js';

/**
 * Stop means stop, by the exchange's records: nothing is accepted between the return of an engaging call and the release,
 * and nothing that was claimed before the return is accepted at any time after it.
 */
export function stoppedForGood(
  engagements: readonly Engagement[],
  { orders }: Pick<ExchangeRecords, 'orders'>,
  traces: ReadonlyMap<string, readonly TraceStep[]>,
): Violation[] {
  return orders.flatMap(({ clientOrderId, acceptedAtMs }) => {
    const last = engagements.findLast(({ returnedMs }) => returnedMs < acceptedAtMs);
    if (last === undefined) return [];
    const { planId = '', attempt = '' } = ownOrder(clientOrderId) ?? {};
    const said = `${clientOrderId} was accepted ${acceptedAtMs - last.returnedMs} ms after engagement ${last.round} had returned`;
    if (acceptedAtMs < last.releasedMs)
      return [violation('kill-switch', `${said}, before the switch was released`, planId)];
    const claimedMs = claimedAt(traces.get(planId) ?? [], attempt);
    if (claimedMs >= last.releasedMs) return [];
    return [
      violation('kill-switch', `${said}; it was claimed ${last.releasedMs - claimedMs} ms before the release`, planId),
    ];
  });
}

/** When the bytes that were sent last were permitted: by the claim, or by the check before they were signed again. */
function claimedAt(trace: readonly TraceStep[], attempt: string): number {
  const steps = trace.filter(({ step, attempt: of }) => String(of) === attempt && /^(claimed|sent_again)$/.test(step));
  return Math.max(Number.NEGATIVE_INFINITY, ...steps.map(({ at_ms: atMs }) => atMs));
}

/**
 * After an engaging call that could not be confirmed: the process that was asked is stopped, so the exchange accepts no order that it
 * sent; and once Redis has the stop no process claims, until the release. `sentBy`: the attempts, `plan:attempt`, that each process sent.
 */
export function stoppedHere(
  calls: readonly TroubledCall[],
  { orders }: Pick<ExchangeRecords, 'orders'>,
  traces: ReadonlyMap<string, readonly TraceStep[]>,
  sentBy: ReadonlyMap<string, ReadonlySet<string>>,
): Violation[] {
  return calls.flatMap((call) => {
    const { round, gate, status, returnedMs, storedMs, releasedMs } = call;
    if (status !== undefined && !call.stoppedHere)
      return [violation('kill-switch', `call ${round} was answered ${status}, and ${gate} was not stopped`)];
    return orders.flatMap(({ clientOrderId, acceptedAtMs }) => {
      const { planId = '', attempt = '' } = ownOrder(clientOrderId) ?? {};
      const claimedMs = claimedAt(traces.get(planId) ?? [], attempt);
      const isOwn = sentBy.get(gate)?.has(`${planId}:${attempt}`) === true;
      if (status !== undefined && isOwn && acceptedAtMs > returnedMs && claimedMs < releasedMs)
        return [
          violation(
            'kill-switch',
            `${clientOrderId} of ${gate} was accepted ${acceptedAtMs - returnedMs} ms after call ${round} was answered ${status}`,
            planId,
          ),
        ];
      if (claimedMs > storedMs && claimedMs < releasedMs)
        return [
          violation(
            'kill-switch',
            `${clientOrderId} was claimed ${claimedMs - storedMs} ms after the stop of call ${round} was stored`,
            planId,
          ),
        ];
      return [];
    });
  });
}
