import { Inject, Injectable } from '@nestjs/common';
import { type Approval, parseApproval } from '../../flow/3-approval.js';
import type { Fields } from '../../flow/0-primitives.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { askRedis, unlessWrongType } from '../connection/redis.errors.js';
import type { Keys } from '../keys/keys.js';
import { COMMANDS, KEYS, OPERATOR_SCRIPTS } from '../redis.tokens.js';
import type { ScriptRunner } from '../scripts/script-runner.js';
import { flatOf } from '../streams/stream-entry.js';
import { ControlFence } from './control-fence.js';
import { KEEP_MS } from './plan-journal.js';
import { type PlanRecord, PlanRecords } from './plan-records.js';

/** How long approvals count for further attempts of their plan, and never longer than its proposal was fresh when they were given. */
const VALID_MS = 300_000;
/** How long a plan of another implementation of Apply may be approved: as long as its block is kept. */
const FOREIGN_MS = 3_600_000;
const MOST_LISTED = 500;

/** A plan that waits for people. */
export interface WaitingApproval {
  readonly approval: Approval;
  /** When it ends if nobody approves it: its proposal is too old then. A newer stamp of the proposal moves it. */
  readonly untilMs: number;
}

/** One answer of one person. */
export interface ApprovalAnswer {
  readonly planId: string;
  readonly symbol: string;
  readonly answer: 'approve' | 'reject';
  readonly by: string;
  readonly reason: string;
  /** The price of the plan's stop; `""` for a close. */
  readonly stop: string;
  /** The result of a rejected plan. */
  readonly result: Fields;
}

export type Answered =
  | { readonly kind: 'approved' | 'counted' | 'rejected' }
  | { readonly kind: 'not_asked' | 'ended'; readonly state: string }
  | { readonly kind: 'rejected_before'; readonly by: string }
  | { readonly kind: 'stale'; readonly untilMs: number }
  | {
      readonly kind:
        | 'approved_before'
        | 'same_person'
        | 'proposal_withdrawn'
        | 'proposal_superseded'
        | 'kill_switch_active'
        | 'disarmed'
        | 'on_hold'
        | 'symbol_suspended';
    };

/** What people are asked about plans, and their answers. The Governor asks with its block ({@link PermitStore.deny}). */
@Injectable()
export class ApprovalStore {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(OPERATOR_SCRIPTS) private readonly writer: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly records: PlanRecords,
    private readonly fence: ControlFence,
  ) {}

  /** What was asked about a plan; `undefined` for nothing. */
  async find(planId: string): Promise<Approval | undefined> {
    const stored = await unlessWrongType(() =>
      askRedis('reading the approvals of a plan', () => this.client.hgetall(this.keys.approval(planId))),
    );
    return stored === undefined ? undefined : parseApproval(planId, stored);
  }

  /** The plans that wait now, newest first. */
  async waiting(nowMs: number): Promise<WaitingApproval[]> {
    const planIds = await unlessWrongType(() =>
      askRedis('listing the plans that wait for an approval', () =>
        this.client.zrevrangebyscore(this.keys.waitingApprovals(), '+inf', '-inf', 'LIMIT', 0, MOST_LISTED),
      ),
    );
    const found = await Promise.all((planIds ?? []).map((planId) => this.#waiting(planId, nowMs)));
    return found.filter((each) => each !== undefined);
  }

  async #waiting(planId: string, nowMs: number): Promise<WaitingApproval | undefined> {
    const [approval, record] = await Promise.all([this.find(planId), unlessWrongType(() => this.records.find(planId))]);
    if (approval === undefined || (record !== undefined && !waits(record, approval))) return undefined;
    const untilMs = record?.freshUntilMs ?? approval.sinceMs + FOREIGN_MS;
    return nowMs < untilMs ? { approval, untilMs } : undefined;
  }

  /** Stores an answer through the operators' connection. Enough approvals make the next attempt of the plan due at once. */
  async answer({ planId, symbol, result, ...answer }: ApprovalAnswer): Promise<Answered> {
    const { keys, fence } = this;
    const { word, values } = await this.writer.run(
      'answer_approval',
      {
        approval: keys.approval(planId),
        waitingApprovals: keys.waitingApprovals(),
        journal: keys.journal(planId),
        retries: keys.retries(),
        resultStream: keys.resultStream(),
        trace: keys.trace(planId),
        proposal: keys.proposal(symbol),
        standing: keys.standing(symbol),
        killSwitch: keys.killSwitch(),
        arm: keys.arm(),
        governorDisarm: keys.governorDisarm(),
        hold: keys.hold(symbol),
        suspended: keys.suspended(symbol),
      },
      {
        planId,
        ...answer,
        validMs: VALID_MS,
        foreignMs: FOREIGN_MS,
        keepMs: KEEP_MS,
        lastSeenKillSeq: fence.lastSeenKillSeq,
        lastSeenDisarmSeq: fence.lastSeenDisarmSeq,
      },
      flatOf(result),
    );
    const said = String(values[0]);
    switch (word) {
      case 'not_asked':
      case 'ended':
        return { kind: word, state: said };
      case 'rejected_before':
        return { kind: word, by: said };
      case 'stale':
        return { kind: word, untilMs: Number(said) };
      default:
        return { kind: word };
    }
  }
}

/** It waits, and for these answers: not for those of an earlier attempt. */
const waits = ({ state, attempt }: PlanRecord, approval: Approval): boolean =>
  state === 'WAITING_APPROVAL' && approval.attempt === String(attempt) && approval.validUntilMs === undefined;
