import { parseBooleanField } from '../../flow/0-primitives.js';
import { namesOrder, parseResult } from '../../flow/5-result.js';
import { entryTimeMs } from '../../redis/streams/stream-entry.js';
import type { RedisSession } from '../redis-session.js';
import type { DeploymentWatch, SeenEntry } from './deployment-watch.js';
import type { LogWatch } from './log-watch.js';
import { type PermitEvidence, PermitSearch } from './permit-evidence.js';
import { PlanAttempts } from './plan-attempts.js';

/** One line of the proof: what was checked, whether it passed, and where it was read. */
export interface ProofLine {
  readonly check:
    'plan' | 'governor_permit' | 'p33_permit' | 'p33_decision' | 'permit_wait' | 'execution' | 'next_attempt';
  readonly holds: boolean;
  /** Without the mark in front. */
  readonly text: string;
  readonly readFrom: readonly string[];
  readonly planId: string;
  /** `""` where the publisher numbers no attempts. */
  readonly attempt: string;
}

export interface ProofOptions {
  /** Selects the plan: by proposal or by id; when both are `undefined`, the next plan that will execute. */
  readonly proposalId?: string | undefined;
  readonly planId?: string | undefined;
  /** How long to wait for the plan, and then for its permits and its result. */
  readonly withinMs: number;
}

const SUCCESS = 'EXECUTION SUCCESSFUL (executed=True)';
const LOG_PATIENCE_MS = 3_000;
/** How long to wait for permits: longer than any useful window. */
const PERMITS_WITHIN_MS = 5_000;

/**
 * Follows one plan through a running deployment and reports, line by line, what it read at that moment. Ends after the
 * first line that fails, unless the plan has another attempt: that one is followed then.
 */
export async function* proveNextPlan(
  session: RedisSession,
  watch: DeploymentWatch,
  logs: LogWatch,
  options: ProofOptions,
): AsyncGenerator<ProofLine> {
  const first = await watch.first((seen) => seen.stream === 'plan' && isMeant(seen, options), options.withinMs);
  if (first?.fields['decision'] !== 'EXECUTE') {
    const text = `EXECUTE plan detected: ${whyNoPlan(first, options)}`;
    yield lineOf(first)('plan', false, text, 'plan stream');
    return;
  }
  const attempts = new PlanAttempts(session, watch, first.fields['plan_id'] ?? '');
  for (let entry: SeenEntry | undefined = first; entry !== undefined;) {
    const line = lineOf(entry);
    const failed = yield* untilFailure(attemptLines(line, entry, session, watch, logs, options.withinMs));
    if (failed === undefined) return;
    const attempt = Number(entry.fields['attempt']);
    const due = await attempts.after(attempt, PERMITS_WITHIN_MS);
    if (due !== undefined)
      yield line('next_attempt', true, `${failed.text}; attempt ${attempt + 1} ${due.when}`, ...failed.readFrom);
    entry = await attempts.published(due, options.withinMs);
    if (entry === undefined) yield failed;
  }
}

/** Hands on every line that holds, and returns the first that does not. */
async function* untilFailure(lines: AsyncGenerator<ProofLine>): AsyncGenerator<ProofLine, ProofLine | undefined> {
  for await (const line of lines) {
    if (!line.holds) return line;
    yield line;
  }
  return undefined;
}

/** A line about the attempt of a plan entry; it is named from the second on. */
function lineOf(entry: SeenEntry | undefined): MakeLine {
  const { plan_id: planId = '', attempt = '' } = entry?.fields ?? {};
  return (check, holds, text, ...read) => {
    const named = Number(attempt) > 1 && (check === 'plan' || check === 'next_attempt' || !holds);
    return { check, holds, text: named ? `${text} (attempt ${attempt})` : text, readFrom: read, planId, attempt };
  };
}

async function* attemptLines(
  line: MakeLine,
  entry: SeenEntry,
  session: RedisSession,
  watch: DeploymentWatch,
  logs: LogWatch,
  withinMs: number,
): AsyncGenerator<ProofLine> {
  const { plan_id: planId = '', attempt = '' } = entry.fields;
  const search = new PermitSearch(session, watch, { planId, attempt }, PERMITS_WITHIN_MS);
  try {
    yield line('plan', true, `EXECUTE plan detected: ${planId}`, 'plan stream');
    const governor = await search.find('governor');
    yield line('governor_permit', isThere(governor), permitText('Governor', governor), readFrom(governor));
    if (!isThere(governor)) return;
    const p33 = await search.find('p33');
    yield line('p33_permit', isThere(p33), permitText('P3.3', p33), readFrom(p33));
    if (!isThere(p33)) return;
    const decided = await decision(line, planId, p33, logs);
    yield decided;
    if (!decided.holds) return;
  } finally {
    await search.stop();
  }
  yield* ending(line, entry, watch, logs, withinMs);
}

type There = Extract<PermitEvidence, { kind: 'allow' | 'taken' }>;

const isThere = (evidence: PermitEvidence): evidence is There => evidence.kind === 'allow' || evidence.kind === 'taken';

type MakeLine = (check: ProofLine['check'], holds: boolean, text: string, ...readFrom: string[]) => ProofLine;

function isMeant({ fields }: SeenEntry, { planId, proposalId }: ProofOptions): boolean {
  if (planId !== undefined) return fields['plan_id'] === planId;
  if (proposalId !== undefined) return fields['proposal_id'] === proposalId;
  return fields['decision'] === 'EXECUTE';
}

function whyNoPlan(entry: SeenEntry | undefined, options: ProofOptions): string {
  if (entry !== undefined)
    return `none, the decision is ${entry.fields['decision'] ?? ''} (${entry.fields['reason_codes'] ?? ''} ${entry.fields['detail'] ?? ''})`;
  const waited = `none within ${options.withinMs / 1_000} s`;
  return options.proposalId === undefined
    ? `${waited}; let a strategy propose something, or use --submit`
    : `${waited}; is a process with the role apply running on this key prefix? (Another implementation of Apply may read proposal hashes alone: run proof without --submit)`;
}

function permitText(label: string, evidence: PermitEvidence): string {
  switch (evidence.kind) {
    case 'allow':
      return `${label} permit EXISTS (TTL: ${evidence.ttlSec}s)`;
    case 'taken':
      return `${label} permit EXISTED, and was taken before it could be read`;
    case 'deny':
      return `${label} permit EXISTS: no, it was denied: ${evidence.reason}`;
    case 'none':
      return `${label} permit EXISTS: no, ${evidence.reason}`;
  }
  return evidence satisfies never;
}

const readFrom = (evidence: PermitEvidence): string =>
  evidence.kind === 'none' || evidence.kind === 'taken' ? 'result stream' : evidence.readFrom;

async function decision(line: MakeLine, planId: string, evidence: There, logs: LogWatch): Promise<ProofLine> {
  if (evidence.kind === 'taken')
    return line('p33_decision', true, `P3.3 decision on plan ${planId}: its permit was taken`, 'result stream');
  const { body, readFrom: place } = evidence;
  const { safe_close_qty: safeQty = '', exchange_position_amt: exchangeAmt = '' } = body;
  const holds = safeQty !== '' && exchangeAmt !== '';
  const said = `P3.3 logged permit decision: ALLOW plan ${planId} (safe_qty=${safeQty}, exchange_amt=${exchangeAmt})`;
  if (!logs.isUsed || !holds) return line('p33_decision', holds, said, place);
  const logged = await logs.first(new RegExp(`P3\\.3 ALLOW plan ${planId} `), LOG_PATIENCE_MS);
  return logged === undefined
    ? line('p33_decision', false, `${said}: no such line in the log`, place, 'log')
    : line('p33_decision', true, said, place, 'log');
}

async function* ending(
  line: MakeLine,
  entry: SeenEntry,
  watch: DeploymentWatch,
  logs: LogWatch,
  withinMs: number,
): AsyncGenerator<ProofLine> {
  const plan = entry.fields;
  const isResult = ({ stream, fields }: SeenEntry): boolean =>
    stream === 'result' &&
    fields['plan_id'] === plan['plan_id'] &&
    (fields['attempt'] ?? '') === (plan['attempt'] ?? '');
  const result = await watch.first(isResult, withinMs);
  const { wait_ms: waitMs = '', executed = '', error = '', reason = '' } = result?.fields ?? {};
  if (result !== undefined && plan['schema'] === undefined && parseBooleanField(executed) === true) {
    yield* endingElsewhere(line, entry, result);
    return;
  }
  const why =
    result === undefined
      ? `no result within ${withinMs / 1_000} s`
      : `${error === '' ? 'no error' : error}${reason === '' ? '' : `: ${reason}`}`;
  const said = `Apply Layer execution log: permits ready after ${waitMs === '' ? '?' : waitMs}ms (Governor + P3.3)`;
  const log =
    logs.isUsed && waitMs !== ''
      ? await logs.first(
          new RegExp(`\\[${plan['plan_id'] ?? ''}\\] Both permits ready after ${waitMs}ms`),
          LOG_PATIENCE_MS,
        )
      : undefined;
  const missingInLog = logs.isUsed && waitMs !== '' && log === undefined;
  const waited = waitMs !== '' && !missingInLog;
  yield line(
    'permit_wait',
    waited,
    waited ? said : `${said}: ${missingInLog ? 'no such line in the log' : why}`,
    'result stream',
    ...(log === undefined ? [] : ['log']),
  );
  if (!waited) return;
  const holds = parseBooleanField(executed) === true;
  yield line(
    'execution',
    holds,
    holds ? SUCCESS : `EXECUTION SUCCESSFUL: no, executed=${executed} (${why})`,
    'result stream',
  );
}

/** By another implementation of Apply: the order that it names proves the permits, and the times of its entries bound its wait. */
function* endingElsewhere(line: MakeLine, plan: SeenEntry, result: SeenEntry): Generator<ProofLine> {
  const reading = parseResult(result.fields);
  const holds = reading.ok && namesOrder(reading);
  const withinMs = entryTimeMs(result.id) - entryTimeMs(plan.id);
  const waited = `permits ready within ${withinMs}ms (Governor + P3.3), as far as another service's result says`;
  yield line(
    'permit_wait',
    holds,
    `Apply Layer execution log: ${holds ? waited : 'permits ready: its result names no order'}`,
    'result stream',
  );
  if (holds) yield line('execution', true, SUCCESS, 'result stream');
}
