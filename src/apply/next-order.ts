import { type Fields, parsePlanId, type PlanId } from '../flow/0-primitives.js';
import { parseProposal, type Proposal } from '../flow/1-proposal.js';
import { planIdOf } from '../flow/2-plan.js';
import type { Repeats } from '../redis/stores/journal-requests.js';
import type { PlanRecord } from '../redis/stores/plan-records.js';
import type { Occasion } from '../redis/stores/proposal-store.js';

const MAX_CONTINUATIONS = 10;

/** The proposal as the journal keeps it: enough to judge and publish it again as the next attempt. */
export interface KeptProposal {
  readonly fields: Fields;
  readonly source: string;
  /** See {@link identityOf}. */
  readonly identity: string;
  /** How long it waited for a slot of ours: that long it stays fresh beyond its age. */
  readonly waitedMs?: number;
}

/** A parsed proposal that may become a plan. */
export interface PlanRequest {
  readonly proposal: Proposal;
  readonly planId: PlanId;
  readonly fields: Fields;
  readonly source: string;
  readonly occasion: Occasion;
  readonly identity: string;
  readonly continuation: Continuation | undefined;
  /** Of {@link KeptProposal}. */
  readonly waitedMs: number;
  /** Since when it waits for a slot (Redis' clock). */
  readonly queuedMs?: number;
}

/** How long we have let it wait until then. What stood when it came is not stale because we are slow. */
export function waitedMs({ waitedMs: before, queuedMs }: PlanRequest, nowMs: number): number {
  return before + (queuedMs === undefined ? 0 : Math.max(0, nowMs - queuedMs));
}

/** Another order of a close: for its rest after a partial fill or a cut to the market maximum, or for an order that goes again. */
export interface Continuation {
  /** 1 for the first after the plan of the proposal. */
  readonly number: number;
  /** The plan that ended before the target was reached, or whose order goes again; `""` for another attempt. */
  readonly after: string;
  /** `plan_id:attempt` of the first order: all of them count as one execution for the Governor. */
  readonly countedAs: string;
  /** Orders that it sends again while their outcome is unknown. */
  readonly repeats: Repeats | undefined;
}

/** `too_many`: the proposal continues with its next stamp. */
export type Next = { readonly request: PlanRequest } | { readonly tooMany: PlanId; readonly detail: string };

/** The next attempt of a plan, or the next order of a close that filled in part. Throws if the kept proposal cannot be read. */
export function nextAttempt(record: PlanRecord): Next {
  const { continuation: number } = record;
  // An order that went again is counted instead of the one that it repeated.
  if (hasFilled(record))
    return continued(record, record.repeats === '' ? countedAs(record) : ownOrder(record), undefined);
  const kept = keptIn(record);
  const repeats =
    record.repeats === ''
      ? undefined
      : { orders: record.repeats, newest: undefined, firstClaimedMs: NaN, resends: record.resends };
  const continuation = number === 0 ? undefined : { number, after: '', countedAs: countedAs(record), repeats };
  return { request: { ...kept, planId: kept.known, continuation } };
}

/** The plan that sends the order of a full close again before its outcome is known. Throws as above. */
export function repetition(record: PlanRecord): Next {
  const { planId, attempt, repeats } = record;
  const own = ownOrder(record);
  return continued(record, countedAs(record), {
    orders: repeats === '' ? own : `${own},${repeats}`,
    newest: { planId, attempt },
    firstClaimedMs: record.firstClaimedMs ?? record.claimedMs ?? NaN,
    resends: record.resends + 1,
  });
}

function continued(record: PlanRecord, countedWith: string, repeats: Repeats | undefined): Next {
  const { known, ...kept } = keptIn(record);
  const number = record.continuation + 1;
  if (number > MAX_CONTINUATIONS) {
    const detail = `the limit of ${MAX_CONTINUATIONS} continuations is reached; the next stamp of the proposal continues the close`;
    return { tooMany: known, detail };
  }
  const continuation = { number, after: known, countedAs: countedWith, repeats };
  return { request: { ...kept, planId: planIdOf(kept.proposal, number), continuation } };
}

function keptIn(record: PlanRecord): Omit<PlanRequest, 'planId' | 'continuation'> & { readonly known: PlanId } {
  const { fields, source, identity, waitedMs: before = 0 } = JSON.parse(record.proposal) as KeptProposal;
  const reading = parseProposal(record.symbol, fields);
  const known = parsePlanId(record.planId);
  if (known === undefined || !reading.ok)
    throw new Error(
      `the kept proposal of plan ${record.planId} cannot be read: ${reading.ok ? 'bad id' : reading.detail}`,
    );
  const occasion = { kind: 'known', generation: record.generation } as const;
  return { proposal: reading.proposal, known, fields, source, identity, occasion, waitedMs: before };
}

const ownOrder = ({ planId, attempt }: PlanRecord): string => `${planId}:${attempt}`;

const countedAs = (record: PlanRecord): string => record.plan['continues'] ?? ownOrder(record);

/** An order of this attempt filled: the rest of the close continues as another plan. */
export const hasFilled = ({ state }: PlanRecord): boolean => state === 'FILLED' || state === 'PARTLY_FILLED';
