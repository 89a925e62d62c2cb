import type { Decimal } from '../../flow/0-decimal.js';
import { type Approval, approvedContent } from '../../flow/3-approval.js';
import type { Plan } from '../../flow/2-plan.js';
import { ALLOW, deny, type Verdict } from '../verdict.js';

/** Which plans of a symbol a person must approve. */
export interface ApprovalRule {
  readonly approval: 'auto' | 'manual';
  /** Above this notional also with `auto`; `undefined` for no such bound. */
  readonly aboveUsd: string | undefined;
  /** How many different people. */
  readonly needed: number;
}

/**
 * Whether enough different people have approved exactly this, and nobody rejected it. A flat symbol needs nobody: there is nothing to
 * approve, and the Position Brain says so.
 */
export function approved(input: {
  readonly plan: Pick<Plan, 'symbol' | 'action' | 'step' | 'mode'>;
  readonly nowMs: number;
  readonly rule: ApprovalRule;
  readonly approval: Approval | undefined;
  readonly qty: Decimal;
  readonly notionalUsd: Decimal;
}): Verdict<'approval_required' | 'approval_rejected'> {
  const { plan, nowMs, rule, approval, qty, notionalUsd } = input;
  const passesAlone = rule.approval === 'auto' && (rule.aboveUsd === undefined || notionalUsd.lte(rule.aboveUsd));
  if (passesAlone || qty.isZero()) return ALLOW;
  if (approval?.rejected !== undefined)
    return deny('approval_rejected', { by: approval.rejected.by, why: approval.rejected.reason });
  if (
    approval?.validUntilMs !== undefined &&
    nowMs <= approval.validUntilMs &&
    approval.what === approvedContent(plan) &&
    qty.lte(approval.qty) &&
    new Set(approval.approvals.map(({ by }) => by)).size >= rule.needed
  )
    return ALLOW;
  return deny('approval_required', { qty, notional_usd: notionalUsd, needed: rule.needed });
}
