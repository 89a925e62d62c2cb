import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Attempt } from '../../src/apply/attempt.js';
import { targetOf, targetReached } from '../../src/apply/order-target.js';
import type { MarketRules } from '../../src/exchange/exchange.port.js';
import { Decimal, toPlainString } from '../../src/flow/0-decimal.js';
import { afterOrder, type ClaimedTarget, encodeTakenUp, identityOf, parseTakenUp } from '../../src/flow/1-standing.js';
import { standing, type StandingVerdict } from '../../src/gates/proposal/standing.js';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { type Keys, keysFor } from '../../src/redis/keys/keys.js';
import type { ScriptRunner } from '../../src/redis/scripts/script-runner.js';
import { ControlFence } from '../../src/redis/stores/control-fence.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import type { AttemptStanding, ResultRequest } from '../../src/redis/stores/journal-requests.js';
import { LedgerStore } from '../../src/redis/stores/ledger-store.js';
import { LocalVerdicts } from '../../src/redis/stores/local-verdicts.js';
import { PermitStore } from '../../src/redis/stores/permit-store.js';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import { PositionStore } from '../../src/redis/stores/position-store.js';
import { type ProposalContext, ProposalStore } from '../../src/redis/stores/proposal-store.js';
import { NO_REPLICAS } from '../harness/no-replicas.js';
import { SILENT } from '../harness/loggers.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { usablePermit } from '../harness/usable-permit.js';
import { type ReplayState, type Row, SYMBOL } from './model-replay-state.js';

type Args = Readonly<Record<string, number>>;
type Allowed = Extract<StandingVerdict, { readonly allow: true }>;

const LONG_MS = 3_600_000;
const START_AMOUNT = 6;
const FIRST_STAMP = 1_000;
const PLANS = ['plan-1', 'plan-2', 'plan-3', 'plan-4'] as const;
const SOURCES = ['', 'hash', 'stream', 'api'] as const;
/** By the numbers of test/model/standing.pml; the last is the operator's call. */
const ACTIONS = ['', 'PARTIAL_50', 'PARTIAL_75', 'HOLD', 'PARTIAL_50'] as const;
const actionOf = (request: number): 'PARTIAL_50' | 'PARTIAL_75' | 'HOLD' => ACTIONS[request] || 'HOLD';
const SHARES = [0, 50, 75, 0, 50] as const;
const CALL = 4;
const ONE = new Decimal(1);
const RULES = { stepSize: ONE, minQty: ONE } as MarketRules;

const identity = (request: number): string =>
  identityOf({ action: actionOf(request), closePct: '', proposalId: '' }, request === CALL ? 'the call' : undefined);
const numberOf = (planId: string | null | undefined): string =>
  String(PLANS.findIndex((each) => each === (planId ?? '').split(':')[0]) + 1);
const bit = (yes: boolean): string => (yes ? '1' : '0');

export const INITIAL: ReplayState = {
  plans: PLANS.map(() => ({
    state: 'ABSENT',
    attempt: '0',
    permit: '0',
    dedupe: '0',
    retry: '0',
    due: '0',
    open: '0',
  })),
  symbol: {
    guard: '0',
    ttl: '0',
    unsettled: '0',
    ledger: String(START_AMOUNT),
    snapshot: String(START_AMOUNT),
    asked: '0',
    stamp: '0',
    generation: '0',
    episode: '0',
    plan: '0',
    operator: '0',
    first: '0_0_0_0_0_0',
    second: '0_0_0_0_0_0',
    call: '0_0_0_0_0_0',
  },
};

/** One symbol under a prefix of its own; runs the steps of test/model/standing.pml through the stores and the pure rules of src. */
export class StandingReplay {
  readonly #keys: Keys;
  readonly #runner: ScriptRunner;
  readonly #journal: PlanJournal;
  readonly #proposals: ProposalStore;
  readonly #permits: PermitStore;
  readonly #positions: PositionStore;
  readonly #ledgers: LedgerStore;
  readonly #control: ControlStore;
  /** By intake: what a proposal was judged in, and the verdict. */
  readonly #judged = new Map<number, { readonly context: ProposalContext; readonly verdict: StandingVerdict }>();
  readonly #waiting = new Map<string, AttemptStanding>();
  readonly #claimed = new Map<string, ClaimedTarget>();
  /** When a trade happened, by plan; `person` for one by hand. */
  readonly #tradedMs = new Map<string, number>();
  readonly #recorded: string[] = [];
  #nowMs = 0;

  private constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    /** Of one plan, in the model. */
    private readonly attempts: number,
  ) {
    const keys = keysFor(prefix);
    const runner = scriptsOn(redis, keys);
    const clock = new RedisClock();
    this.#keys = keys;
    this.#runner = runner;
    this.#control = new ControlStore(redis, runner, runner, keys, new ControlFence(), NO_REPLICAS);
    this.#journal = new PlanJournal(runner, keys, clock);
    this.#proposals = new ProposalStore(redis, runner, this.#control, keys);
    this.#permits = new PermitStore(
      redis,
      runner,
      keys,
      clock,
      new ControlFence(),
      new LocalVerdicts(SILENT),
      NO_REPLICAS,
    );
    this.#positions = new PositionStore(redis, runner, keys, clock);
    this.#ledgers = new LedgerStore(redis, runner, runner, keys, this.#positions);
  }

  static async start(redis: Redis, prefix: string, attempts: number): Promise<StandingReplay> {
    const replay = new StandingReplay(redis, prefix, attempts);
    await replay.#control.setKillSwitch({ engaged: false, by: 'test', reason: 'test', at_ms: 0 });
    await redis.set(replay.#keys.arm(), '{"armed":true}');
    await redis.hset(replay.#keys.ledger(SYMBOL), 'last_known_amt', START_AMOUNT);
    const [seconds = 0] = await redis.time();
    replay.#nowMs = seconds * 1_000 - 60_000;
    await replay.#recordSnapshot(START_AMOUNT);
    return replay;
  }

  /** Compares the result stream with the results that were recorded, and empties the prefix. */
  async end(): Promise<readonly [reported: string[], recorded: string[]]> {
    const entries = await this.redis.xrange(this.#keys.resultStream(), '-', '+');
    const reported = entries.map(([, fields]) => fields[fields.indexOf('of') + 1] ?? '');
    await this.redis.del(...(await this.redis.keys(`${this.prefix}*`)));
    return [reported, this.#recorded];
  }

  /** Takes one step; answers with the word of its reply. `after`: what the model says is there then. */
  async take(step: string, args: Args, _reply: string, after: ReplayState): Promise<string> {
    const { p = 0, a = 0, w = 0, x = 0, y = 0, z = 0 } = args;
    const planId = PLANS[p] ?? '';
    this.#nowMs += 1;
    switch (step) {
      case 'write_hash':
        return this.#event(x === 0 ? this.redis.del(this.#keys.proposal(SYMBOL)) : this.#writeHash(x, y));
      case 'take_in_proposal':
        return this.#takeIn(w, a, x, y, z);
      case 'note_taken_up':
        return this.#note(w, x);
      case 'publish_plan':
        return this.#publish(planId, a, w, { request: x, continues: PLANS[y - 1] ?? '', source: SOURCES[z] ?? '' });
      case 'end_retry':
        return this.#journal.endRetry(
          { planId, attempt: a },
          { state: 'BLOCKED', reason: 'test', fields: { of: this.#noted(`${planId}:0`, _reply === 'ended') } },
        );
      case 'permits':
        return this.#event(this.#givePermits(planId, x));
      case 'claim_permits':
        return this.#claim(planId, a, x, y);
      case 'note_order':
        return (await this.#journal.note({ planId, attempt: a }, 'unknown', '')) ? 'noted' : 'closed';
      case 'record_result':
        return this.#record(planId, a, { executed: x, again: y === 1, back: z === 1 }, after.plans[p] ?? {});
      case 'order_ends':
        this.#tradedMs.set(planId, this.#nowMs);
        return 'event';
      case 'person_trades':
        this.#tradedMs.set('person', this.#nowMs);
        return 'event';
      case 'apply_fill':
        return this.#fill(planId, a, `${planId}-${a}`, x);
      case 'person_explained':
        return this.#fill('person', undefined, 'by-hand', 1);
      case 'record_snapshot':
        return this.#recordSnapshot(x);
      case 'guard_over':
        return this.#event(this.redis.pexpire(this.#keys.inflight(SYMBOL), 0));
      case 'drop_retry':
        await this.#journal.dropRetry(planId, Number.MAX_SAFE_INTEGER);
        return 'dropped';
      default:
        throw new Error(`the replay knows no step ${step}`);
    }
  }

  /** What is in Redis, in the model's numbers. */
  async state(): Promise<ReplayState> {
    const { redis } = this;
    const keys = this.#keys;
    const [guard, ttl, unsettled, ledger, snapshot, asked, ...takenUp] = await Promise.all([
      redis.get(keys.inflight(SYMBOL)),
      redis.pttl(keys.inflight(SYMBOL)),
      redis.get(keys.unsettled(SYMBOL)),
      redis.hget(keys.ledger(SYMBOL), 'last_known_amt'),
      redis.hget(keys.snapshot(SYMBOL), 'position_amt'),
      redis.hgetall(keys.standing(SYMBOL)),
      ...[1, 2, CALL].map((request) => this.#takenUp(request)),
    ]);
    const [first = '', second = '', call = ''] = takenUp;
    return {
      plans: await Promise.all(PLANS.map((planId) => this.#planIn(planId))),
      symbol: {
        guard: numberOf(guard),
        ttl: bit(ttl > 0),
        unsettled: numberOf(unsettled),
        ledger: ledger ?? '',
        snapshot: snapshot ?? '',
        asked: String(
          Math.max(
            0,
            ACTIONS.findIndex((each) => each === (asked['action'] ?? '')),
          ),
        ),
        stamp: asked['epoch'] === undefined ? '0' : String(Number(asked['epoch']) - FIRST_STAMP),
        generation: asked['generation'] ?? '0',
        episode: asked['episode'] ?? '0',
        plan: numberOf(asked['plan_id']),
        operator: numberOf(asked['operator_plan']),
        first,
        second,
        call,
      },
    };
  }

  async #takenUp(request: number): Promise<string> {
    const stored = parseTakenUp((await this.redis.get(this.#keys.takenUp(SYMBOL, identity(request)))) ?? '');
    if (stored === undefined) return '0_0_0_0_0_0';
    if (stored === 'unreadable') return stored;
    const { episode, amount, target, isDone, hasFilled } = stored;
    return ['1', episode, amount.toFixed(), target?.toFixed() ?? '', bit(isDone), bit(hasFilled)].join('_');
  }

  async #planIn(planId: string): Promise<Row> {
    const keys = this.#keys;
    const [[state, attempt, retryAt], permit, dedupe, due, open] = await Promise.all([
      this.redis.hmget(keys.journal(planId), 'state', 'attempt', 'retry_at_ms'),
      this.redis.get(keys.positionPermit(planId)),
      this.redis.exists(keys.dedupe(planId)),
      this.redis.zscore(keys.retries(), planId),
      this.redis.zscore(keys.openPlans(), planId),
    ]);
    return {
      state: state ?? 'ABSENT',
      attempt: attempt ?? '0',
      permit:
        permit === null ? '0' : String((JSON.parse(permit) as { exchange_position_amt: number }).exchange_position_amt),
      dedupe: String(dedupe),
      retry: bit(typeof retryAt === 'string'),
      due: bit(due !== null),
      open: bit(open !== null),
    };
  }

  async #event(happens: Promise<unknown>): Promise<string> {
    await happens;
    return 'event';
  }

  #noted(result: string, isRecorded: boolean): string {
    if (isRecorded) this.#recorded.push(result);
    return result;
  }

  #writeHash(request: number, stamp: number): Promise<unknown> {
    return this.redis.hset(this.#keys.proposal(SYMBOL), {
      harvest_action: actionOf(request),
      last_update_epoch: FIRST_STAMP + stamp,
    });
  }

  /** `known`: the generation of a plan that is tried again, and 1; 0 for a new stamp. */
  async #takeIn(w: number, known: number, request: number, stamp: number, source: number): Promise<string> {
    const action = actionOf(request);
    const proposal = { action, closePct: '', newSl: '', proposalId: '', lastUpdateEpochSec: FIRST_STAMP + stamp };
    const context = await this.#proposals.takeIn(
      SYMBOL,
      { ...proposal, source: SOURCES[source] ?? '', identity: identity(request) },
      known === 0 ? { kind: 'new' } : { kind: 'known', generation: String(known - 1) },
      LONG_MS,
    );
    if (context.stands !== 'stands') return context.stands;
    if (action === 'HOLD') return 'action_hold';
    const verdict = standing({
      proposal,
      policy: 'once_per_episode',
      takenUp: context.takenUp,
      episode: context.episode,
      snapshot: context.isSettled ? context.snapshot : undefined,
      ledgerAmount: context.ledgerAmount,
      step: ONE,
    });
    this.#judged.set(w, { context, verdict });
    return verdict.allow ? 'allow' : verdict.reason;
  }

  #judgedBy(w: number): { readonly context: ProposalContext; readonly verdict: StandingVerdict } {
    const judged = this.#judged.get(w);
    if (judged === undefined) throw new Error(`intake ${w} has judged nothing`);
    return judged;
  }

  async #note(w: number, request: number): Promise<string> {
    const { context, verdict } = this.#judgedBy(w);
    if (verdict.allow || verdict.noticed === undefined) throw new Error(`intake ${w} has noticed nothing`);
    const { word } = await this.#runner.run(
      'note_taken_up',
      { takenUp: this.#keys.takenUp(SYMBOL, identity(request)) },
      { expected: context.storedTakenUp, value: encodeTakenUp(verdict.noticed), keepMs: LONG_MS },
    );
    return word;
  }

  async #publish(
    planId: string,
    attempt: number,
    w: number,
    how: { readonly request: number; readonly continues: string; readonly source: string },
  ): Promise<string> {
    const { context, verdict } = this.#judgedBy(w);
    const { takenUp, startsEpisode } = verdict as Allowed;
    const published = await this.#journal.publish({
      planId,
      symbol: SYMBOL,
      action: actionOf(how.request),
      attempt,
      mode: 'testnet',
      fields: { plan_id: planId, attempt: String(attempt), source: how.source },
      proposal: '',
      freshUntilMs: Date.now() + LONG_MS,
      windowMs: LONG_MS,
      dedupeTtlMs: LONG_MS,
      maxAttempts: this.attempts,
      standing: {
        identity: identity(how.request),
        continuation: how.continues === '' ? 0 : 1,
        continues: how.continues,
        repeats: undefined,
        persist: true,
        episode: context.episode,
        startsEpisode,
        expected: context.storedTakenUp,
        takenUp: takenUp === undefined ? '' : encodeTakenUp(takenUp),
      },
    });
    if (published.kind !== 'published') return published.kind;
    const taken = await this.#journal.take(planId, attempt, published.entryId, 'apply');
    if (taken.kind !== 'waiting') return `published, then ${taken.kind}`;
    this.#waiting.set(planId, taken.standing);
    return published.kind;
  }

  async #givePermits(planId: string, amount: number): Promise<void> {
    const epoch = (await this.redis.get(this.#keys.epoch(SYMBOL))) ?? '0';
    const safe = Math.floor((amount * (SHARES[this.#requestOf(planId)] ?? 0)) / 100);
    const p33 = { allow: true, safe_close_qty: safe, exchange_position_amt: amount, position_epoch: epoch };
    await this.redis.set(this.#keys.positionPermit(planId), JSON.stringify(p33));
    await this.redis.set(this.#keys.governorPermit(planId), '{"granted":true}');
  }

  #requestOf(planId: string): number {
    const { identity: whose } = this.#standingOf(planId);
    return [1, 2, CALL].find((request) => identity(request) === whose) ?? 0;
  }

  #standingOf(planId: string): AttemptStanding {
    const standingOf = this.#waiting.get(planId);
    if (standingOf === undefined) throw new Error(`${planId} was never published`);
    return standingOf;
  }

  async #permit(issuer: 'governor' | 'p33', planId: string) {
    const key = issuer === 'p33' ? this.#keys.positionPermit(planId) : this.#keys.governorPermit(planId);
    const bytes = (await this.redis.get(key)) ?? '';
    return usablePermit(issuer, bytes, SYMBOL);
  }

  /** The target and what is left to it, by the rules of src. */
  #aim(planId: string, amount: Decimal) {
    const attempt = { step: { step: 'PARTIAL_CLOSE', pct: SHARES[this.#requestOf(planId)] } } as unknown as Attempt;
    const target = targetOf(attempt, this.#standingOf(planId), amount, RULES, this.#nowMs);
    if ('error' in target) throw new Error(`${planId}: ${target.reason}`);
    return { attempt, target };
  }

  async #claim(planId: string, attempt: number, quantity: number, left: number): Promise<string> {
    const standingOf = this.#standingOf(planId);
    const [governor, p33] = await Promise.all([this.#permit('governor', planId), this.#permit('p33', planId)]);
    const { target } = this.#aim(planId, p33.exchangePositionAmt ?? new Decimal(0));
    const allowed = Decimal.min(p33.maxQty ?? 0, target.left);
    if (!allowed.eq(quantity) || !target.left.eq(left))
      return `${toPlainString(allowed)} of ${toPlainString(target.left)}`;
    const claim = {
      identity: standingOf.identity,
      expected: standingOf.takenUp,
      takenUp: encodeTakenUp(target.takenUp),
      left: toPlainString(target.left),
      smallest: '1',
    };
    const request = {
      planId,
      symbol: SYMBOL,
      attempt,
      token: randomUUID(),
      governor,
      p33,
      clientOrderId: `pg-${planId}-0-${attempt}`,
      side: 'SELL',
      quantity: toPlainString(allowed),
      signedMs: 0,
      acceptMs: 3_000,
      target: claim,
    };
    const { kind } = await this.#permits.claim(request, performance.now() + LONG_MS);
    // The reply may be lost: the same token is answered the same.
    const again = await this.#permits.claim(request, performance.now() + LONG_MS);
    if (again.kind !== kind) return `${kind}, and asked again ${again.kind}`;
    if (kind === 'claimed') this.#claimed.set(planId, claim);
    return kind;
  }

  async #record(
    planId: string,
    attempt: number,
    how: { readonly executed: number; readonly again: boolean; readonly back: boolean },
    { state = '' }: Row,
  ): Promise<string> {
    const after = await this.#standingAfter(planId, how.executed, state);
    const wasClaimed = ['FILLED', 'PARTLY_FILLED', 'REJECTED', 'NOT_FOUND'].includes(state);
    const request: ResultRequest = {
      planId,
      symbol: SYMBOL,
      attempt,
      token: randomUUID(),
      fromStates: wasClaimed ? ['CLAIMED', 'UNKNOWN'] : ['PUBLISHED', 'WAITING'],
      onlyAfterDeadline: false,
      claimToken: '',
      state,
      fields: { of: `${planId}:${attempt}` },
      filled: how.executed > 0,
      guardMs: LONG_MS,
      retryAfterMs: how.again ? 0 : undefined,
      maxAttempts: this.attempts,
      identity: after?.identity ?? '',
      takenUp: after?.takenUp ?? '',
      continueAfterMs: after?.isDone === false ? 0 : undefined,
      resumable: how.back,
    };
    const { kind } = await this.#journal.record(request);
    this.#noted(`${planId}:${attempt}`, kind === 'recorded');
    return kind;
  }

  async #standingAfter(planId: string, executed: number, state: string) {
    if (state === 'SKIPPED') {
      const amount = (await this.#permit('p33', planId)).exchangePositionAmt ?? new Decimal(0);
      const { attempt, target } = this.#aim(planId, amount);
      return targetReached(attempt, this.#standingOf(planId).identity, target, amount, ONE).standing;
    }
    const claimed = this.#claimed.get(planId);
    if (executed === 0 || claimed === undefined) return undefined;
    const done = { executedQty: new Decimal(executed), stop: '', atMs: this.#nowMs };
    const takenUp = afterOrder(claimed, done);
    if (takenUp === undefined) throw new Error(`${planId}: what was claimed cannot be read`);
    return { identity: claimed.identity, takenUp: encodeTakenUp(takenUp), isDone: takenUp.isDone };
  }

  async #fill(whose: string, attempt: number | undefined, orderId: string, executed: number): Promise<string> {
    const planId = attempt === undefined ? '' : whose;
    await this.#ledgers.applyFill(
      { symbol: SYMBOL, planId, attempt, orderId, entryId: '' },
      { identity: orderId, side: 'SELL', executedQty: new Decimal(executed), timeMs: this.#tradedMs.get(whose) },
    );
    return 'applied';
  }

  async #recordSnapshot(amount: number): Promise<string> {
    return this.#positions.recordSnapshot({
      symbol: SYMBOL,
      tsMs: this.#nowMs,
      amount: new Decimal(amount),
      entryPrice: ONE,
      markPrice: ONE,
      unrealizedPnl: ONE,
      leverage: '1',
      source: 'test',
      restingReduceQty: new Decimal(0),
    });
  }
}
