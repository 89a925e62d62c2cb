import type {
  PublishRequest,
  Published,
  Recorded,
  RefusalRequest,
  ResultRequest,
  RetryEnd,
  Taken,
} from './journal-requests.js';
import { GROUPS } from '../keys/groups.js';
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { encodeJson, type JsonObject } from '../../flow/0-json.js';
import { MOST_RESENDS, RESEND_WITHIN_MS } from '../../flow/5-going-again.js';
import type { Keys } from '../keys/keys.js';
import { takenOf } from './journal-replies.js';
import { RedisClock } from '../connection/redis-clock.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { flatOf } from '../streams/stream-entry.js';
import { KEYS } from '../redis.tokens.js';

/** Journals and traces of ended plans are kept this long. */
export const KEEP_MS = 7 * 24 * 3_600_000;
const SETTLE_MS = 5_000;

/** The state of every plan: one hash per plan id. Every change is one checked script. Only Apply and operators write it. */
@Injectable()
export class PlanJournal {
  /** The steps of Redis' clock that the due times include. */
  #steps = 0;

  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly clock: RedisClock,
  ) {}

  /** Moves the times at which plans are due with Redis' clock; asks Redis only after the clock was set. */
  async followClock(): Promise<void> {
    const { keys } = this;
    const steps = this.runner.clockStepsMs;
    if (steps === this.#steps) return;
    await this.runner.run(
      'rebase_plans',
      { server: keys.server(), openPlans: keys.openPlans(), retries: keys.retries() },
      {},
    );
    this.#steps = steps;
  }

  /** Dedupe, journal and stream entry in one step. A lost reply is settled by asking again. */
  async publish(request: PublishRequest): Promise<Published> {
    const { keys } = this;
    const { fields, standing, ...args } = request;
    const { repeats } = standing;
    const { word, values } = await this.runner.settle(
      performance.now() + SETTLE_MS,
      'publish_plan',
      {
        dedupe: keys.dedupe(request.planId),
        journal: keys.journal(request.planId),
        openPlans: keys.openPlans(),
        retries: keys.retries(),
        planStream: keys.planStream(),
        governorPermit: keys.governorPermit(request.planId),
        positionPermit: keys.positionPermit(request.planId),
        governorBlock: keys.governorBlock(request.planId),
        planIndex: keys.planIndex(),
        trace: keys.trace(request.planId),
        standing: keys.standing(request.symbol),
        takenUp: keys.takenUp(request.symbol, request.standing.identity),
        inflight: keys.inflight(request.symbol),
        repeatedJournal: keys.journal(repeats?.newest?.planId ?? request.planId),
      },
      {
        token: randomBytes(12).toString('base64url'),
        ...args,
        clockSteps: this.runner.clockStepsMs,
        keepsManual: request.keepsManualPermit === true ? '1' : '0',
        continuation: standing.continuation,
        continues: standing.continues,
        identity: standing.identity,
        persist: standing.persist ? '1' : '0',
        episode: standing.episode,
        startsEpisode: standing.startsEpisode ? '1' : '0',
        expectedTakenUp: standing.expected,
        takenUpValue: standing.takenUp,
        keepMs: KEEP_MS,
        repeats: repeats?.orders ?? '',
        repeatedAttempt: repeats?.newest?.attempt ?? '',
        firstClaimedMs: repeats?.newest === undefined ? '' : repeats.firstClaimedMs,
        resends: repeats?.resends ?? 0,
        mostResends: MOST_RESENDS,
        claimWithinMs: RESEND_WITHIN_MS,
      },
      flatOf(fields),
    );
    switch (word) {
      case 'published': {
        const publishedMs = Number(values[1]);
        this.clock.observe(publishedMs);
        return { kind: word, entryId: String(values[0]), publishedMs, deadlineMs: Number(values[2]) };
      }
      case 'attempt_is':
        return { kind: word, attempt: Number(values[0]) };
      case 'backing_off':
        return { kind: word, retryAtMs: Number(values[0]) };
      case 'open_plan':
      case 'waits_for':
        return { kind: word, planId: String(values[0]) };
      case 'duplicate':
      case 'exhausted':
      case 'rejected':
      case 'standing_changed':
        return { kind: word };
    }
    return word satisfies never;
  }

  /** Publishes a refusal once; `false` if it was published before or the plan was published. */
  async refuse(request: RefusalRequest): Promise<boolean> {
    const { keys } = this;
    const plan = flatOf(request.plan);
    const { word } = await this.runner.settle(
      performance.now() + SETTLE_MS,
      'publish_refusal',
      {
        dedupe: keys.dedupe(request.planId),
        journal: keys.journal(request.planId),
        refused: keys.refused(request.symbol),
        planStream: keys.planStream(),
        resultStream: keys.resultStream(),
        planIndex: keys.planIndex(),
        trace: keys.trace(request.planId),
      },
      {
        digest: request.digest,
        planId: request.planId,
        refusedTtlMs: request.ttlMs,
        keepMs: KEEP_MS,
        state: request.state,
        symbol: request.symbol,
        action: request.action,
        detail: request.detail,
        planFieldCount: plan.length,
      },
      [...plan, ...flatOf(request.result)],
    );
    return word === 'refused';
  }

  async take(planId: string, attempt: number, entryId: string, owner: string): Promise<Taken> {
    const { keys } = this;
    const reply = await this.runner.run(
      'take_plan',
      {
        journal: keys.journal(planId),
        governorPermit: keys.governorPermit(planId),
        positionPermit: keys.positionPermit(planId),
        governorBlock: keys.governorBlock(planId),
        trace: keys.trace(planId),
      },
      { attempt, entryId, owner },
    );
    const taken = takenOf(reply);
    if (taken.kind === 'waiting') this.clock.observe(taken.nowMs);
    return taken;
  }

  /** Records the terminal outcome of an attempt. Retried for up to `settleMs` while Redis is unreachable. */
  async record(request: ResultRequest, settleMs = SETTLE_MS): Promise<Recorded> {
    const { keys } = this;
    const { clockStepsMs } = this.runner;
    const { word, values } = await this.runner.settle(
      performance.now() + settleMs,
      'record_result',
      {
        journal: keys.journal(request.planId),
        governorPermit: keys.governorPermit(request.planId),
        positionPermit: keys.positionPermit(request.planId),
        inflight: keys.inflight(request.symbol),
        openPlans: keys.openPlans(),
        retries: keys.retries(),
        resultStream: keys.resultStream(),
        planStream: keys.planStream(),
        dedupe: keys.dedupe(request.planId),
        trace: keys.trace(request.planId),
        takenUp: keys.takenUp(request.symbol, request.identity),
        unsettled: keys.unsettled(request.symbol),
        approval: keys.approval(request.planId),
      },
      {
        token: request.token,
        planId: request.planId,
        attempt: request.attempt,
        fromStates: request.fromStates.join(','),
        onlyAfterDeadline: request.onlyAfterDeadline ? '1' : '0',
        claimToken: request.claimToken,
        state: request.state,
        guard: request.filled ? 'filled' : 'free',
        guardMs: request.guardMs,
        retryAfterMs: request.retryAfterMs ?? '',
        maxTries: request.maxAttempts,
        releaseDedupe: request.retryAfterMs === undefined && request.waitsForApproval !== true ? '0' : '1',
        group: GROUPS.apply,
        keepMs: KEEP_MS,
        takenUpValue: request.takenUp,
        continueAfterMs: request.continueAfterMs ?? '',
        resumable: request.resumable ? '1' : '0',
        resolution: request.resolution ?? '',
        waitsForApproval: request.waitsForApproval === true ? '1' : '',
      },
      // The times in a result hold on Redis' clock with these steps.
      flatOf(clockStepsMs === 0 ? request.fields : { ...request.fields, clock_steps_ms: String(clockStepsMs) }),
    );
    switch (word) {
      case 'recorded':
        this.clock.observe(Number(values[1]));
        return { kind: word, resultId: String(values[0]), nowMs: Number(values[1]), publishedMs: Number(values[2]) };
      case 'closed':
        return { kind: word, state: String(values[0]) };
      case 'early':
        return { kind: word, remainingMs: Number(values[0]) };
    }
    return word satisfies never;
  }

  /** Stores a newer stamp of the plan's proposal; its next attempt uses it and is as fresh. */
  async renew(planId: string, proposal: string, freshUntilMs: number): Promise<void> {
    const stored = { journal: this.keys.journal(planId), retries: this.keys.retries() };
    await this.runner.run('renew_plan', stored, { planId, freshUntilMs, proposal });
  }

  /** Ends a plan that waits for its next attempt; `closed` when it does not, or when that is due after `dueMs`. */
  async endRetry(
    plan: { readonly planId: string; readonly attempt: number },
    end: RetryEnd,
  ): Promise<'ended' | 'continuation_dropped' | 'closed'> {
    const { keys } = this;
    const { word } = await this.runner.run(
      'end_retry',
      {
        journal: keys.journal(plan.planId),
        retries: keys.retries(),
        resultStream: keys.resultStream(),
        trace: keys.trace(plan.planId),
        approval: keys.approval(plan.planId),
        waitingApprovals: keys.waitingApprovals(),
      },
      {
        planId: plan.planId,
        attempt: plan.attempt,
        dueMs: end.dueMs ?? '',
        state: end.state,
        reason: end.reason,
        keepMs: KEEP_MS,
      },
      flatOf(end.fields),
    );
    return word;
  }

  /** Removes the retry of the plan that was due at `dueMs`. */
  async dropRetry(planId: string, dueMs: number): Promise<void> {
    await this.runner.run('drop_retry', { retries: this.keys.retries() }, { planId, dueMs });
  }

  /** Notes on a claimed order: `withdrawn` ends its retries, `unknown` hands it to the resolver, which looks again after `lookAgainMs`; `evidence` goes into the trace. */
  async note(
    plan: { readonly planId: string; readonly attempt: number },
    kind: 'unknown' | 'answered' | 'looking' | 'looked' | 'withdrawn',
    detail: string,
    lookAgainMs?: number,
    evidence?: JsonObject,
  ): Promise<boolean> {
    const { keys } = this;
    const { word } = await this.runner.settle(
      performance.now() + SETTLE_MS,
      'note_order',
      { journal: keys.journal(plan.planId), openPlans: keys.openPlans(), trace: keys.trace(plan.planId) },
      {
        planId: plan.planId,
        attempt: plan.attempt,
        kind,
        detail,
        lookAgainMs: lookAgainMs ?? '',
        evidence: evidence === undefined ? '' : encodeJson(evidence),
      },
    );
    return word === 'noted';
  }
}
