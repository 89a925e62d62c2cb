import { Decimal, parseDecimal } from '../../flow/0-decimal.js';

/** As `read_position_evidence` reads them. */
export const SNAPSHOT_FIELDS = ['position_amt', 'ts_ms', 'ts_epoch', 'resting_reduce_qty', 'source', 'clock_steps_ms'];

type Stored = string | null | undefined;

export interface Snapshot {
  readonly amount: Decimal;
  readonly tsMs: number;
  readonly restingReduceQty: Decimal;
}

/**
 * The time of a snapshot: `ts_ms` if we wrote it, `ts_epoch` (seconds) if the guide's service did, also over one of ours, whose `ts_ms`
 * then stays. `missedStepsMs`: by how much Redis' clock was set since it was written.
 */
export function snapshotTimeMs(tsMs: Stored, tsEpoch: Stored, missedStepsMs: number): number | undefined {
  const times = [parseDecimal(tsMs ?? ''), parseDecimal(tsEpoch ?? '')?.mul(1_000)].filter(
    (time) => time !== undefined,
  );
  return times.length === 0
    ? undefined
    : Decimal.max(...times)
        .plus(missedStepsMs)
        .toNumber();
}

/** The steps of Redis' clock that a stored time does not include; 0 if its hash does not say which it includes. */
export function missedSteps(stored: Stored, knownMs: number): number {
  return knownMs - (parseDecimal(stored ?? '')?.toNumber() ?? knownMs);
}

/** A row of {@link SNAPSHOT_FIELDS}, with its time on Redis' clock as it runs now. */
export function snapshotOf(row: readonly Stored[], clockStepsMs: number): Snapshot | undefined {
  const amount = parseDecimal(row[0] ?? '');
  const tsMs = snapshotTimeMs(row[1], row[2], missedSteps(row[5], clockStepsMs));
  if (amount === undefined || tsMs === undefined) return undefined;
  return { amount, tsMs, restingReduceQty: parseDecimal(row[3] ?? '0') ?? amount.abs() };
}
