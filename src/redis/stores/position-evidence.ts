import { type Decimal, parseDecimal } from '../../flow/0-decimal.js';
import type { Keys } from '../keys/keys.js';
import type { RowShape } from './carried-evidence.js';
import type { JournalState } from './journal-state.js';
import { type Snapshot, SNAPSHOT_FIELDS, snapshotOf } from './stored-snapshot.js';

/** Stands for a hold, a suspension or a guard whose key is of another type: it blocks as one does. */
export const UNREADABLE = 'unreadable';
const GUARDS: ReadonlySet<string> = new Set(['inflight', 'unsettled']);

export interface StoredLedger {
  readonly amount: Decimal;
  readonly asOfMs: number;
  readonly lastFillMs: number | undefined;
  /** The steps of Redis' clock that these times include; `undefined` before that was recorded. */
  readonly clockStepsMs: number | undefined;
}

/** The stored texts, for a later compare-and-set. `""` for a missing one. */
export interface RawLedger {
  readonly rawAmount: string;
  readonly rawVersion: string;
}

export type LedgerReading = { readonly raw: RawLedger } & (
  | {
      readonly kind: 'present';
      readonly ledger: StoredLedger;
      /** The amount is not the one that this system wrote last: a hand's or another service's, and not noticed yet. */
      readonly isNew: boolean;
      /** Nothing says when it was written, and no Position Brain has looked at it before. */
      readonly isUndated: boolean;
    }
  | { readonly kind: 'absent' }
  /** It existed and is missing now, or cannot be read. */
  | { readonly kind: 'lost'; readonly detail: string }
);

/** Everything that the Position Brain's decision is based on, at one instant of Redis' clock. */
export interface PositionEvidence {
  readonly nowMs: number;
  readonly journal: JournalState | undefined;
  readonly snapshot: Snapshot | undefined;
  readonly ledger: LedgerReading;
  /** JSON of the hold, `""` for none. */
  readonly hold: string;
  /** JSON of the suspension, `""` for none. */
  readonly suspended: string;
  /** `plan_id:attempt` that has an order open, or a fill the ledger has not counted yet; `""` for none. */
  readonly inflight: string;
  readonly epoch: string;
  /** False also if it is missing or unreadable. */
  readonly killSwitchReleased: boolean;
  /** False also if it is missing or unreadable. */
  readonly armed: boolean;
  /** Names of the symbol's keys that are of another type than ours, or an epoch that is no number: what they hold cannot be known. */
  readonly wrongTypes: readonly string[];
}

type Row = readonly (string | null)[];
/** The rows of `position_evidence.lua`: snapshot, ledger, hold, order in flight, epoch, whether there was a ledger, three flags. */
export type PositionRows = readonly [Row, Row, string, string, string, string, string, string, string];
export const POSITION_ROWS: RowShape = [
  SNAPSHOT_FIELDS.length,
  8,
  'text',
  'text',
  'text',
  'text',
  'text',
  'text',
  'text',
];

const textAt = (row: unknown, index: number): string | undefined => (row as Row)[index] ?? undefined;

function ledgerOf(row: unknown, seen: string, isOther: boolean): LedgerReading {
  const rawAmount = textAt(row, 0);
  const raw = { rawAmount: rawAmount ?? '', rawVersion: textAt(row, 1) ?? '' };
  if (isOther) return { kind: 'lost', detail: 'its key is not a hash', raw };
  if (rawAmount === undefined)
    return seen === ''
      ? { kind: 'absent', raw }
      : { kind: 'lost', detail: 'the ledger existed and is missing now', raw };
  const amount = parseDecimal(rawAmount);
  if (amount === undefined)
    return { kind: 'lost', detail: `last_known_amt is ${JSON.stringify(rawAmount.slice(0, 40))}`, raw };
  const written = parseDecimal(textAt(row, 4) ?? '');
  const seenFillMs = parseDecimal(seen)?.toNumber() ?? 0;
  const lastFillMs = Math.max(parseDecimal(textAt(row, 3) ?? '')?.toNumber() ?? 0, seenFillMs > 1 ? seenFillMs : 0);
  return {
    kind: 'present',
    raw,
    // One of ours from before the written amount was kept beside it has a version alone.
    isNew: written === undefined ? textAt(row, 1) === undefined : !written.eq(amount),
    isUndated: seen === '' && [1, 2, 4, 5].every((index) => textAt(row, index) === undefined),
    ledger: {
      amount,
      asOfMs: parseDecimal(textAt(row, 2) ?? '')?.toNumber() ?? 0,
      lastFillMs: lastFillMs > 0 ? lastFillMs : undefined,
      clockStepsMs: parseDecimal(textAt(row, 7) ?? '')?.toNumber(),
    },
  };
}

/** `wrongTypes`: names of keys that could not be read. `clockStepsMs`: of Redis' clock, all steps so far. */
export function positionEvidenceOf(
  [snapshot, ledger, hold, inflight, epoch, ledgerSeen, killEngaged, disarmed, suspended]: PositionRows,
  ofPlan: Pick<PositionEvidence, 'nowMs' | 'journal' | 'wrongTypes'>,
  clockStepsMs: number,
): PositionEvidence {
  const wrongTypes = [...ofPlan.wrongTypes, ...(/^\d+$/.test(epoch) ? [] : ['epoch'])];
  return {
    nowMs: ofPlan.nowMs,
    journal: ofPlan.journal,
    snapshot: snapshotOf(snapshot, clockStepsMs),
    ledger: ledgerOf(ledger, ledgerSeen, wrongTypes.includes('ledger')),
    hold: wrongTypes.includes('hold') ? UNREADABLE : hold,
    suspended: wrongTypes.includes('suspended') ? UNREADABLE : suspended,
    inflight: wrongTypes.some((name) => GUARDS.has(name)) ? UNREADABLE : inflight,
    epoch,
    killSwitchReleased: killEngaged === '0',
    armed: disarmed === '0',
    wrongTypes,
  };
}

/** The keys of one symbol that the Position Brain judges by. */
export function positionKeys(keys: Keys, symbol: string) {
  return {
    snapshot: keys.snapshot(symbol),
    ledger: keys.ledger(symbol),
    hold: keys.hold(symbol),
    suspended: keys.suspended(symbol),
    inflight: keys.inflight(symbol),
    unsettled: keys.unsettled(symbol),
    epoch: keys.epoch(symbol),
    ledgerSeen: keys.ledgerSeen(symbol),
  };
}
