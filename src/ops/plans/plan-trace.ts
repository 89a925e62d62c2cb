import type { PlanRecord } from '../../redis/stores/plan-records.js';
import type { VerdictEvent } from '../../redis/streams/verdict-counts.js';
import type { PlanOrderAnswer, PlanResultAnswer, PlanSummaryAnswer, PlanTraceAnswer } from './plan.dto.js';
import { attemptsOf, type CurrentVerdicts } from './plan-verdicts.js';
import { type Json, objectIn, stepResults, storedJson } from './stored-json.js';

/** Steps of every attempt; each attempt's times count from its own publication. */
function stepsOf(trace: readonly Json[]): Json[] {
  const publishedMs = new Map<unknown, number>();
  for (const { step, attempt, at_ms: atMs } of trace) {
    if (step === 'published' || !publishedMs.has(attempt)) publishedMs.set(attempt, Number(atMs));
  }
  return trace.map(({ governor: _governor, p33: _p33, step, attempt, at_ms: atMs, ...rest }) => ({
    at_ms: atMs,
    offset_ms: Number(atMs) - (publishedMs.get(attempt) ?? Number(atMs)),
    attempt,
    step,
    ...rest,
  }));
}

/** Another service may have written anything: a text or a number stays, the rest is shown as JSON. */
function plain(value: unknown): string | number | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
}

function textOf(value: unknown): string | null {
  const shown = plain(value);
  return shown === null ? null : String(shown);
}

/** Another implementation of Apply gives its orders no client order id, and so names only the exchange's. */
function orderOf(record: PlanRecord): PlanOrderAnswer | undefined {
  const step = stepResults(record.result)[0];
  const clientOrderId = record.clientOrderId || (textOf(step?.['client_order_id']) ?? '');
  const orderId = step?.['order_id'] ?? '';
  if (clientOrderId === '' && (orderId === '' || record.mode !== '')) return undefined;
  return {
    client_order_id: clientOrderId,
    order_id: plain(step?.['order_id']),
    status: textOf(step?.['status']),
    side: record.side === '' ? textOf(step?.['side']) : record.side,
    quantity: record.quantity === '' ? plain(step?.['quantity']) : record.quantity,
    executed_qty: plain(step?.['executed_qty']),
    avg_price: plain(step?.['avg_price']),
    reduce_only: true,
  };
}

const truth = (text: string | undefined): boolean => text?.toLowerCase() === 'true';

function resultOf(record: PlanRecord): PlanResultAnswer | undefined {
  const { result } = record;
  if (result === undefined) return undefined;
  return {
    decision: result['decision'] ?? '',
    executed: truth(result['executed']),
    would_execute: truth(result['would_execute']),
    error: result['error'] ?? '',
    reason: result['reason'] ?? '',
    state: result['state'] ?? '',
    attempt: record.attempt,
    wait_ms: result['wait_ms'] === undefined || result['wait_ms'] === '' ? null : Number(result['wait_ms']),
    ended_ms: record.endedMs ?? null,
    steps_results: stepResults(result),
  };
}

/** What settled the outcome of the order, source by source; of an order that is still unknown, what was found at the last look. */
function evidenceIn(record: PlanRecord, trace: readonly Json[]): Json | undefined {
  if (record.result !== undefined) return objectIn(objectIn(stepResults(record.result)[0]?.['details'])?.['evidence']);
  return objectIn(
    trace.findLast((each) => each['attempt'] === record.attempt && each['evidence'] !== undefined)?.['evidence'],
  );
}

/** A plan as a line of the list. */
export function planSummary(record: PlanRecord, isArchived = false): PlanSummaryAnswer {
  const { result } = record;
  return {
    plan_id: record.planId,
    published_by: record.mode === '' ? 'another service' : 'permit-gate',
    symbol: record.symbol,
    action: record.action,
    state: record.state,
    attempt: record.attempt,
    mode: record.mode,
    decision: record.plan['decision'] ?? '',
    reason_codes: (record.plan['reason_codes'] ?? '').split(',').filter((code) => code !== ''),
    published_ms: record.publishedMs,
    ended_ms: record.endedMs ?? null,
    executed: result === undefined ? null : truth(result['executed']),
    error: result?.['error'] ?? null,
    reason: result?.['reason'] ?? null,
    archived: isArchived,
  };
}

/** The whole trace of one plan. */
export function planTrace(
  record: PlanRecord,
  trace: readonly Json[],
  current: CurrentVerdicts,
  events: readonly VerdictEvent[] = [],
): PlanTraceAnswer {
  const attempts = attemptsOf(record, trace, current, events);
  return {
    ...planSummary(record),
    deadline_ms: record.deadlineMs,
    owner: record.owner,
    steps: stepsOf(trace),
    verdicts: attempts.at(-1)?.verdicts ?? { governor: null, p33: null },
    attempts,
    order: orderOf(record) ?? null,
    evidence: evidenceIn(record, trace) ?? null,
    result: resultOf(record) ?? null,
    plan: record.plan,
    proposal: storedJson(record.proposal) ?? null,
  };
}
