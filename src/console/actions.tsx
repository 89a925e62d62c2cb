import type { ApiSchema } from '../client/api.js';
import { answer, gate } from './api/gate.js';
import { amount } from './parts/format.js';
import { type Action, ask } from './parts/action.js';
import { hrefOf } from './parts/route.js';
import { texts } from './texts.js';

const T = texts.acts;
export const keyed = (key: string) => ({ 'Idempotency-Key': key });
export const reasonOf = ({ reason = '' }: Readonly<Record<string, string>>) => ({ reason: reason.trim() });

type Position = ApiSchema<'PositionAnswer'>;

export function askReconcile({ symbol, snapshot, ledger }: Position): void {
  const seen = snapshot?.position_amt ?? '';
  const action: Action<Position> = {
    title: T.reconcileTitle(symbol),
    effect: T.reconcileEffect(amount(ledger.last_known_amt ?? texts.symbols.ledgerState[ledger.state]), amount(seen)),
    confirm: T.confirm(T.reconcile),
    fields: [{ name: 'seen', label: T.seen, value: seen }],
    carryOut: (values, key) =>
      answer(
        gate.POST('/api/v1/positions/{symbol}/reconcile', {
          params: { path: { symbol }, header: keyed(key) },
          body: { ...reasonOf(values), expected_exchange_amt: values['seen']?.trim() ?? '' },
        }),
      ),
    done: ({ ledger: now }) => <p>{T.reconciled(amount(now.last_known_amt))}</p>,
  };
  ask(action);
}

export function askHold(symbol: string): void {
  ask({
    title: T.holdTitle(symbol),
    effect: T.holdEffect,
    confirm: T.confirm(T.hold),
    carryOut: (values, key) =>
      answer(
        gate.PUT('/api/v1/positions/{symbol}/hold', {
          params: { path: { symbol }, header: keyed(key) },
          body: reasonOf(values),
        }),
      ),
    done: () => <p>{T.held}</p>,
  });
}

export function askLift(symbol: string): void {
  ask({
    title: T.liftTitle(symbol),
    effect: T.liftEffect,
    confirm: T.confirm(T.lift),
    carryOut: (values, key) =>
      answer(
        gate.DELETE('/api/v1/positions/{symbol}/hold', {
          params: { path: { symbol }, header: keyed(key) },
          body: reasonOf(values),
        }),
      ),
    done: () => <p>{T.lifted}</p>,
  });
}

export function askClose({ symbol, snapshot }: Position): void {
  const action: Action<ApiSchema<'CloseAnswer'>> = {
    title: T.closeTitle(symbol),
    effect: T.closeEffect,
    confirm: T.confirm(T.close),
    fields: [
      { name: 'pct', label: T.pct, value: 'all' },
      { name: 'seen', label: T.seen, value: snapshot?.position_amt ?? '' },
    ],
    carryOut: (values, key) =>
      answer(
        gate.POST('/api/v1/positions/{symbol}/close', {
          params: { path: { symbol }, header: keyed(key) },
          body: {
            ...reasonOf(values),
            pct: values['pct']?.trim() ?? '',
            expected_exchange_amt: values['seen']?.trim() ?? '',
          },
        }),
      ),
    done: ({ plan_id: planId, decision, detail, next }) => (
      <p>
        <a href={hrefOf('plan', planId)}>{T.closed(planId, decision)}</a> {detail} {next}
      </p>
    ),
  };
  ask(action);
}

/** Of every symbol; the gate refuses it in production. */
export function askFlatten(): void {
  const action: Action<ApiSchema<'FlattenAnswer'>> = {
    title: T.flattenTitle,
    effect: T.flattenEffect,
    confirm: T.confirm(T.flatten),
    carryOut: (values, key) =>
      answer(gate.POST('/api/v1/flatten', { params: { header: keyed(key) }, body: reasonOf(values) })),
    done: ({ symbols }) => (
      <ul>
        {symbols.map(({ symbol, outcome, exchange_amt: amt, plan_id: planId, next }) => (
          <li key={symbol}>
            <strong>{symbol}</strong> <span class="num">{amount(amt)}</span> {T.flattened[outcome]}{' '}
            {planId !== null && <a href={hrefOf('plan', planId)}>{planId}</a>} <span class="dim">{next}</span>
          </li>
        ))}
      </ul>
    ),
  };
  ask(action);
}

/** The Governor's permit by hand, for a plan that waits for it. */
export function askPermit(planId: string): void {
  ask({
    title: T.permitTitle(planId),
    effect: T.permitEffect,
    confirm: T.confirm(T.permit),
    carryOut: (values, key) =>
      answer(
        gate.POST('/api/v1/permits/{planId}/governor', {
          params: { path: { planId }, header: keyed(key) },
          body: reasonOf(values),
        }),
      ),
    done: ({ attempt }) => <p>{T.permitted(attempt)}</p>,
  });
}

export function askSuspend(symbol: string): void {
  ask({
    title: T.suspendTitle(symbol),
    effect: T.suspendEffect,
    confirm: T.confirm(T.suspend),
    carryOut: (values, key) =>
      answer(
        gate.DELETE('/api/v1/allowlist/{symbol}', {
          params: { path: { symbol }, header: keyed(key) },
          body: reasonOf(values),
        }),
      ),
    done: () => <p>{T.suspended}</p>,
  });
}

export function askAllow(symbol: string): void {
  ask({
    title: T.allowTitle(symbol),
    effect: T.allowEffect,
    confirm: T.confirm(T.allow),
    carryOut: (values, key) =>
      answer(
        gate.PUT('/api/v1/allowlist/{symbol}', {
          params: { path: { symbol }, header: keyed(key) },
          body: reasonOf(values),
        }),
      ),
    done: () => <p>{T.allowed}</p>,
  });
}

export function askApproval(
  { plan_id: planId, symbol, action }: ApiSchema<'WaitingPlan'>,
  decision: 'approve' | 'reject',
): void {
  const isYes = decision === 'approve';
  ask({
    title: isYes ? T.approveTitle(symbol, action) : T.rejectTitle(symbol, action),
    effect: isYes ? T.approveEffect : T.rejectEffect,
    confirm: T.confirm(isYes ? T.approve : T.reject),
    carryOut: (values, key) =>
      answer(
        gate.POST('/api/v1/approvals/{planId}', {
          params: { path: { planId }, header: keyed(key) },
          body: { ...reasonOf(values), decision },
        }),
      ),
    done: ({ outcome }) => <p>{T.answered[outcome] ?? outcome}</p>,
  });
}

export function askResolve({ plan_id: planId, symbol }: { plan_id: string; symbol: string }): void {
  ask({
    title: T.resolveTitle(symbol),
    effect: T.resolveEffect,
    confirm: T.confirm(T.resolve),
    fields: [
      { name: 'outcome', label: T.outcome, options: Object.entries(T.outcomes) },
      { name: 'executed', label: T.executed, help: T.executedHelp, isOptional: true },
    ],
    carryOut: (values, key) => {
      const executed = values['executed']?.trim() ?? '';
      return answer(
        gate.POST('/api/v1/plans/{planId}/resolve', {
          params: { path: { planId }, header: keyed(key) },
          body: {
            ...reasonOf(values),
            outcome: values['outcome'] as 'filled',
            ...(executed === '' ? {} : { executed_qty: executed }),
          },
        }),
      );
    },
    done: ({ state }) => <p>{T.resolved(state)}</p>,
  });
}

export function askRetry(planId: string): void {
  ask({
    title: T.retryTitle(planId),
    effect: T.retryEffect,
    confirm: T.confirm(T.retry),
    carryOut: (values, key) =>
      answer(
        gate.POST('/api/v1/plans/{planId}/retry', {
          params: { path: { planId }, header: keyed(key) },
          body: reasonOf(values),
        }),
      ),
    done: ({ attempt, outcome }) => <p>{T.retried(attempt, outcome)}</p>,
  });
}

export function askDiscard(id: string): void {
  ask({
    title: T.discardTitle,
    effect: T.discardEffect,
    confirm: T.confirm(T.discard),
    carryOut: (values, key) =>
      answer(
        gate.POST('/api/v1/dead-letters/{id}/discard', {
          params: { path: { id }, header: keyed(key) },
          body: reasonOf(values),
        }),
      ),
    done: () => <p>{T.discarded}</p>,
  });
}

export function askReplay(id: string): void {
  ask({
    title: T.replayTitle,
    effect: T.replayEffect,
    confirm: T.confirm(T.replay),
    carryOut: (values, key) =>
      answer(
        gate.POST('/api/v1/dead-letters/{id}/replay', {
          params: { path: { id }, header: keyed(key) },
          body: reasonOf(values),
        }),
      ),
    done: ({ detail }) => (
      <p>
        {T.replayed} {detail}
      </p>
    ),
  });
}
