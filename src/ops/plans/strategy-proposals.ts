import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { Fields } from '../../flow/0-primitives.js';
import type { PlanReason } from '../../flow/0-reasons.js';
import { parseProposal } from '../../flow/1-proposal.js';
import { planIdOf } from '../../flow/2-plan.js';
import { fresh } from '../../gates/proposal/fresh.js';
import { askRedis } from '../../redis/connection/redis.errors.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import type { Keys } from '../../redis/keys/keys.js';
import { KEYS, OPERATOR_COMMANDS } from '../../redis/redis.tokens.js';
import { flatOf } from '../../redis/streams/stream-entry.js';
import { problem, type ProblemException } from '../problem/problem.js';
import { RedisTime } from '../system/redis-time.js';
import { OperatorProposals } from './operator-proposals.js';

export interface StrategyEntry {
  readonly planId: string;
  readonly entryId: string;
}

/** Appends a strategy's proposal to the proposal stream, where its strategy would have written it. */
@Injectable()
export class StrategyProposals {
  constructor(
    private readonly proposals: OperatorProposals,
    private readonly environment: Environment,
    private readonly time: RedisTime,
    @Inject(OPERATOR_COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** Throws a problem for what Apply would refuse whatever the position, and where this process does not run Apply. */
  async append(symbol: string, fields: Fields): Promise<StrategyEntry> {
    this.proposals.here();
    const reading = parseProposal(symbol, fields);
    if (!reading.ok) throw refused(reading.reason, reading.detail);
    const { proposal } = reading;
    const { applyAllowlist, applyProposalMaxAgeSec } = this.environment;
    if (!applyAllowlist.includes(symbol))
      throw refused('not_in_allowlist', `${symbol} is not in APPLY_ALLOWLIST (${applyAllowlist.join(', ')})`);
    const nowSec = (await this.time.nowMs()) / 1_000;
    const { lastUpdateEpochSec } = proposal;
    const verdict = fresh({ nowSec, lastUpdateEpochSec, maxAgeSec: applyProposalMaxAgeSec });
    if (!verdict.allow) throw refused(verdict.reason, JSON.stringify(verdict.context));
    const entryId = await askRedis('appending a proposal to its stream', () =>
      this.client.xadd(this.keys.proposalStream(), '*', 'symbol', symbol, ...flatOf(fields)),
    );
    return { planId: planIdOf(proposal), entryId: entryId ?? '' };
  }
}

function refused(reason: PlanReason, detail: string): ProblemException {
  return problem(422, 'proposal-refused', 'Apply would refuse the proposal', `${reason}: ${detail}`, { reason });
}
