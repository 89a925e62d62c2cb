import type { Fields } from '../../flow/0-primitives.js';
import { type Issuer, ISSUERS } from '../../flow/3-permit.js';
import { asRedisError } from '../../redis/connection/redis.errors.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import { type Keys, keysFor } from '../../redis/keys/keys.js';
import { flatOf, readEntries, type StreamEntry } from '../../redis/streams/stream-entry.js';
import type { RedisSession } from '../redis-session.js';
import {
  type Outcome,
  outcomeOf,
  type Verdict,
  verdictKeysOf,
  verdictOf,
  type Verdicts,
  verdictsIn,
} from './verdict.js';

const asReading = (error: unknown): never => {
  throw asRedisError(error, 'showing plans to the issuers in the shadow');
};

/** One issuer's verdict on one plan, beside that of the issuer in charge. */
export interface Compared {
  readonly planId: string;
  readonly symbol: string;
  readonly issuer: Issuer;
  readonly outcome: Outcome;
  readonly charge: Verdict | undefined;
  readonly shadow: Verdict | undefined;
}

interface OpenPlan {
  readonly symbol: string;
  readonly sinceMs: number;
  readonly charge: Verdicts;
  readonly shadow: Verdicts;
  result?: Fields;
}

const LOOK_EVERY_MS = 10;
const BATCH = 200;
const ENTRIES_KEPT = 10_000;
/** A verdict that is later than this after the plan counts as none; the window is 1200 ms. */
const VERDICT_WITHIN_MS = 2_500;

/**
 * Shows the plans and results under one prefix to issuers that run under another one, the session's own, and compares the verdicts.
 * Under the first prefix it only reads.
 */
export class Shadow {
  readonly #open = new Map<string, OpenPlan>();
  readonly #charge: Keys;
  readonly #after: { plans: string; results: string };

  private constructor(
    private readonly session: RedisSession,
    private readonly blocking: RedisClient,
    prefix: string,
    private readonly issuers: readonly Issuer[],
    after: readonly [plans: string, results: string],
  ) {
    this.#charge = keysFor(prefix);
    this.#after = { plans: after[0], results: after[1] };
  }

  /** Everything that is appended after this resolves is shown. */
  static async start(session: RedisSession, prefix: string, issuers: readonly Issuer[] = ISSUERS): Promise<Shadow> {
    const keys = keysFor(prefix);
    const newest = async (stream: string): Promise<string> =>
      (await session.commands.xrevrange(stream, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0';
    const after = [await newest(keys.planStream()), await newest(keys.resultStream())] as const;
    return new Shadow(session, await session.openBlocking(), prefix, issuers, after);
  }

  /** The comparisons, each as soon as both verdicts are known, until `stop` aborts. */
  async *comparisons(stop: AbortSignal): AsyncGenerator<Compared> {
    while (!stop.aborted) yield* await this.#turn().catch(asReading);
    for (const { result } of this.#open.values()) await this.#appendResult(result).catch(asReading);
  }

  async #turn(): Promise<Compared[]> {
    await this.#show();
    const compared: Compared[] = [];
    for (const [planId, plan] of this.#open) {
      await Promise.all([
        this.#look(this.#charge, planId, plan.charge),
        this.#look(this.session.keys, planId, plan.shadow),
      ]);
      if (!this.#isDecided(plan)) continue;
      this.#open.delete(planId);
      compared.push(...this.#compare(planId, plan));
      // Only now: the issuers judge a plan before its outcome, as in the place of those in charge.
      await this.#appendResult(plan.result);
    }
    return compared;
  }

  /** Waits for new entries, only briefly while plans are open. */
  async #show(): Promise<void> {
    const [plans, results] = [this.#charge.planStream(), this.#charge.resultStream()];
    const { plans: afterPlans, results: afterResults } = this.#after;
    const waitMs = this.#open.size > 0 ? LOOK_EVERY_MS : 10 * LOOK_EVERY_MS;
    const after = [plans, results, afterPlans, afterResults];
    const reply: unknown = await this.blocking.xread('COUNT', BATCH, 'BLOCK', waitMs, 'STREAMS', ...after);
    const read = (reply ?? []) as [string, Parameters<typeof readEntries>[0]][];
    const entriesOf = (stream: string): readonly StreamEntry[] =>
      read.filter(([key]) => key === stream).flatMap(([, raw]) => readEntries(raw).entries);
    for (const entry of entriesOf(plans)) await this.#plan(entry);
    for (const entry of entriesOf(results)) await this.#result(entry);
  }

  async #plan({ id, fields }: StreamEntry): Promise<void> {
    await this.#append(this.session.keys.planStream(), fields);
    this.#after.plans = id;
    const { plan_id: planId = '', symbol = '', decision } = fields;
    if (decision === 'EXECUTE' && planId !== '')
      this.#open.set(planId, { symbol, sinceMs: performance.now(), charge: {}, shadow: {} });
  }

  async #result({ id, fields }: StreamEntry): Promise<void> {
    const open = this.#open.get(fields['plan_id'] ?? '');
    if (open === undefined) await this.#appendResult(fields);
    else open.result = fields;
    this.#after.results = id;
  }

  async #appendResult(result: Fields | undefined): Promise<void> {
    if (result !== undefined) await this.#append(this.session.keys.resultStream(), result);
  }

  async #append(stream: string, fields: Fields): Promise<void> {
    await this.session.commands.xadd(stream, 'MAXLEN', '~', ENTRIES_KEPT, '*', ...flatOf(fields));
  }

  /** The first verdict counts: a claim takes permits away. */
  async #look(keys: Keys, planId: string, found: Verdicts): Promise<void> {
    const missing = verdictKeysOf(keys, planId).filter(
      ([issuer]) => this.issuers.includes(issuer) && found[issuer] === undefined,
    );
    await Promise.all(
      missing.map(async ([issuer, key]) => {
        const bytes = await this.session.commands.get(key);
        if (bytes !== null) found[issuer] ??= verdictOf(issuer, bytes);
      }),
    );
  }

  #isDecided({ charge, shadow, result, sinceMs }: OpenPlan): boolean {
    const isLate = performance.now() - sinceMs > VERDICT_WITHIN_MS;
    const hasAll = (verdicts: Verdicts): boolean => this.issuers.every((issuer) => verdicts[issuer] !== undefined);
    return isLate || (hasAll(shadow) && (hasAll(charge) || result !== undefined));
  }

  #compare(planId: string, { symbol, charge, shadow, result }: OpenPlan): Compared[] {
    const proven = result === undefined ? {} : verdictsIn(result);
    return this.issuers.map((issuer) => {
      const inCharge = charge[issuer] ?? proven[issuer];
      const ours = shadow[issuer];
      return { planId, symbol, issuer, outcome: outcomeOf(inCharge, ours), charge: inCharge, shadow: ours };
    });
  }
}
