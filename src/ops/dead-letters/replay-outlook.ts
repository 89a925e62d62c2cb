import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { parseDecimal } from '../../flow/0-decimal.js';
import { type Fields, parsePlanId } from '../../flow/0-primitives.js';
import { PLAN_DECISIONS } from '../../flow/2-plan.js';
import { parseResult } from '../../flow/5-result.js';
import { countedUnder } from '../../flow/6-ledger.js';
import { GovernorStore } from '../../redis/stores/governor-store.js';
import type { Keys } from '../../redis/keys/keys.js';
import { FILL_MEMORY_MS, LedgerStore } from '../../redis/stores/ledger-store.js';
import type { DeadLetter } from '../../redis/streams/dead-letter-store.js';
import { GROUPS } from '../../redis/keys/groups.js';
import { type PlanRecord, PlanRecords } from '../../redis/stores/plan-records.js';
import { RedisRefused } from '../../redis/connection/redis.errors.js';
import { KEYS } from '../../redis/redis.tokens.js';
import { entryTimeMs } from '../../redis/streams/stream-entry.js';
import { RedisTime } from '../system/redis-time.js';

/** The possible effect of a replay; `none` when it is certain that nothing changes. */
export interface Outlook {
  readonly effect: 'possible' | 'none';
  readonly detail: string;
}

/** The entry of a stream, for one of its groups. */
export type EntryPlace = Pick<DeadLetter, 'stream' | 'group' | 'entryId'>;

const none = (detail: string): Outlook => ({ effect: 'none', detail });
const possible = (detail: string): Outlook => ({ effect: 'possible', detail });

/**
 * Predicts the effect of a replay for the operator. It decides nothing: the group that gets the entry
 * handles it like every other entry, and the scripts prevent a plan from trading twice.
 */
@Injectable()
export class ReplayOutlook {
  constructor(
    private readonly environment: Environment,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly records: PlanRecords,
    private readonly ledgers: LedgerStore,
    private readonly reservations: GovernorStore,
    private readonly time: RedisTime,
  ) {}

  async of(deadLetter: EntryPlace, entry: Fields): Promise<Outlook> {
    try {
      if (deadLetter.stream === this.keys.planStream()) return await this.#ofPlan(deadLetter, entry);
      return deadLetter.stream === this.keys.resultStream()
        ? await this.#ofResult(deadLetter, entry)
        : await this.#ofProposal(entry);
    } catch (error) {
      if (!(error instanceof RedisRefused)) throw error;
      return possible(`its effect is not known: ${error.message}`);
    }
  }

  async #ofPlan(deadLetter: EntryPlace, entry: Fields): Promise<Outlook> {
    const decision = PLAN_DECISIONS.find((known) => known === entry['decision']);
    if (decision !== undefined && decision !== 'EXECUTE')
      return none(`it asks for nothing: its decision is ${decision}`);
    const planId = parsePlanId(entry['plan_id']);
    if (planId === undefined) return none('it names no plan, and will be dead-lettered again');
    const nowMs = await this.time.nowMs();
    const record = await this.records.find(planId);
    if (record === undefined) {
      if (deadLetter.group === GROUPS.apply)
        return none(
          `the journal knows no plan ${planId}: Apply takes only entries that it published, and dead-letters it again`,
        );
      return nowMs < entryTimeMs(deadLetter.entryId) + this.environment.applyPermitWaitMs
        ? possible('a plan of another publisher, inside its window')
        : none('a plan of another publisher whose window has passed');
    }
    return planOutlook(record, Number(entry['attempt']), deadLetter.entryId, nowMs);
  }

  async #ofResult(deadLetter: EntryPlace, entry: Fields): Promise<Outlook> {
    const result = parseResult(entry);
    if (!result.ok) return none(`it still cannot be read (${result.detail}), and will be dead-lettered again`);
    if (deadLetter.group === GROUPS.governor) {
      const reservation = await this.reservations.reservation(result.planId, String(result.attempt ?? ''));
      return reservation?.state === 'reserved'
        ? possible('the reservation of this attempt is still open, and will be settled')
        : none('the limits of this attempt are settled, or none were reserved');
    }
    if (result.fills.length === 0) return none('nothing was filled: the ledger does not move');
    if ((await this.time.nowMs()) - entryTimeMs(deadLetter.entryId) > FILL_MEMORY_MS)
      return none(`the fill is too old to be distinguished from others; reconcile ${result.symbol}`);
    const counted = await Promise.all(
      result.fills.map(({ identity, orderId }) => this.ledgers.counted(result.symbol, countedUnder(identity, orderId))),
    );
    return result.fills.every((fill, index) => counted[index]?.gte(fill.executedQty))
      ? none('the ledger has counted this fill already, and counts it once')
      : possible('the ledger counts the part of this fill that it has not counted yet');
  }

  async #ofProposal(entry: Fields): Promise<Outlook> {
    if (entry['symbol'] === undefined) return none('it names no symbol, and will be dead-lettered again');
    const updatedMs = parseDecimal(entry['last_update_epoch'] ?? '')
      ?.mul(1000)
      .toNumber();
    const maxAgeSec = this.environment.applyProposalMaxAgeSec;
    if (updatedMs !== undefined && (await this.time.nowMs()) - updatedMs > maxAgeSec * 1000)
      return none(
        `the proposal is older than ${maxAgeSec} s (APPLY_PROPOSAL_MAX_AGE_SEC) and will be refused as stale`,
      );
    return possible('Apply takes it as a new proposal; a plan that was published before is not published again');
  }
}

/** Every script checks the same in the journal: the attempt, the entry id, an open state, an open window. */
function planOutlook(record: PlanRecord, attempt: number, entryId: string, nowMs: number): Outlook {
  if (record.entryId !== entryId)
    return attempt < record.attempt
      ? none(`attempt ${record.attempt} of the plan has followed since`)
      : none(
          `the attempt was published as entry ${record.entryId}: this one is a copy, and will be dead-lettered again`,
        );
  if (record.state !== 'PUBLISHED' && record.state !== 'WAITING')
    return none(`the attempt is ${record.state}: it is not carried out a second time`);
  return nowMs < record.deadlineMs
    ? possible('the attempt is open and inside its window')
    : none('the window of the attempt has passed: it ends plan_expired');
}
