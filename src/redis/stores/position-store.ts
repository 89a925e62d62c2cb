import { Inject, Injectable } from '@nestjs/common';
import { type Decimal, toPlainString } from '../../flow/0-decimal.js';
import { sideOfAmount } from '../../flow/6-ledger.js';
import { inParts } from '../in-parts.js';
import { carriedRows } from './carried-evidence.js';
import { journalOf } from './journal-state.js';
import {
  POSITION_ROWS,
  type PositionEvidence,
  positionEvidenceOf,
  positionKeys,
  type PositionRows,
} from './position-evidence.js';
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
const OUTCOMES = ['recorded', 'agreed', 'older'] as const;
/** No plan has this id. */
const NO_PLAN = '-';

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

/**
 * `older` if a newer snapshot of the symbol is already stored. `agreed`: recorded, the ledger that this system wrote is the same, and there
 * is no hold.
 */
export type SnapshotOutcome = (typeof OUTCOMES)[number] | RedisRefused;

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
    const ofPlan = { nowMs, journal: journalOf(values[1]), wrongTypes: (values[3] as readonly string[]).map(String) };
    return positionEvidenceOf(values[2] as PositionRows, ofPlan, this.runner.clockStepsMs);
  }

  /** The evidence that a plan carries, judged at `nowMs`; `undefined` if it must be read instead. */
  carried(text: string, nowMs: number): PositionEvidence | undefined {
    const rows = carriedRows(text, POSITION_ROWS) as PositionRows | undefined;
    return rows && positionEvidenceOf(rows, { nowMs, journal: undefined, wrongTypes: [] }, this.runner.clockStepsMs);
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
