import { Decimal, parseDecimal } from '../../flow/0-decimal.js';
import type { Approval } from '../../flow/3-approval.js';
import type { RowShape } from './carried-evidence.js';
import type { JournalState } from './journal-state.js';
import { missedSteps, snapshotTimeMs } from './stored-snapshot.js';
import { RedisRefused } from '../connection/redis.errors.js';

/** The usage of one symbol's limits, both reserved and committed. */
export interface Usage {
  readonly execHour: number;
  readonly exec5Min: number;
  /** True if the first order of the continued close is among the executions of the hour. */
  readonly isCounted: boolean;
  /** The UTC day the next two belong to, `YYYYMMDD`; `""` before the first. */
  readonly day: string;
  readonly dayNotionalUsd: Decimal;
  readonly dayQty: Decimal;
  /** The compare-and-set token; it changes with every change of the usage. */
  readonly version: string;
}

export interface GovernorEvidence {
  readonly nowMs: number;
  readonly journal: JournalState | undefined;
  /** What people have answered about the plan. Read only for a plan that needs it. */
  readonly approval?: Approval | undefined;
  readonly snapshot:
    { readonly amount: Decimal; readonly markPrice: Decimal | undefined; readonly tsMs: number } | undefined;
  readonly usage: Usage;
  /** False also if it is missing or unreadable. */
  readonly killSwitchReleased: boolean;
  /** False also if it is missing or unreadable. */
  readonly armed: boolean;
  /** By an operator. */
  readonly suspended: boolean;
  /** True if this attempt has a reservation, so it was decided before. */
  readonly decidedBefore: boolean;
}

type Row = readonly (string | null)[];

/** A stored number; `0` if there is none. Throws {@link RedisRefused} for other text, so that no limit is computed from it. */
export function decimalOf(stored: string | null | undefined, what: string): Decimal {
  const text = stored ?? '0';
  const value = parseDecimal(text);
  if (value === undefined) throw new RedisRefused(`${what} in Redis is ${JSON.stringify(text)}, which is not a number`);
  return value;
}

function snapshotOf(row: Row, clockStepsMs: number): GovernorEvidence['snapshot'] {
  const amount = parseDecimal(row[0] ?? '');
  const tsMs = snapshotTimeMs(row[2], row[3], missedSteps(row[4], clockStepsMs));
  if (amount === undefined || tsMs === undefined) return undefined;
  return { amount, markPrice: parseDecimal(row[1] ?? ''), tsMs };
}

/** The rows of `governor_evidence.lua`: snapshot, executions of the hour and of the burst, usage, three flags. */
export type GovernorRows = readonly [Row, string, string, Row, string, string, string];
export const GOVERNOR_ROWS = [5, 'text', 'text', 4, 'text', 'text', 'text'] as const satisfies RowShape;

/** What the rows do not say: the plan's own part. */
interface OfPlan {
  readonly nowMs: number;
  readonly journal: JournalState | undefined;
  readonly decidedBefore: boolean;
  readonly isCounted: boolean;
  /** What the order that the plan sends again has reserved; empty for none. */
  readonly repeated: Row;
}

/** Throws for usage that cannot be read. `clockStepsMs`: of Redis' clock, all steps so far. */
export function governorEvidenceOf(
  [snapshot, execHour, exec5Min, usage, killEngaged, disarmed, suspended]: GovernorRows,
  { nowMs, journal, decidedBefore, isCounted, repeated }: OfPlan,
  clockStepsMs: number,
): GovernorEvidence {
  // What the order that goes again has reserved is not counted a second time.
  const isTaken = repeated[0] === 'reserved' && repeated[1] === usage[0] && (repeated[4] ?? '') === '';
  const without = (used: Decimal, reserved: string | null | undefined, what: string): Decimal =>
    isTaken ? Decimal.max(0, used.minus(decimalOf(reserved, what))) : used;
  return {
    nowMs,
    journal,
    snapshot: snapshotOf(snapshot, clockStepsMs),
    usage: {
      execHour: Number(execHour),
      exec5Min: Number(exec5Min),
      isCounted,
      day: usage[0] ?? '',
      dayNotionalUsd: without(decimalOf(usage[1], 'the notional used today'), repeated[2], 'a reserved notional'),
      dayQty: without(decimalOf(usage[2], 'the quantity used today'), repeated[3], 'a reserved quantity'),
      version: usage[3] ?? '0',
    },
    killSwitchReleased: killEngaged === '0',
    armed: disarmed === '0',
    suspended: suspended !== '0',
    decidedBefore,
  };
}
