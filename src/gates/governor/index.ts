import { Decimal } from '../../flow/0-decimal.js';
import type { GovernorReason } from '../../flow/0-reasons.js';
import type { Plan } from '../../flow/2-plan.js';
import type { Approval } from '../../flow/3-approval.js';
import { notStopped } from '../not-stopped.js';
import { planWindow } from '../plan-window.js';
import { allowedSymbol } from '../proposal/allowed-symbol.js';
import { ALLOW, type Denial, type Verdict } from '../verdict.js';
import { type ApprovalRule, approved } from './approval.js';
import { criticalNonClose } from './critical-non-close.js';
import { dailyLimit } from './daily-limit.js';
import { burstLimit, hourlyLimit } from './executions.js';
import { type JudgedPrice, judgedPrice, type OwnPrice } from './judged-price.js';
import { type Priced, type PricedPosition, pricedPosition } from './priced-position.js';

export interface GovernorInput {
  readonly plan: Pick<Plan, 'symbol' | 'action' | 'killScore' | 'step' | 'mode'>;
  readonly nowMs: number;
  readonly deadlineMs: number;
  readonly allowlist: ReadonlySet<string>;
  readonly killSwitchReleased: boolean;
  readonly armed: boolean;
  readonly suspended: boolean;
  readonly approvalRule: ApprovalRule;
  /** What people have answered; `undefined` if nobody was asked, or it was not read yet. */
  readonly approval: Approval | undefined;
  readonly snapshot: PricedPosition | undefined;
  readonly staleThresholdSec: number;
  /** The Governor's own reading of the mark price. */
  readonly ownPrice: OwnPrice | undefined;
  readonly priceBandPct: number;
  readonly killScoreCritical: number;
  readonly usage: {
    readonly execHour: number;
    readonly exec5Min: number;
    /** The plan continues a close whose first order is among the executions of the hour: it counts with that one. */
    readonly isCounted: boolean;
    readonly day: string;
    readonly dayNotionalUsd: Decimal;
    readonly dayQty: Decimal;
  };
  readonly limits: {
    readonly maxExecPerHour: number;
    readonly maxExecPer5Min: number;
    readonly maxReduceNotionalPerDayUsd: string;
    readonly maxReduceQtyPerDay: string | undefined;
  };
}

/** A permit decision, with what it reserves and what the UTC day has used with it. */
export interface GovernorGrantDecision {
  readonly allow: true;
  /** Upper bound of what may be closed; the amount protected for a stop; 0 for a flat symbol. */
  readonly computedQty: Decimal;
  /** What the notional is computed with. */
  readonly judgedPrice: Decimal;
  readonly computedNotionalUsd: Decimal;
  readonly reservedQty: Decimal;
  readonly reservedNotionalUsd: Decimal;
  readonly day: string;
  readonly dayQty: Decimal;
  readonly dayNotionalUsd: Decimal;
}

/** The UTC day of an epoch time, `YYYYMMDD`. */
export function utcDay(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10).replaceAll('-', '');
}

/** The UTC day whose limits count now. After the clock was set back over midnight, the day that was begun goes on. */
export function limitDay(usageDay: string, nowMs: number): string {
  const today = utcDay(nowMs);
  return usageDay > today ? usageDay : today;
}

const ZERO = new Decimal(0);

/** A stop reduces nothing now and a flat symbol nothing at all: no limit depends on their price, so nothing about it denies them. */
function priceOf(
  { plan: { step }, ownPrice, priceBandPct }: GovernorInput,
  { amount, markPrice }: Priced,
): JudgedPrice | Denial<GovernorReason> {
  const passesAnyway = step.step === 'UPDATE_SL' || step.pct === 100 || amount.isZero();
  return judgedPrice({ snapshotPrice: markPrice, ownPrice, maxDeviationPct: priceBandPct, passesAnyway });
}

/** Limits count real executions: a dry run neither reserves nor spends, and is judged by the present usage. */
export function judgePlan(input: GovernorInput): GovernorGrantDecision | Denial<GovernorReason> {
  const { plan, usage, limits } = input;
  const before: (() => Verdict<GovernorReason>)[] = [
    () => planWindow(input),
    () => allowedSymbol({ symbol: plan.symbol, allowlist: input.allowlist }),
    () => notStopped(input),
    () => criticalNonClose({ action: plan.action, killScore: plan.killScore, critical: input.killScoreCritical }),
    () => (usage.isCounted ? ALLOW : hourlyLimit({ execHour: usage.execHour, maxExecPerHour: limits.maxExecPerHour })),
    () => (usage.isCounted ? ALLOW : burstLimit({ exec5Min: usage.exec5Min, maxExecPer5Min: limits.maxExecPer5Min })),
  ];
  for (const judge of before) {
    const verdict = judge();
    if (!verdict.allow) return verdict;
  }
  const priced = pricedPosition(input);
  if (!priced.allow) return priced;
  const price = priceOf(input, priced);
  if (!price.allow) return price;
  const share = plan.step.step === 'UPDATE_SL' ? 100 : plan.step.pct;
  const computedQty = priced.amount.abs().mul(share).div(100);
  const computedNotionalUsd = computedQty.mul(price.markPrice);
  const reduces = plan.step.step !== 'UPDATE_SL';
  const qty = reduces ? computedQty : ZERO;
  const notionalUsd = reduces ? computedNotionalUsd : ZERO;
  const day = limitDay(usage.day, input.nowMs);
  const usedNotionalUsd = usage.day === day ? usage.dayNotionalUsd : ZERO;
  const usedQty = usage.day === day ? usage.dayQty : ZERO;
  const daily = dailyLimit({
    usedNotionalUsd,
    usedQty,
    notionalUsd,
    qty,
    maxNotionalUsd: limits.maxReduceNotionalPerDayUsd,
    maxQty: limits.maxReduceQtyPerDay,
  });
  if (!daily.allow) return daily;
  // Last: a plan that is denied anyway is not put before a person.
  const { nowMs, approval, approvalRule: rule } = input;
  const answered = approved({ plan, nowMs, rule, approval, qty: computedQty, notionalUsd: computedNotionalUsd });
  if (!answered.allow) return answered;
  return {
    allow: true,
    computedQty,
    judgedPrice: price.markPrice,
    computedNotionalUsd,
    reservedQty: qty,
    reservedNotionalUsd: notionalUsd,
    day,
    dayQty: usedQty.plus(qty),
    dayNotionalUsd: usedNotionalUsd.plus(notionalUsd),
  };
}
