import { Decimal, toPlainString } from '../../flow/0-decimal.js';
import { dailyLimit } from '../governor/daily-limit.js';
import { burstLimit, hourlyLimit } from '../governor/executions.js';
import { BURST_MS, dayEndsMs, executionFreeAtMs, HOUR_MS } from '../governor/free-at.js';
import { limitDay } from '../governor/index.js';
import { atTime, type Blocker } from './blocker.js';
import type { WhyFacts } from './facts.js';

const ZERO = new Decimal(0);

export function limits(facts: WhyFacts): Blocker[] {
  return [...executions(facts), ...daily(facts)];
}

function executions(facts: WhyFacts): Blocker[] {
  const { usage, limits: max } = facts;
  if (usage === undefined) return [];
  const within = (ms: number): number[] => usage.executionsMs.filter((atMs) => atMs > facts.nowMs - ms);
  const [hour, burst] = [within(HOUR_MS), within(BURST_MS)];
  const found: Blocker[] = [];
  if (!hourlyLimit({ execHour: hour.length, maxExecPerHour: max.perHour }).allow)
    found.push(tooMany(facts, 'hourly_limit', hour, max.perHour, HOUR_MS));
  if (!burstLimit({ exec5Min: burst.length, maxExecPer5Min: max.per5Min }).allow)
    found.push(tooMany(facts, 'burst_limit', burst, max.per5Min, BURST_MS));
  return found;
}

function tooMany(
  { symbol }: WhyFacts,
  reason: 'hourly_limit' | 'burst_limit',
  executionsMs: readonly number[],
  limit: number,
  windowMs: number,
): Blocker {
  const [span, variable] =
    reason === 'hourly_limit' ? ['last hour', 'GOV_MAX_EXEC_PER_HOUR'] : ['last five minutes', 'GOV_MAX_EXEC_PER_5MIN'];
  const untilMs = executionFreeAtMs(executionsMs, limit, windowMs);
  const free = untilMs === undefined ? 'None becomes free' : `One is free at ${atTime(untilMs)}`;
  return {
    reason,
    sinceMs: executionsMs.at(-1),
    untilMs,
    text: `${symbol} used ${executionsMs.length} of ${limit} executions of the ${span}, 0 are left (${variable}). ${free}.`,
    remedy: `permit-gate plans --symbol ${symbol}`,
  };
}

function daily({ symbol, nowMs, usage, limits: max, snapshot, asked }: WhyFacts): Blocker[] {
  if (usage === undefined) return [];
  const isToday = usage.day === limitDay(usage.day, nowMs);
  const [usedUsd, usedQty] = isToday ? [usage.dayNotionalUsd, usage.dayQty] : [ZERO, ZERO];
  const qty =
    snapshot === undefined || asked?.share === undefined ? ZERO : snapshot.amount.abs().mul(asked.share).div(100);
  const notionalUsd = qty.mul(snapshot?.markPrice ?? 0);
  const none = {
    usedNotionalUsd: usedUsd,
    usedQty,
    notionalUsd: ZERO,
    qty: ZERO,
    maxNotionalUsd: max.notionalPerDayUsd,
  };
  const untilMs = dayEndsMs(nowMs);
  const blocker = (reason: 'daily_notional_limit' | 'daily_quantity_limit', words: DailyWords): Blocker => ({
    reason,
    untilMs,
    text: dailyText(symbol, words, untilMs),
    remedy: `permit-gate plans --symbol ${symbol}`,
  });
  const found: Blocker[] = [];
  const limitUsd = new Decimal(max.notionalPerDayUsd);
  if (usedUsd.gte(limitUsd) || !dailyLimit({ ...none, notionalUsd, maxQty: undefined }).allow)
    found.push(
      blocker('daily_notional_limit', {
        used: usedUsd,
        limit: limitUsd,
        asked: notionalUsd,
        unit: ' USD',
        variable: 'GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD',
      }),
    );
  if (max.qtyPerDay === undefined) return found;
  const limitQty = new Decimal(max.qtyPerDay);
  if (usedQty.gte(limitQty) || !dailyLimit({ ...none, usedNotionalUsd: ZERO, qty, maxQty: max.qtyPerDay }).allow)
    found.push(
      blocker('daily_quantity_limit', {
        used: usedQty,
        limit: limitQty,
        asked: qty,
        unit: '',
        variable: 'GOV_MAX_REDUCE_QTY_PER_DAY',
      }),
    );
  return found;
}

interface DailyWords {
  readonly used: Decimal;
  readonly limit: Decimal;
  readonly asked: Decimal;
  readonly unit: string;
  readonly variable: string;
}

function dailyText(symbol: string, { used, limit, asked, unit, variable }: DailyWords, untilMs: number): string {
  const left = Decimal.max(limit.minus(used), ZERO);
  const needs = asked.gt(left) ? `; the close that is asked for needs ${toPlainString(asked)}${unit}` : '';
  return `${symbol} used ${toPlainString(used)} of ${toPlainString(limit)}${unit} today (UTC), ${toPlainString(left)} are left (${variable})${needs}. It is free again at ${atTime(untilMs)}.`;
}
