import { NO_REPLICAS } from '../harness/no-replicas.js';
import { NO_TARGET, NOT_TAKEN_UP } from '../harness/standing.js';
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { Decimal } from '../../src/flow/0-decimal.js';
import { ControlFence } from '../../src/redis/stores/control-fence.js';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { GovernorStore } from '../../src/redis/stores/governor-store.js';
import { type Keys, keysFor } from '../../src/redis/keys/keys.js';
import { LedgerStore } from '../../src/redis/stores/ledger-store.js';
import { LocalVerdicts } from '../../src/redis/stores/local-verdicts.js';
import type { ClaimRequest } from '../../src/redis/stores/claim.js';
import { PermitStore } from '../../src/redis/stores/permit-store.js';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import type { ResultRequest } from '../../src/redis/stores/journal-requests.js';
import { PositionStore } from '../../src/redis/stores/position-store.js';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { SILENT } from '../harness/loggers.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { usablePermit } from '../harness/usable-permit.js';
import {
  PLANS,
  readState,
  type ReplayState,
  type Row,
  START_AMOUNT,
  SYMBOL,
  verdictBytes,
} from './model-replay-state.js';

type Args = Readonly<Record<string, number>>;

const LONG_MS = 3_600_000;
const FROM: Readonly<Record<number, ResultRequest['fromStates']>> = {
  1: ['PUBLISHED', 'WAITING'],
  2: ['WAITING'],
  3: ['CLAIMED'],
  4: ['CLAIMED', 'UNKNOWN'],
};

/** One symbol under a prefix of its own; runs the model's steps through the stores and returns the state with the model's names. */
export class Replay {
  readonly #keys: Keys;
  readonly #journal: PlanJournal;
  readonly #permits: PermitStore;
  readonly #governor: GovernorStore;
  readonly #positions: PositionStore;
  readonly #ledgers: LedgerStore;
  readonly #control: ControlStore;
  /** By plan and attempt: the stream entry that published it. */
  readonly #entries = new Map<string, string>();
  /** The claim token of each Apply: another for each time it takes an entry. */
  readonly #tokens = new Map<number, string>();
  readonly #recorded: string[] = [];

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
    this.#journal = new PlanJournal(runner, keys, clock);
    const nobody = new LocalVerdicts(SILENT);
    this.#permits = new PermitStore(redis, runner, keys, clock, new ControlFence(), nobody, NO_REPLICAS);
    this.#governor = new GovernorStore(redis, runner, keys, clock);
    this.#positions = new PositionStore(redis, runner, keys, clock);
    this.#ledgers = new LedgerStore(redis, runner, runner, keys, this.#positions);
    this.#control = new ControlStore(redis, runner, runner, keys, new ControlFence(), NO_REPLICAS);
  }

  static async start(redis: Redis, prefix: string, attempts: number): Promise<Replay> {
    const replay = new Replay(redis, prefix, attempts);
    await replay.#set(false);
    await redis.set(replay.#keys.arm(), '{"armed":true}');
    await redis.hset(replay.#keys.ledger(SYMBOL), 'last_known_amt', START_AMOUNT);
    await replay.#recordSnapshot(0);
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
  async take(step: string, args: Args, reply: string, after: ReplayState): Promise<string> {
    const { p = 0, a = 0, w = 0, x = 0, y = 0, z = 0 } = args;
    const planId = PLANS[p] ?? '';
    const plan = after.plans[p] ?? {};
    const target = { planId, symbol: SYMBOL, attempt: a, mode: 'testnet', deadlineMs: 0, entryId: '' } as const;
    switch (step) {
      case 'publish_plan':
        return this.#publish(planId, a);
      case 'take_plan': {
        const { kind } = await this.#journal.take(planId, a, this.#entries.get(`${planId}:${a}`) ?? '', `apply-${w}`);
        if (kind === 'waiting') this.#tokens.set(w, randomUUID());
        return kind;
      }
      case 'issue_governor_permit':
        return this.#grant(planId, a);
      case 'governor_block':
        return this.#permits.deny(target, {
          issuer: 'governor',
          bytes: JSON.stringify({ reason: 'hourly_limit_exceeded', code: a }),
          ttlMs: LONG_MS,
        });
      case 'foreign_permit':
        return this.#event(() =>
          x === 0
            ? this.redis.setex(this.#keys.governorPermit(planId), 60, verdictBytes('governor', 1))
            : this.redis.setex(this.#keys.positionPermit(planId), 60, verdictBytes('p33', 1)),
        );
      case 'read_position_evidence':
        return this.#evidence(planId, x === 1, after.symbol);
      case 'issue_permit': {
        const code = reply === 'issued' ? Number(plan['position']) : 10 * a + (x === 1 ? 4 : 5);
        const verdict = { issuer: 'p33', bytes: verdictBytes('p33', code, y), ttlMs: LONG_MS } as const;
        return x === 1 ? this.#permits.issue(target, verdict) : this.#permits.deny(target, verdict);
      }
      case 'claim_permits': {
        const request = this.#claimOf(planId, a, w, verdictBytes('governor', x), verdictBytes('p33', y, z));
        return twice(async () => (await this.#permits.claim(request, performance.now() + LONG_MS)).kind);
      }
      case 'recheck_claim': {
        const request = this.#claimOf(planId, a, w, verdictBytes('governor', 1), verdictBytes('p33', 1));
        return (await this.#permits.recheck(request, performance.now() + LONG_MS)).kind;
      }
      case 'note_order':
        return (await this.#journal.note(target, x === 1 ? 'unknown' : 'answered', '')) ? 'noted' : 'closed';
      case 'record_result':
        return this.#record(
          planId,
          a,
          { from: x, late: y === 1, again: z >= 10, claimedBy: z % 10 },
          plan['state'] ?? '',
        );
      case 'apply_fill':
        return this.#fill(planId, a, x === 1);
      case 'record_snapshot':
        return this.#recordSnapshot(x);
      case 'set_control':
        return this.#set(x === 1);
      // Time: what the clock would do.
      case 'window_over':
        return this.#event(() => this.redis.hset(this.#keys.journal(planId), 'deadline_ms', '1'));
      case 'permit_over':
        return this.#event(() =>
          this.redis.del(x === 0 ? this.#keys.governorPermit(planId) : this.#keys.positionPermit(planId)),
        );
      case 'guard_over':
        return this.#event(() => this.redis.pexpire(this.#keys.inflight(SYMBOL), 0));
      default:
        throw new Error(`the replay knows no step ${step}`);
    }
  }

  /** What is in Redis, in the model's numbers. */
  state(): Promise<ReplayState> {
    return readState(this.redis, this.#keys, this.attempts);
  }

  async #event(happen: () => Promise<unknown>): Promise<string> {
    await happen();
    return 'event';
  }

  async #publish(planId: string, attempt: number): Promise<string> {
    const published = await this.#journal.publish({
      planId,
      symbol: SYMBOL,
      action: 'PARTIAL_50',
      attempt,
      mode: 'testnet',
      fields: { plan_id: planId, attempt: String(attempt) },
      proposal: '',
      freshUntilMs: (await this.#nowMs()) + LONG_MS,
      windowMs: LONG_MS,
      dedupeTtlMs: LONG_MS,
      maxAttempts: this.attempts,
      standing: NOT_TAKEN_UP,
    });
    if (published.kind === 'published') this.#entries.set(`${planId}:${attempt}`, published.entryId);
    return published.kind;
  }

  async #grant(planId: string, attempt: number): Promise<string> {
    const { usage } = await this.#governor.evidence(SYMBOL, planId, attempt);
    return this.#permits.issue(
      { planId, symbol: SYMBOL, attempt, mode: 'testnet', deadlineMs: 0, entryId: '' },
      {
        issuer: 'governor',
        bytes: verdictBytes('governor', 10 * attempt),
        ttlMs: LONG_MS,
        reservation: {
          symbol: SYMBOL,
          reserve: true,
          notionalUsd: new Decimal(1),
          qty: new Decimal(1),
          isCounted: false,
          repeats: '',
          usageVersion: usage.version,
          day: '20260101',
          dayNotionalUsd: usage.dayNotionalUsd.plus(1),
          dayQty: usage.dayQty.plus(1),
        },
      },
    );
  }

  /** Whether the evidence lets a permit be given, as the model says. */
  async #evidence(planId: string, yes: boolean, symbol: Row): Promise<string> {
    const { inflight, epoch, snapshot, ledger, killSwitchReleased } = await this.#positions.evidence(SYMBOL, planId);
    const agrees = ledger.kind === 'present' && snapshot?.amount.eq(ledger.ledger.amount) === true;
    if ((killSwitchReleased && inflight === '' && agrees) === yes && epoch === symbol['epoch']) return 'evidence';
    return JSON.stringify({ inflight, epoch, snapshot, ledger, killSwitchReleased });
  }

  #claimOf(planId: string, attempt: number, w: number, governor: string, p33: string): ClaimRequest {
    return {
      planId,
      symbol: SYMBOL,
      attempt,
      token: this.#tokens.get(w) ?? '',
      governor: usablePermit('governor', governor, SYMBOL),
      p33: usablePermit('p33', p33, SYMBOL),
      clientOrderId: `pg-${planId}-0-${attempt}`,
      side: 'SELL',
      quantity: '1',
      signedMs: 0,
      acceptMs: 3_000,
      target: NO_TARGET,
    };
  }

  async #record(
    planId: string,
    attempt: number,
    how: { from: number; late: boolean; again: boolean; claimedBy: number },
    endsIn: string,
  ): Promise<string> {
    const request: ResultRequest = {
      planId,
      symbol: SYMBOL,
      attempt,
      token: randomUUID(),
      fromStates: FROM[how.from] ?? [],
      onlyAfterDeadline: how.late,
      claimToken: how.claimedBy === 0 ? '' : (this.#tokens.get(how.claimedBy - 1) ?? ''),
      state: endsIn,
      fields: { of: `${planId}:${attempt}` },
      filled: endsIn === 'FILLED',
      guardMs: LONG_MS,
      retryAfterMs: how.again ? 0 : undefined,
      maxAttempts: this.attempts,
      identity: 'test',
      takenUp: '',
      continueAfterMs: undefined,
      resumable: false,
    };
    const word = await twice(async () => (await this.#journal.record(request)).kind);
    if (word === 'recorded') this.#recorded.push(`${planId}:${attempt}`);
    return word;
  }

  async #fill(planId: string, attempt: number, byResult: boolean): Promise<string> {
    const orderId = `${planId}-${attempt}`;
    await this.#ledgers.applyFill(
      { symbol: SYMBOL, planId, attempt: byResult ? attempt : undefined, orderId, entryId: '' },
      { identity: orderId, side: 'SELL', executedQty: new Decimal(1), timeMs: await this.#nowMs() },
    );
    return 'applied';
  }

  async #recordSnapshot(sold: number): Promise<string> {
    const one = new Decimal(1);
    return this.#positions.recordSnapshot({
      symbol: SYMBOL,
      tsMs: await this.#nowMs(),
      amount: new Decimal(START_AMOUNT - sold),
      entryPrice: one,
      markPrice: one,
      unrealizedPnl: one,
      leverage: '1',
      source: 'test',
      restingReduceQty: new Decimal(0),
    });
  }

  async #set(engaged: boolean): Promise<string> {
    await this.#control.setKillSwitch({ engaged, by: 'test', reason: 'test', at_ms: 0 });
    return 'set';
  }

  async #nowMs(): Promise<number> {
    const [seconds = 0, micros = 0] = await this.redis.time();
    return seconds * 1_000 + Math.floor(micros / 1_000);
  }
}

/** A script with a token that was asked again, because its reply was lost, answers the same. */
async function twice(ask: () => Promise<string>): Promise<string> {
  const first = await ask();
  const second = await ask();
  return first === second ? first : `${first}, and asked again ${second}`;
}
