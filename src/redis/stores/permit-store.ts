import { flatOf } from '../streams/stream-entry.js';
import { asRedisError, RedisUnavailable } from '../connection/redis.errors.js';
import type { Keys } from '../keys/keys.js';
import { GROUPS } from '../keys/groups.js';
import { KEEP_MS } from './plan-journal.js';
import type { ControlFence } from './control-fence.js';
import {
  attemptArgs,
  type Claimed,
  type ClaimRequest,
  conditionKeys,
  type DryRunClaim,
  permitArgs,
  permitKeys,
} from './claim.js';
import type { LocalVerdicts } from './local-verdicts.js';
import type { RedisClock } from '../connection/redis-clock.js';
import type { RedisClient } from '../connection/redis-clients.js';
import type { ScriptRunner } from '../scripts/script-runner.js';
import { eventOf, type Issued, type VerdictBytes, type VerdictTarget } from './verdicts.js';

/** Entries kept in the permit event stream; an event older than a window is worth nothing. */
const EVENTS_MAX_LEN = 10_000;
const REPLICATION_WAIT_MS = 300;

/** Single-use permits: issue and claim. */
export class PermitStore {
  constructor(
    private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    private readonly keys: Keys,
    private readonly clock: RedisClock,
    private readonly fence: ControlFence,
    private readonly verdicts: LocalVerdicts,
    /** So many replicas must have a claim before its order may leave; 0 for none. */
    private readonly minReplicas: number,
  ) {}

  /**
   * Issues the Position Brain's verdict, unless the attempt has ended. Acknowledges the plan entry, but where a permit is refused
   * because everything is stopped: that is to be denied.
   */
  async issuePosition(
    target: VerdictTarget,
    verdict: 'allow' | 'deny',
    permit: string,
    ttlMs: number,
  ): Promise<Issued> {
    const { keys } = this;
    const { word } = await this.runner.run(
      'issue_permit',
      {
        journal: keys.journal(target.planId),
        positionPermit: keys.positionPermit(target.planId),
        positionIssued: keys.positionIssued(target.planId),
        permitEvents: keys.permitEvents(),
        planStream: keys.planStream(),
        killSwitch: keys.killSwitch(),
        arm: keys.arm(),
        governorDisarm: keys.governorDisarm(),
      },
      {
        planId: target.planId,
        attempt: target.attempt ?? '',
        deadlineMs: target.deadlineMs,
        verdict,
        permit,
        ttlMs,
        group: GROUPS.p33,
        entryId: target.entryId,
        eventsMaxLen: EVENTS_MAX_LEN,
        mode: target.mode ?? '',
        lastSeenKillSeq: this.fence.lastSeenKillSeq,
        lastSeenDisarmSeq: this.fence.lastSeenDisarmSeq,
      },
    );
    if (word === 'issued') this.verdicts.tell(eventOf(target, 'p33', verdict, permit));
    return word;
  }

  /** The Governor's no. Its yes reserves limits in the same step: {@link GovernorStore}. */
  async block(target: VerdictTarget, block: string, ttlMs: number): Promise<'issued' | 'closed'> {
    const { keys } = this;
    const { word } = await this.runner.run(
      'governor_block',
      {
        journal: keys.journal(target.planId),
        governorBlock: keys.governorBlock(target.planId),
        permitEvents: keys.permitEvents(),
        planStream: keys.planStream(),
      },
      {
        planId: target.planId,
        attempt: target.attempt ?? '',
        deadlineMs: target.deadlineMs,
        block,
        ttlMs,
        group: GROUPS.governor,
        entryId: target.entryId,
        eventsMaxLen: EVENTS_MAX_LEN,
      },
    );
    if (word === 'issued') this.verdicts.tell(eventOf(target, 'governor', 'deny', block));
    return word;
  }

  /** What is there now for each plan, in one round trip: for permits that come without an event. */
  async current(planIds: readonly string[]): Promise<VerdictBytes[]> {
    if (planIds.length === 0) return [];
    const { keys } = this;
    const wanted = planIds.flatMap((id) => [keys.governorPermit(id), keys.positionPermit(id), keys.governorBlock(id)]);
    try {
      const bytes = await this.client.mget(...wanted);
      return planIds.map((_, index) => ({
        governor: bytes[index * 3] ?? '',
        p33: bytes[index * 3 + 1] ?? '',
        block: bytes[index * 3 + 2] ?? '',
      }));
    } catch (error) {
      throw asRedisError(error, 'looking for permits');
    }
  }

  /** The atomic step before an order leaves. A lost reply is asked for again until `untilMs` (`performance.now()`). */
  async claim(request: ClaimRequest, untilMs: number): Promise<Claimed> {
    const { keys } = this;
    const { word, values } = await this.runner.settle(
      untilMs,
      'claim_permits',
      {
        ...conditionKeys(keys, request),
        ...permitKeys(keys, request),
        arm: keys.arm(),
        governorDisarm: keys.governorDisarm(),
        takenUp: keys.takenUp(request.symbol, request.target.identity),
      },
      {
        ...attemptArgs(request, this.fence),
        ...permitArgs(request),
        clientOrderId: request.clientOrderId,
        side: request.side,
        quantity: request.quantity,
        signedMs: request.signedMs,
        acceptMs: request.acceptMs,
        lastSeenDisarmSeq: this.fence.lastSeenDisarmSeq,
        expectedTakenUp: request.target.expected,
        takenUpValue: request.target.takenUp,
        left: request.target.left,
        smallest: request.target.smallest,
        keepMs: KEEP_MS,
      },
    );
    if (word !== 'claimed') return { kind: word };
    await this.#replicated();
    return this.#claimed(values);
  }

  /** The claim's conditions again, for a request that is signed anew because the exchange did not take the first. */
  async recheck(request: ClaimRequest, untilMs: number): Promise<Claimed> {
    const { keys } = this;
    const { word, values } = await this.runner.settle(
      untilMs,
      'recheck_claim',
      {
        ...conditionKeys(keys, request),
        arm: keys.arm(),
        governorDisarm: keys.governorDisarm(),
      },
      {
        ...attemptArgs(request, this.fence),
        signedMs: request.signedMs,
        acceptMs: request.acceptMs,
        lastSeenDisarmSeq: this.fence.lastSeenDisarmSeq,
      },
    );
    return word === 'claimed' ? this.#claimed([values[0], values[0]]) : { kind: word };
  }

  /** A dry run's claim and its result in one step. */
  async claimDryRun(request: DryRunClaim, untilMs: number): Promise<Claimed> {
    const { keys } = this;
    const { word, values } = await this.runner.settle(
      untilMs,
      'claim_dry_run',
      {
        ...conditionKeys(keys, request),
        ...permitKeys(keys, request),
        retries: keys.retries(),
        resultStream: keys.resultStream(),
        planStream: keys.planStream(),
        dedupe: keys.dedupe(request.planId),
      },
      {
        ...attemptArgs(request, this.fence),
        ...permitArgs(request),
        state: request.state,
        group: GROUPS.apply,
        keepMs: KEEP_MS,
        quantity: request.quantity,
        side: request.side,
      },
      flatOf(request.fields),
    );
    return word === 'claimed' ? this.#claimed(values) : { kind: word };
  }

  /** Waits until enough replicas have what was just written. Throws when they do not: the order must not leave. */
  async #replicated(): Promise<void> {
    if (this.minReplicas === 0) return;
    const acknowledged = await this.runner.replicas(this.minReplicas, REPLICATION_WAIT_MS);
    if (acknowledged >= this.minReplicas) return;
    throw new RedisUnavailable(
      `the claim reached ${acknowledged} replicas of the ${this.minReplicas} that REDIS_MIN_REPLICAS asks for`,
    );
  }

  #claimed(values: readonly unknown[]): Claimed {
    const nowMs = Number(values[0]);
    this.clock.observe(nowMs);
    return { kind: 'claimed', nowMs, waitMs: nowMs - Number(values[1]) };
  }
}
