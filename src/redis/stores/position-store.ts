import { Inject, Injectable } from '@nestjs/common';
import { type Decimal, parseDecimal, toPlainString } from '../../flow/0-decimal.js';
import { sideOfAmount } from '../../flow/6-ledger.js';
import { inParts } from '../in-parts.js';
import { carriedRows, type RowShape } from './carried-evidence.js';
import type { Keys } from '../keys/keys.js';
import { RedisClock } from '../connection/redis-clock.js';
import { type Snapshot, SNAPSHOT_FIELDS, snapshotOf } from './stored-snapshot.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { asRedisError, isWrongType, RedisRefused } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

const SNAPSHOT_TTL_SEC = 3_600;
/** Redis answers nobody else while a script runs: some 0.3 ms for so many. */
const SNAPSHOTS_A_SCRIPT = 100;
/** Stands for a hold, a suspension or a guard whose key is of another type: it blocks as one does. */
export const UNREADABLE = 'unreadable';
const OUTCOMES = ['recorded', 'agreed', 'older'] as const;
/** No plan has this id. */
const NO_PLAN = '-';
const GUARDS: ReadonlySet<string> = new Set(['inflight', 'unsettled']);

export interface SnapshotWrite {
  readonly symbol: string;
  /** When the request for it started; Redis' clock. */
  readonly tsMs: number;
  readonly amount: Decimal;
  readonly entryPrice: Decimal;
  readonly markPrice: Decimal;
  readonly unrealizedPnl: Decimal;
  readonly leverage: string;
  readonly source: string;
  readonly restingReduceQty: Decimal;
}

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

export interface JournalState {
  readonly state: string;
  readonly attempt: string;
  readonly deadlineMs: number;
  /** The stream entry of the attempt. */
  readonly entryId: string;
}

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

/**
 * `older` if a newer snapshot of the symbol is already stored. `agreed`: recorded, the ledger that this system wrote is the same, and there
 * is no hold.
 */
export type SnapshotOutcome = (typeof OUTCOMES)[number] | RedisRefused;

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

/** In the order in which the script takes them. */
function snapshotFields(write: SnapshotWrite) {
  return {
    amount: toPlainString(write.amount),
    side: sideOfAmount(write.amount),
    entryPrice: toPlainString(write.entryPrice),
    markPrice: toPlainString(write.markPrice),
    unrealizedPnl: toPlainString(write.unrealizedPnl),
    leverage: write.leverage,
    restingReduceQty: toPlainString(write.restingReduceQty),
  };
}

type Row = readonly (string | null)[];
/** The rows of `position_evidence.lua`: snapshot, ledger, hold, order in flight, epoch, whether there was a ledger, three flags. */
type PositionRows = readonly [Row, Row, string, string, string, string, string, string, string];
const POSITION_ROWS: RowShape = [SNAPSHOT_FIELDS.length, 8, 'text', 'text', 'text', 'text', 'text', 'text', 'text'];

const textAt = (row: unknown, index: number): string | undefined => (row as Row)[index] ?? undefined;

export function journalOf(row: unknown): JournalState | undefined {
  const state = textAt(row, 0);
  if (state === undefined) return undefined;
  return {
    state,
    attempt: textAt(row, 1) ?? '',
    deadlineMs: Number(textAt(row, 2) ?? 'NaN'),
    entryId: textAt(row, 3) ?? '',
  };
}

/**
 * Why an entry is not the one that its attempt was published as; only that entry is valid, no copy of it. `undefined` if it is that
 * entry, if there is no journal (a foreign Apply), and if a later attempt was published.
 */
export function foreignEntryFault(
  journal: JournalState | undefined,
  planId: string,
  attempt: number | undefined,
  entryId: string,
): string | undefined {
  if (journal === undefined || journal.entryId === entryId) return undefined;
  if (attempt !== undefined && attempt < Number(journal.attempt)) return undefined;
  return `plan ${planId} was published as entry ${journal.entryId}: this one was not written by this system`;
}

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

/** Stores snapshots and reads the evidence for verdicts. */
@Injectable()
export class PositionStore {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly clock: RedisClock,
  ) {}

  /** `older` if a newer snapshot of the symbol is already stored. */
  async recordSnapshot(write: SnapshotWrite): Promise<'recorded' | 'older'> {
    const [outcome] = await this.recordSnapshots([write]);
    if (outcome === undefined || outcome instanceof RedisRefused)
      throw outcome ?? new RedisRefused('no snapshot was stored');
    return outcome === 'older' ? 'older' : 'recorded';
  }

  /** The same of many symbols of one read, which gave all their times: a hundred in one script. What Redis refuses about one leaves the others as they are. */
  async recordSnapshots(writes: readonly SnapshotWrite[]): Promise<readonly SnapshotOutcome[]> {
    const outcomes: SnapshotOutcome[] = [];
    for (const part of inParts(writes, SNAPSHOTS_A_SCRIPT)) outcomes.push(...(await this.#recordSome(part)));
    return outcomes;
  }

  async #recordSome([first, ...others]: readonly SnapshotWrite[]): Promise<SnapshotOutcome[]> {
    if (first === undefined) return [];
    const { values } = await this.runner.run(
      'record_snapshot',
      this.#keysOf(first),
      {
        tsMs: first.tsMs,
        ...snapshotFields(first),
        source: first.source,
        ttlSec: SNAPSHOT_TTL_SEC,
        clockSteps: this.runner.clockStepsMs,
      },
      others.flatMap((write) => Object.values(snapshotFields(write))),
      others.flatMap((write) => Object.values(this.#keysOf(write))),
    );
    return (values[0] as readonly string[]).map(
      (said) => OUTCOMES.find((each) => each === said) ?? new RedisRefused(`storing a snapshot: ${said}`),
    );
  }

  /** In the order in which the script takes them. */
  #keysOf({ symbol }: SnapshotWrite) {
    const { keys } = this;
    return {
      snapshot: keys.snapshot(symbol),
      epoch: keys.epoch(symbol),
      ledger: keys.ledger(symbol),
      hold: keys.hold(symbol),
    };
  }

  /** One round trip; `planId` may belong to a foreign Apply, which keeps no journal. Without one it is of the symbol alone. */
  async evidence(symbol: string, planId = NO_PLAN): Promise<PositionEvidence> {
    const { keys } = this;
    const { values } = await this.runner.run(
      'read_position_evidence',
      {
        journal: keys.journal(planId),
        ...positionKeys(keys, symbol),
        killSwitch: keys.killSwitch(),
        arm: keys.arm(),
        governorDisarm: keys.governorDisarm(),
      },
      {},
    );
    const nowMs = Number(values[0]);
    this.clock.observe(nowMs);
    const wrongTypes = (values[3] as readonly string[]).map(String);
    return this.#evidenceOf(values[2] as PositionRows, nowMs, journalOf(values[1]), wrongTypes);
  }

  /** The evidence that a plan carries, judged at `nowMs`; `undefined` if it must be read instead. */
  carried(text: string, nowMs: number): PositionEvidence | undefined {
    const rows = carriedRows(text, POSITION_ROWS) as PositionRows | undefined;
    return rows && this.#evidenceOf(rows, nowMs, undefined, []);
  }

  #evidenceOf(
    [snapshot, ledger, hold, inflight, epoch, ledgerSeen, killEngaged, disarmed, suspended]: PositionRows,
    nowMs: number,
    journal: JournalState | undefined,
    otherTypes: readonly string[],
  ): PositionEvidence {
    const wrongTypes = [...otherTypes, ...(/^\d+$/.test(epoch) ? [] : ['epoch'])];
    return {
      nowMs,
      journal,
      snapshot: snapshotOf(snapshot, this.runner.clockStepsMs),
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

  /** The snapshot in a stored hash, with its time on Redis' clock as it runs now. */
  snapshotIn(hash: Readonly<Record<string, string>>): Snapshot | undefined {
    return snapshotOf(
      SNAPSHOT_FIELDS.map((name) => hash[name] ?? null),
      this.runner.clockStepsMs,
    );
  }

  /** The snapshot and ledger hashes of one symbol as they are stored, for people and for metrics; empty where one is no hash. */
  async stored(symbol: string): Promise<{ snapshot: Record<string, string>; ledger: Record<string, string> }> {
    const read = async (key: string): Promise<Record<string, string>> => {
      try {
        return await this.client.hgetall(key);
      } catch (error) {
        const sorted = asRedisError(error, `reading the position of ${symbol}`);
        if (isWrongType(sorted)) return {};
        throw sorted;
      }
    };
    const [snapshot, ledger] = await Promise.all([read(this.keys.snapshot(symbol)), read(this.keys.ledger(symbol))]);
    return { snapshot, ledger };
  }
}
