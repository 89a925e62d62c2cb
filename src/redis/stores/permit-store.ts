import { Inject, Injectable } from '@nestjs/common';
import { toPlainString } from '../../flow/0-decimal.js';
import { flatOf } from '../streams/stream-entry.js';
import { asRedisError, askRedis, RedisUnavailable } from '../connection/redis.errors.js';
import type { Keys } from '../keys/keys.js';
import { orderParts } from '../keys/order-parts.js';
import { GROUPS } from '../keys/groups.js';
import { KEEP_MS } from './plan-journal.js';
import { ControlFence } from './control-fence.js';
import {
  attemptArgs,
  type Claimed,
  type ClaimRequest,
  conditionKeys,
  type DryRunClaim,
  permitArgs,
  permitKeys,
} from './claim.js';
import { LocalVerdicts } from './local-verdicts.js';
import { RedisClock } from '../connection/redis-clock.js';
import { Replicas } from '../connection/replicas.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { positionKeys } from './position-evidence.js';
import {
  carriedArgs,
  type Denied,
  eventOf,
  type Issued,
  type PermitToIssue,
  type ReservationRequest,
  type SealedVerdict,
  verdictArgs,
  type VerdictBytes,
  verdictKeys,
  type VerdictTarget,
} from './verdicts.js';
import { COMMANDS, KEYS } from '../redis.tokens.js';

/** Single-use permits: issue, deny and claim. */
@Injectable()
export class PermitStore {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly clock: RedisClock,
    private readonly fence: ControlFence,
    private readonly verdicts: LocalVerdicts,
    /** They must have a claim before its order may be sent. */
    private readonly replicas: Replicas,
  ) {}

  /**
   * Issues a permit, unless the attempt has ended, and acknowledges the plan entry. Does neither if the system is stopped (the caller
   * then denies) or the usage has changed. The Governor's permit reserves its limits in the same step.
   */
  async issue(target: VerdictTarget, permit: PermitToIssue): Promise<Issued> {
    const word =
      permit.issuer === 'p33'
        ? await this.#positionVerdict(target, 'allow', permit)
        : await this.#governorPermit(target, permit, permit.reservation);
    if (word === 'issued') this.verdicts.notify(eventOf(target, permit.issuer, 'allow', permit.bytes));
    return word;
  }

  /** Denies, unless the attempt has ended. Acknowledges the plan entry. In the same step asks the people that a denial `asks`. */
  async deny(target: VerdictTarget, denial: Denied): Promise<Issued> {
    const word =
      denial.issuer === 'p33'
        ? await this.#positionVerdict(target, 'deny', denial)
        : await this.#governorBlock(target, denial);
    if (word === 'issued') this.verdicts.notify(eventOf(target, denial.issuer, 'deny', denial.bytes));
    return word;
  }

  async #positionVerdict(target: VerdictTarget, verdict: 'allow' | 'deny', sealed: SealedVerdict) {
    const { keys } = this;
    const { word, values } = await this.runner.run(
      'issue_permit',
      {
        ...verdictKeys(keys, target),
        ...stopKeys(keys),
        ...positionKeys(keys, target.symbol),
        positionPermit: keys.positionPermit(target.planId),
        positionIssued: keys.positionIssued(target.planId),
      },
      {
        ...verdictArgs(target, sealed),
        ...stopArgs(this.fence),
        ...carriedArgs(sealed),
        verdict,
        permit: sealed.bytes,
        mode: target.mode ?? '',
      },
    );
    if (word === 'issued') this.verdicts.noteEventFault(values[1]);
    return word;
  }

  async #governorPermit(target: VerdictTarget, permit: SealedVerdict, request: ReservationRequest) {
    const { keys } = this;
    const { word, values } = await this.runner.run(
      'issue_governor_permit',
      {
        ...verdictKeys(keys, target),
        ...stopKeys(keys),
        governorPermit: keys.governorPermit(target.planId),
        executions: keys.executions(request.symbol),
        usage: keys.usage(request.symbol),
        reservation: keys.reservation(target.planId, String(target.attempt ?? '')),
        openReservations: keys.openReservations(),
        repeatedReservation: keys.reservation(...orderParts(request.repeats)),
        snapshot: keys.snapshot(request.symbol),
        suspended: keys.suspended(request.symbol),
      },
      {
        ...verdictArgs(target, permit),
        ...stopArgs(this.fence),
        ...carriedArgs(permit),
        permit: permit.bytes,
        reserve: request.reserve ? '1' : '0',
        isCounted: request.isCounted ? '1' : '0',
        repeats: request.repeats,
        usageVersion: request.usageVersion,
        day: request.day,
        dayNotional: toPlainString(request.dayNotionalUsd),
        dayQty: toPlainString(request.dayQty),
        notional: toPlainString(request.notionalUsd),
        qty: toPlainString(request.qty),
        symbol: request.symbol,
      },
    );
    if (word === 'issued') this.verdicts.noteEventFault(values[1]);
    return word;
  }

  async #governorBlock(target: VerdictTarget, { asks, ...block }: Denied) {
    const { keys } = this;
    const stored = { ...verdictKeys(keys, target), governorBlock: keys.governorBlock(target.planId) };
    const args = { ...verdictArgs(target, block), block: block.bytes };
    const { word, values } =
      asks === undefined
        ? await this.runner.run('governor_block', stored, args)
        : await this.runner.run(
            'ask_approval',
            { ...stored, approval: keys.approval(target.planId), waitingApprovals: keys.waitingApprovals() },
            { ...args, keepMs: KEEP_MS },
            flatOf(asks),
          );
    if (word === 'issued') this.verdicts.noteEventFault(values[1]);
    return word;
  }

  /** The stored verdicts of each plan, in one round trip: for permits that come without an event. */
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

  /** How long the stored verdicts of a plan live, in ms; `null` for one that is not stored or has no expiry. */
  async timesToLive(planId: string): Promise<Readonly<Record<keyof VerdictBytes, number | null>>> {
    const { keys } = this;
    const ttl = async (key: string): Promise<number | null> => {
      const ms = await askRedis('reading the life of a permit', () => this.client.pttl(key));
      return ms < 0 ? null : ms;
    };
    const [governor, p33, block] = await Promise.all(
      [keys.governorPermit(planId), keys.positionPermit(planId), keys.governorBlock(planId)].map(ttl),
    );
    return { governor: governor ?? null, p33: p33 ?? null, block: block ?? null };
  }

  /** The atomic step before an order is sent. After a lost reply it is retried until `untilMs` (`performance.now()`). */
  async claim(request: ClaimRequest, untilMs: number): Promise<Claimed> {
    const { keys } = this;
    const killSeq = this.fence.lastSeenKillSeq;
    const { word, values, server } = await this.runner.settle(
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
    await this.#replicated(server);
    return this.#claimed(values, killSeq);
  }

  /** Checks the conditions of the claim again, before a request that the exchange did not accept is signed and sent again. */
  async recheck(request: ClaimRequest, untilMs: number): Promise<Claimed> {
    const { keys } = this;
    const killSeq = this.fence.lastSeenKillSeq;
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
        quantity: request.quantity,
        signedMs: request.signedMs,
        acceptMs: request.acceptMs,
        lastSeenDisarmSeq: this.fence.lastSeenDisarmSeq,
      },
    );
    return word === 'claimed' ? this.#claimed([values[0], values[0]], killSeq) : { kind: word };
  }

  /** A dry run's claim and its result in one step. */
  async claimDryRun(request: DryRunClaim, untilMs: number): Promise<Claimed> {
    const { keys } = this;
    const killSeq = this.fence.lastSeenKillSeq;
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
    return word === 'claimed' ? this.#claimed(values, killSeq) : { kind: word };
  }

  /** Whether this process was stopped after a claim with this number was asked for: its order must not be sent. */
  isStoppedSince(killSeq: number): boolean {
    return this.fence.lastSeenKillSeq > killSeq;
  }

  /** Waits until enough replicas have the claim. Throws if they do not; the order must then not be sent. */
  async #replicated(server: string): Promise<void> {
    const missing = await this.replicas.missing('the claim', server);
    if (missing !== '') throw new RedisUnavailable(missing);
  }

  #claimed(values: readonly unknown[], killSeq: number): Claimed {
    const nowMs = Number(values[0]);
    this.clock.observe(nowMs);
    return { kind: 'claimed', nowMs, waitMs: nowMs - Number(values[1]), killSeq };
  }
}

function stopKeys(keys: Keys) {
  return { killSwitch: keys.killSwitch(), arm: keys.arm(), governorDisarm: keys.governorDisarm() };
}

function stopArgs({ lastSeenKillSeq, lastSeenDisarmSeq }: ControlFence) {
  return { lastSeenKillSeq, lastSeenDisarmSeq };
}
