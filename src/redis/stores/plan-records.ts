import { Inject, Injectable, Optional } from '@nestjs/common';
import { type Decimal, decimalFromJson } from '../../flow/0-decimal.js';
import { askRedis, unlessWrongType } from '../connection/redis.errors.js';
import type { Keys } from '../keys/keys.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { fieldsOf, type StreamEntry } from '../streams/stream-entry.js';
import type { Fields } from '../../flow/0-primitives.js';
import { RedisClock } from '../connection/redis-clock.js';
import { ServerIdentity } from '../connection/server-identity.js';
import { onClockOf } from './clock-steps.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

/** One journal hash, read. Times are Redis' clock in ms; absent steps are `undefined`. */
export interface PlanRecord {
  readonly planId: string;
  readonly symbol: string;
  readonly action: string;
  readonly state: string;
  readonly attempt: number;
  readonly mode: string;
  readonly owner: string;
  readonly entryId: string;
  readonly publishedMs: number;
  readonly deadlineMs: number;
  /** The steps of Redis' clock that the times of the publication include; `undefined` if the journal does not say. */
  readonly clockStepsMs: number | undefined;
  readonly freshUntilMs: number;
  readonly claimedMs: number | undefined;
  readonly acceptUntilMs: number | undefined;
  readonly unknownMs: number | undefined;
  readonly answeredMs: number | undefined;
  readonly endedMs: number | undefined;
  /** When another attempt is due; `undefined` if there is none after this one. */
  readonly retryAtMs: number | undefined;
  readonly claimToken: string;
  readonly clientOrderId: string;
  readonly side: string;
  readonly quantity: string;
  /** The stream entry's fields. */
  readonly plan: Fields;
  /** The proposal as received. */
  readonly proposal: string;
  /** Of the strategy's request when the attempt was published; `""` for an operator's. */
  readonly generation: string;
  /** 0 for the plan of a proposal itself, 1 for the first that continues its close. */
  readonly continuation: number;
  /** Of the standing proposal. */
  readonly identity: string;
  /** The bytes of the taken-up proposal at the claim; `""` if no target is fixed. */
  readonly takenUp: string;
  /** The quantity left to close at the claim; `""` if nothing was claimed. */
  readonly left: string;
  /** The smallest quantity that can be closed: step or minimum. */
  readonly smallest: string;
  /** Orders of the same close, unknown when this attempt was published, that it sends again; `""` for none. */
  readonly repeats: string;
  /** The plan that sends this order again; `""` for none. */
  readonly repeatedBy: string;
  /** How often the close was sent again up to this attempt. */
  readonly resends: number;
  /** When the first order of the close was claimed; `undefined` if this attempt is the first. */
  readonly firstClaimedMs: number | undefined;
  readonly result: Fields | undefined;
}

const optional = (text: string | undefined): number | undefined =>
  text === undefined || text === '' ? undefined : Number(text);

function flat(text: string | undefined): Fields | undefined {
  if (text === undefined) return undefined;
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? fieldsOf(list.map(String)) : undefined;
}

function recordOf(planId: string, hash: Record<string, string>): PlanRecord | undefined {
  const state = hash['state'];
  if (state === undefined) return undefined;
  return {
    planId,
    state,
    symbol: hash['symbol'] ?? '',
    action: hash['action'] ?? '',
    attempt: Number(hash['attempt'] ?? '0'),
    mode: hash['mode'] ?? '',
    owner: hash['owner'] ?? '',
    entryId: hash['entry_id'] ?? '',
    publishedMs: Number(hash['published_ms'] ?? '0'),
    deadlineMs: Number(hash['deadline_ms'] ?? '0'),
    clockStepsMs: optional(hash['clock_steps_ms']),
    freshUntilMs: Number(hash['fresh_until_ms'] ?? '0'),
    claimedMs: optional(hash['claimed_ms']),
    acceptUntilMs: optional(hash['accept_until_ms']),
    unknownMs: optional(hash['unknown_ms']),
    answeredMs: optional(hash['answered_ms']),
    endedMs: optional(hash['ended_ms']),
    retryAtMs: optional(hash['retry_at_ms']),
    claimToken: hash['claim_token'] ?? '',
    clientOrderId: hash['client_order_id'] ?? '',
    side: hash['side'] ?? '',
    quantity: hash['quantity'] ?? '',
    plan: flat(hash['plan']) ?? {},
    proposal: hash['proposal'] ?? '',
    generation: hash['generation'] ?? '',
    continuation: Number(hash['continuation'] ?? '0'),
    identity: hash['identity'] ?? '',
    takenUp: hash['taken_up'] ?? '',
    left: hash['left'] ?? '',
    smallest: hash['smallest'] ?? '',
    repeats: hash['repeats'] ?? '',
    repeatedBy: hash['repeated_by'] ?? '',
    resends: Number(hash['resends'] ?? '0'),
    firstClaimedMs: optional(hash['first_claimed_ms']),
    result: flat(hash['result']),
  };
}

export interface ClaimedOn {
  readonly exchangePositionAmt: Decimal | undefined;
  /** When the read of that position began; `undefined` if the permit does not contain it. */
  readonly snapshotTsMs: number | undefined;
  /** The market's step. */
  readonly stepSize: Decimal | undefined;
}

function objectIn(text: unknown): Record<string, unknown> | undefined {
  const value: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined;
}

/** Since when the outcome of an order is unknown, epoch ms; of a record that does not say, since its claim. */
export const unknownSinceMs = ({
  unknownMs,
  claimedMs,
}: Pick<PlanRecord, 'unknownMs' | 'claimedMs'>): number | undefined => unknownMs ?? claimedMs;

/** Reads journals and traces; changes nothing. */
@Injectable()
export class PlanRecords {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    @Optional() private readonly server?: ServerIdentity,
    @Optional() private readonly clock?: RedisClock,
  ) {}

  async find(planId: string): Promise<PlanRecord | undefined> {
    const found = await askRedis('reading a plan', async () =>
      recordOf(planId, await this.client.hgetall(this.keys.journal(planId))),
    );
    const server = this.server?.known;
    // A process that only answers calls may know the server before it has read a time.
    if (found === undefined || this.clock?.isRead !== true || server === undefined) return found;
    return onClockOf(server, found, this.clock.nowMs());
  }

  /** Open plans, in the order in which they are due. */
  async open(limit = 5_000): Promise<PlanRecord[]> {
    const planIds = await askRedis('reading the open plans', () =>
      this.client.zrange(this.keys.openPlans(), '0', String(limit - 1)),
    );
    return this.#many(planIds);
  }

  /** Those whose order may have been filled. */
  async unknown(): Promise<PlanRecord[]> {
    return (await this.open()).filter(({ state }) => state === 'UNKNOWN');
  }

  /** Stream entries of the open, unclaimed plans, which a deleted group may have missed. */
  async unclaimed(): Promise<StreamEntry[]> {
    const waiting = (await this.open()).filter(({ state }) => state === 'PUBLISHED' || state === 'WAITING');
    return waiting.map(({ entryId, plan }) => ({ id: entryId, fields: plan }));
  }

  /** Ids of open plans that are due by Redis' clock. */
  async due(nowMs: number, limit = 500): Promise<string[]> {
    return askRedis('reading the due plans', () =>
      this.client.zrangebyscore(this.keys.openPlans(), '-inf', nowMs, 'LIMIT', 0, limit),
    );
  }

  async dueRetries(nowMs: number, limit = 100): Promise<string[]> {
    return askRedis('reading the due retries', () =>
      this.client.zrangebyscore(this.keys.retries(), '-inf', nowMs, 'LIMIT', 0, limit),
    );
  }

  /** Newest first, published before `beforeMs`. */
  async newest(beforeMs: number, limit: number): Promise<PlanRecord[]> {
    const planIds = await askRedis('listing plans', () =>
      this.client.zrevrangebyscore(this.keys.planIndex(), `(${beforeMs}`, '-inf', 'LIMIT', 0, limit),
    );
    return this.#many(planIds);
  }

  /** The steps of every attempt in the order they happened, as JSON objects. */
  async trace(planId: string): Promise<Record<string, unknown>[]> {
    const steps = await askRedis('reading a trace', () => this.client.lrange(this.keys.trace(planId), 0, -1));
    return steps.map((step) => JSON.parse(step) as Record<string, unknown>);
  }

  /** The position in the Position Brain's permit of the last claim; fields that the permit lacks are `undefined`. */
  async claimedOn(planId: string): Promise<ClaimedOn> {
    const claim = (await this.trace(planId)).findLast(({ step }) => step === 'claimed');
    const permit = claim === undefined ? undefined : objectIn(claim['p33']);
    const context = permit?.['context'];
    return {
      exchangePositionAmt: decimalFromJson(permit?.['exchange_position_amt']),
      snapshotTsMs: decimalFromJson(permit?.['snapshot_ts_ms'])?.toNumber(),
      stepSize: decimalFromJson((context as Record<string, unknown> | null | undefined)?.['step_size']),
    };
  }

  async #many(planIds: readonly string[]): Promise<PlanRecord[]> {
    // A journal of another type is none that can be shown, and hides no other.
    const records = await Promise.all(planIds.map((planId) => unlessWrongType(() => this.find(planId))));
    return records.filter((record) => record !== undefined);
  }
}
