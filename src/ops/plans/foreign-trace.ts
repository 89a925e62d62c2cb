import { Injectable } from '@nestjs/common';
import { toPlainString } from '../../flow/0-decimal.js';
import { jsonOrText } from '../../flow/0-json.js';
import { parsePlanId } from '../../flow/0-primitives.js';
import { ForeignPlans, recordOfPermit } from '../../redis/stores/foreign-plans.js';
import { PermitStore } from '../../redis/stores/permit-store.js';
import type { PlanRecord } from '../../redis/stores/plan-records.js';
import { RecordedEvidence } from '../../redis/stores/recorded-evidence.js';
import { planUnknown } from './known-plan.js';
import type { PlanOrderAnswer, PlanTraceAnswer } from './plan.dto.js';
import { planTrace } from './plan-trace.js';
import { type CurrentVerdicts, NO_VERDICTS } from './plan-verdicts.js';

type Json = Readonly<Record<string, unknown>>;

/** What is known of a plan that another implementation of Apply published or carried out: there is no journal of it. */
@Injectable()
export class ForeignTrace {
  constructor(
    private readonly plans: ForeignPlans,
    private readonly permits: PermitStore,
    private readonly recorded: RecordedEvidence,
  ) {}

  /** Throws 404 when nothing is known. */
  async trace(given: string): Promise<PlanTraceAnswer> {
    const planId = parsePlanId(given);
    if (planId === undefined) throw planUnknown(given);
    const [said, [verdicts = NO_VERDICTS]] = await Promise.all([
      this.plans.find(planId),
      this.permits.current([planId]),
    ]);
    const record = said ?? ofPermits(planId, verdicts);
    if (record === undefined) throw planUnknown(given);
    const trace = planTrace(record, stepsOf(record), verdicts);
    return { ...trace, order: await this.#withFill(record, trace.order) };
  }

  /** An ACK reports a quantity of 0; what our Position Brain has looked up since is beside it. */
  async #withFill({ symbol }: PlanRecord, order: PlanOrderAnswer | null): Promise<PlanOrderAnswer | null> {
    const orderId = order?.order_id ?? null;
    if (order === null || orderId === null) return order;
    const filled = await this.recorded.filledQty(symbol, String(orderId));
    return { ...order, looked_up_qty: filled?.gt(0) === true ? toPlainString(filled) : null };
  }
}

/** Nothing but a permit or a block is left, or there yet. */
function ofPermits(planId: string, { governor, p33, block }: CurrentVerdicts): PlanRecord | undefined {
  const found = [governor, p33, block].filter((bytes) => bytes !== '');
  if (found.length === 0) return undefined;
  const symbols = found.map((bytes) => (jsonOrText(bytes) as Json | null)?.['symbol']);
  return recordOfPermit(planId, symbols.find((symbol) => typeof symbol === 'string') ?? '');
}

function stepsOf({ attempt, entryId, publishedMs, endedMs, state }: PlanRecord): Json[] {
  return [
    ...(entryId === '' ? [] : [{ step: 'published', attempt, at_ms: publishedMs, entry: entryId }]),
    ...(endedMs === undefined ? [] : [{ step: 'result', attempt, at_ms: endedMs, state }]),
  ];
}
