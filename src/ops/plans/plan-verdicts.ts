import { GOVERNOR_REASONS, isGovernorReason, isPositionReason, POSITION_REASONS } from '../../flow/0-reasons.js';
import type { Issuer } from '../../flow/3-permit.js';
import type { PlanRecord } from '../../redis/stores/plan-records.js';
import type { TimeSpan, VerdictEvent } from '../../redis/streams/verdict-counts.js';
import type { PlanAttemptAnswer, VerdictAnswer } from './plan-verdict.dto.js';
import { type Json, objectIn, stepResults, storedJson } from './stored-json.js';

export const ISSUER_NAMES: Readonly<Record<Issuer, string>> = { governor: 'Governor', p33: 'Position Brain' };

/** The present values of a plan's verdict keys; `""` for none. */
export interface CurrentVerdicts {
  readonly governor: string;
  readonly p33: string;
  readonly block: string;
}

export const NO_VERDICTS: CurrentVerdicts = { governor: '', p33: '', block: '' };

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

/** What the stored bytes of a verdict say. A deny is whatever is no yes. */
export function verdictIn(issuer: Issuer, permit: Json | undefined): 'allow' | 'deny' | 'unreadable' {
  if (permit === undefined) return 'unreadable';
  return permit[issuer === 'governor' ? 'granted' : 'allow'] === true ? 'allow' : 'deny';
}

/** A verdict as a sentence, with its issuer; of a deny with the meaning of its reason. */
export function verdictWords(issuer: Issuer, verdict: string, permit: Json = {}): string {
  return `${ISSUER_NAMES[issuer]}: ${said(issuer, verdict, permit)}`;
}

function said(issuer: Issuer, verdict: string, permit: Json): string {
  if (verdict === 'unreadable') return 'what is stored is not readable.';
  if (verdict === 'deny') {
    const reason = textOf(permit['reason']) || 'no reason';
    const meaning =
      issuer === 'governor'
        ? isGovernorReason(reason) && GOVERNOR_REASONS[reason].meaning
        : isPositionReason(reason) && POSITION_REASONS[reason].meaning;
    return meaning === false ? `no (${reason}).` : `no (${reason}): ${meaning}.`;
  }
  const amount = issuer === 'governor' ? permit['computed_qty'] : permit['safe_close_qty'];
  return typeof amount === 'number' || typeof amount === 'string' ? `yes, up to ${amount}.` : 'yes.';
}

/** The times of the attempts, in which their verdicts were announced. */
export function attemptSpans(record: PlanRecord, trace: readonly Json[]): TimeSpan[] {
  return numbersOf(record, trace).flatMap((attempt) => {
    const times = trace.filter((step) => step['attempt'] === attempt).map((step) => Number(step['at_ms']));
    return times.length === 0 ? [] : [{ fromMs: Math.min(...times), untilMs: Math.max(...times) }];
  });
}

const numbersOf = ({ attempt: newest }: PlanRecord, trace: readonly Json[]): number[] =>
  [...new Set([...trace.map((step) => Number(step['attempt'])), newest])]
    .filter((attempt) => attempt > 0 || attempt === newest)
    .toSorted((a, b) => a - b);

/** Both verdicts on every attempt, and how it ended; the last one is the newest. */
export function attemptsOf(
  record: PlanRecord,
  trace: readonly Json[],
  current: CurrentVerdicts,
  events: readonly VerdictEvent[],
): PlanAttemptAnswer[] {
  return numbersOf(record, trace).map((attempt) => {
    const isNewest = attempt === record.attempt;
    const steps = trace.filter((step) => step['attempt'] === attempt);
    const result = steps.findLast((step) => step['step'] === 'result');
    const error = isNewest ? (record.result?.['error'] ?? '') : textOf(result?.['error']);
    const reason = isNewest ? (record.result?.['reason'] ?? '') : textOf(result?.['reason']);
    const verdict = (issuer: Issuer): VerdictAnswer | null =>
      recordedVerdict(
        issuer,
        steps,
        events.findLast((each) => each.issuer === issuer && each.attempt === attempt),
      ) ??
      (isNewest ? currentVerdict(issuer, record, current) : undefined) ??
      (error === `${issuer}_denied` ? deny(issuer, reason, isNewest ? detailsOf(record) : null, null) : null);
    return { attempt, verdicts: { governor: verdict('governor'), p33: verdict('p33') }, error, reason };
  });
}

function recordedVerdict(
  issuer: Issuer,
  steps: readonly Json[],
  event: VerdictEvent | undefined,
): VerdictAnswer | undefined {
  const recorded = steps.findLast((step) => step[issuer] !== undefined)?.[issuer];
  const permit = storedJson(recorded) ?? storedJson(event?.bytes);
  return permit === undefined ? undefined : ofPermit(issuer, permit, event?.atMs);
}

function currentVerdict(issuer: Issuer, record: PlanRecord, current: CurrentVerdicts): VerdictAnswer | undefined {
  const permit = storedJson(current[issuer]);
  if (permit !== undefined) return ofPermit(issuer, permit, undefined);
  const block = issuer === 'governor' ? objectIn(storedJson(current.block)) : undefined;
  if (record.result?.['error'] === `${issuer}_denied`) return undefined;
  if (block === undefined || (block['attempt'] !== undefined && block['attempt'] !== record.attempt)) return undefined;
  return deny(issuer, textOf(block['reason']), block['context'] ?? null, createdMs(block));
}

function ofPermit(issuer: Issuer, permit: unknown, atMs: number | undefined): VerdictAnswer {
  const body = objectIn(permit);
  const verdict = verdictIn(issuer, body);
  const text = verdictWords(issuer, verdict, body);
  return { verdict: verdict === 'allow' ? 'allow' : 'deny', text, at_ms: atMs ?? createdMs(body), permit };
}

function deny(issuer: Issuer, reason: string, context: unknown, atMs: number | null): VerdictAnswer {
  return { verdict: 'deny', text: verdictWords(issuer, 'deny', { reason }), at_ms: atMs, reason, context };
}

function createdMs(permit: Json | undefined): number | null {
  const seconds = Number(permit?.['created_at'] ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.round(seconds * 1_000) : null;
}

const detailsOf = ({ result }: PlanRecord): unknown => stepResults(result)[0]?.['details'] ?? null;
