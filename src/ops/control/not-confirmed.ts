import type { FileKept } from '../../redis/stores/stop-files.js';
import { problem, type ProblemException } from '../problem/problem.js';
import type { ForeignApply } from './foreign-apply.js';
import { type InFlightPlan, inFlightJson } from './in-flight.js';
import type { TradingInstance } from './trading-instances.js';

/** What is known when an engaging call cannot say that no order is sent any more. */
export interface Unconfirmed {
  readonly why: string;
  /** The last part of the problem's type. */
  readonly kind: 'kill-switch-not-confirmed' | 'redis-right-missing';
  /** The INSTANCE_ID of this process. */
  readonly process: string;
  /** Whether this process claims and sends nothing any more. */
  readonly stoppedHere: boolean;
  /** Whether Redis has the stop. */
  readonly stored: boolean;
  readonly kept: FileKept | 'unknown';
  readonly others: readonly TradingInstance[];
  /** When `others` were read; `undefined` if they never were. */
  readonly othersAsOfMs: number | undefined;
  readonly foreignApply: ForeignApply | 'unknown' | undefined;
  readonly plans: readonly InFlightPlan[];
}

/** The answer of an engaging call that is not confirmed. */
export function notConfirmed(found: Unconfirmed): ProblemException {
  const { stoppedHere, stored, plans } = found;
  const open = plans.filter(({ settled }) => settled === undefined);
  const named =
    open.length === 0
      ? 'The open plans are not known.'
      : `Open: ${open.map(({ record }) => record.planId).join(', ')}.`;
  const detail = [
    `${found.why}.`,
    hereText(found),
    othersText(found),
    named,
    'Look at the exchange, and repeat the call.',
  ];
  return problem(
    503,
    found.kind,
    'It is not certain that no more orders are sent',
    detail.filter((each) => each !== '').join(' '),
    {
      process: found.process,
      stopped_here: stoppedHere,
      stored,
      kept_in: stored ? 'redis' : found.kept === 'file' ? 'file' : 'memory',
      may_still_trade: stored ? [] : found.others,
      may_still_trade_as_of_ms: stored ? null : (found.othersAsOfMs ?? null),
      foreign_apply: found.foreignApply ?? null,
      open_plans: open.map((plan) => inFlightJson(plan)),
    },
  );
}

function hereText({ stoppedHere, stored, kept }: Unconfirmed): string {
  if (!stoppedHere) return 'This process is not stopped.';
  if (stored) return 'The stop is stored: no process claims an order any more.';
  const lost = 'The stop is lost if this process ends';
  const keeps = (): string => {
    if (kept === 'file') return 'A restart of this process keeps the stop.';
    if (kept === 'no_directory') return `${lost}: CONTROL_STATE_DIR is not set.`;
    if (kept === 'unknown') return `${lost}: its file in CONTROL_STATE_DIR is not written yet.`;
    return `${lost}: its file in CONTROL_STATE_DIR could not be written (${kept.failed}).`;
  };
  return `This process is stopped until an admin releases it, and stores the stop as soon as Redis takes it. ${keeps()}`;
}

function othersText({ stored, others, othersAsOfMs }: Unconfirmed): string {
  if (stored) return '';
  if (othersAsOfMs === undefined) return 'Other processes may still trade; which is not known.';
  const names = others.map(({ instance }) => instance).join(', ');
  return names === '' ? 'No other process that trades is known.' : `These may still trade: ${names}. Stop them too.`;
}
