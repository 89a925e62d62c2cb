import { Injectable } from '@nestjs/common';
import { Decimal } from '../../flow/0-decimal.js';
import { parsePlanId, type PlanId } from '../../flow/0-primitives.js';
import type { PersonsAnswer } from '../../flow/3-approval.js';
import { encodeResult, isExecutedState, isOpenState } from '../../flow/5-result.js';
import { type Answered, ApprovalStore } from '../../redis/stores/approval-store.js';
import { type PlanRecord, PlanRecords } from '../../redis/stores/plan-records.js';
import type { Change } from '../audit/audited-action.js';
import { planUnknown } from '../plans/known-plan.js';
import { problem, type ProblemException } from '../problem/problem.js';
import type { ProblemKind } from '../problem/problem-kinds.js';
import type { ApprovalAnswer, Decision, PersonsApproval } from './approvals.dto.js';

interface Answer {
  readonly decision: Decision;
  readonly by: string;
  readonly reason: string;
}

/** A person's answer about a plan that waits for it. */
@Injectable()
export class PlanApproval {
  constructor(
    private readonly store: ApprovalStore,
    private readonly records: PlanRecords,
  ) {}

  /** Throws a 409 problem, of a kind of its own for each thing that is in the way, when nothing was changed. */
  async answer(given: string, { decision, by, reason }: Answer, change: Change): Promise<ApprovalAnswer> {
    const planId = parsePlanId(given);
    if (planId === undefined) throw planUnknown(given);
    const [asked, record] = await Promise.all([this.store.find(planId), this.records.find(planId)]);
    const symbol = record?.symbol ?? asked?.symbol;
    if (symbol === undefined) throw planUnknown(given);
    const before = { state: record?.state ?? '', approvals: approvalsJson(asked?.approvals ?? []) };
    change.before = before;
    const answered = await this.store.answer({
      planId,
      symbol,
      answer: decision,
      by,
      reason,
      stop: asked?.stop ?? '',
      result: rejection(planId, symbol, by, reason),
    });
    switch (answered.kind) {
      case 'approved':
      case 'counted':
      case 'rejected': {
        const now = (await this.store.find(planId)) ?? asked;
        const approvals = approvalsJson(now?.approvals ?? []);
        const needed = now?.needed ?? 1;
        change.after = { outcome: answered.kind, approvals, needed };
        return { plan_id: planId, symbol, outcome: answered.kind, needed, approvals };
      }
      default:
        throw refused(planId, symbol, by, answered, await this.records.find(planId));
    }
  }
}

export function approvalsJson(approvals: readonly PersonsAnswer[]): PersonsApproval[] {
  return approvals.map(({ by, reason, atMs }) => ({ by, reason, at_ms: atMs }));
}

/** The result of a plan that a person rejected: of the plan itself, because its last attempt has one already. */
function rejection(planId: PlanId, symbol: string, by: string, why: string): Record<string, string> {
  return encodeResult({
    planId,
    symbol,
    decision: 'BLOCKED',
    executed: false,
    wouldExecute: false,
    steps: [
      {
        step: 'APPROVAL',
        status: 'not_sent',
        details: { by, why },
        orderId: '',
        side: '',
        quantity: undefined,
        executedQty: new Decimal(0),
        avgPrice: undefined,
        clientOrderId: '',
        filledAtMs: 0,
      },
    ],
    error: 'governor_denied',
    reason: 'approval_rejected',
    attempt: 0,
    waitMs: undefined,
    clientOrderId: '',
    state: 'BLOCKED',
  });
}

type Refused = Exclude<Answered, { readonly kind: 'approved' | 'counted' | 'rejected' }>;

function refused(
  planId: string,
  symbol: string,
  by: string,
  answered: Refused,
  record: PlanRecord | undefined,
): ProblemException {
  const no = (kind: ProblemKind, title: string, detail: string): ProblemException =>
    problem(409, kind, title, detail, { plan_id: planId, symbol, state: record?.state ?? null });
  switch (answered.kind) {
    case 'not_asked':
    case 'ended':
      return doesNotWait(planId, answered.state, record, no);
    case 'rejected_before':
      return no(
        'approval-rejected',
        'The plan was rejected',
        `${answered.by} has rejected plan ${planId}: it has ended. The strategy must propose something else, or under another proposal_id.`,
      );
    case 'approved_before':
      return no(
        'already-approved',
        'The plan is approved already',
        `Enough people have approved plan ${planId}: its next attempt is about to be published.`,
      );
    case 'same_person':
      return no(
        'same-person',
        'You have approved it already',
        `${by} has approved plan ${planId} before; another person, with a token of another name, must approve it too.`,
      );
    case 'stale':
      return staleProposal(planId, no, ` since ${new Date(answered.untilMs).toISOString()}`);
    case 'proposal_withdrawn':
    case 'proposal_superseded':
      return noProposal(planId, answered.kind, no);
    case 'kill_switch_active':
      return no(
        'kill-switch-engaged',
        'The kill switch is engaged',
        'An admin must release it first: permit-gate release --reason "…". Nothing was approved.',
      );
    case 'disarmed':
      return no(
        'disarmed',
        'The system is disarmed',
        'An admin must arm it first: permit-gate arm --reason "…". Nothing was approved.',
      );
    case 'on_hold':
      return no(
        'on-hold',
        'The symbol is on hold',
        `${symbol} is on hold, so its plan would be denied. Nothing was approved. "permit-gate why ${symbol}" says who holds it and what to do.`,
      );
    case 'symbol_suspended':
      return no(
        'symbol-suspended',
        'The symbol is suspended',
        `${symbol} is suspended, so its plan would be denied. Nothing was approved. An admin must allow it first: permit-gate allow ${symbol} --reason "…".`,
      );
  }
  return answered satisfies never;
}

type No = (kind: ProblemKind, title: string, detail: string) => ProblemException;

/** Where the reason is the proposal, the kind is the same as if this call had been the first to notice. */
function doesNotWait(planId: string, state: string, record: PlanRecord | undefined, no: No): ProblemException {
  const [error = '', reason = ''] = [record?.result?.['error'], record?.result?.['reason']];
  if (isExecutedState(state))
    return no('plan-executed', 'The plan is executed', `Plan ${planId} is ${state}: it has been carried out.`);
  if (isOpenState(state))
    return no(
      'plan-open',
      'The plan is under way',
      `Attempt ${record?.attempt ?? ''} of plan ${planId} is ${state}: it does not wait for an approval now.`,
    );
  if (state === 'EXPIRED' && reason === 'approval_required') return staleProposal(planId, no, '');
  if (error === 'proposal_withdrawn' || error === 'proposal_superseded') return noProposal(planId, error, no);
  const why = [error, reason].filter((word) => word !== '').join(': ');
  return no(
    'approval-not-asked',
    'The plan does not wait for an approval',
    `Plan ${planId} is ${state}${why === '' ? '' : ` (${why})`}: nobody is asked about it. GET /api/v1/approvals lists the plans that wait.`,
  );
}

function staleProposal(planId: string, no: No, since: string): ProblemException {
  return no(
    'proposal-stale',
    'The proposal is too old',
    `The proposal of plan ${planId} is older than APPLY_PROPOSAL_MAX_AGE_SEC${since}. Its strategy must renew last_update_epoch; then a person is asked again.`,
  );
}

function noProposal(planId: string, why: 'proposal_withdrawn' | 'proposal_superseded', no: No): ProblemException {
  return why === 'proposal_withdrawn'
    ? no('proposal-withdrawn', 'The proposal is withdrawn', `What plan ${planId} was made for is not wanted any more.`)
    : no(
        'proposal-superseded',
        'The proposal is replaced',
        `The strategy now asks for something else than plan ${planId}.`,
      );
}
