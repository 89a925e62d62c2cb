import { Inject, Injectable } from '@nestjs/common';
import { askRedis } from '../connection/redis.errors.js';
import type { RedisClient } from '../connection/redis-clients.js';
import type { Keys } from '../keys/keys.js';
import { KEYS, OPERATOR_COMMANDS, OPERATOR_SCRIPTS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import type { PlanRecord } from './plan-records.js';

export interface RetryRequest {
  /** As it was judged; the request does nothing if it has changed since. */
  readonly record: Pick<PlanRecord, 'planId' | 'symbol' | 'state' | 'attempt'>;
  readonly maxAttempts: number;
  readonly maxAgeMs: number;
  /** For the trace: by whom and why. */
  readonly detail: string;
}

export type RetryAnswer =
  | { readonly kind: 'due' | 'proposal_withdrawn' | 'proposal_superseded' }
  | { readonly kind: 'changed'; readonly state: string; readonly attempt: string }
  /** Its next attempt is due at this time already. */
  | { readonly kind: 'scheduled'; readonly dueMs: number }
  /** The newest stamp of its proposal is of this time. */
  | { readonly kind: 'stale'; readonly stampMs: number };

/** Asks the Apply of any process for one more attempt of a plan, through the list of due retries. */
@Injectable()
export class RetryRequests {
  constructor(
    @Inject(OPERATOR_COMMANDS) private readonly client: RedisClient,
    @Inject(OPERATOR_SCRIPTS) private readonly writer: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async ask({ record, maxAttempts, maxAgeMs, detail }: RetryRequest): Promise<RetryAnswer> {
    const { keys } = this;
    const { planId, symbol, state, attempt } = record;
    const { word, values } = await this.writer.run(
      'request_retry',
      {
        journal: keys.journal(planId),
        retries: keys.retries(),
        dedupe: keys.dedupe(planId),
        proposal: keys.proposal(symbol),
        standing: keys.standing(symbol),
        trace: keys.trace(planId),
      },
      { planId, state, attempt, maxAttempts, maxAgeMs, detail },
    );
    switch (word) {
      case 'due':
      case 'proposal_withdrawn':
      case 'proposal_superseded':
        return { kind: word };
      case 'changed':
        return { kind: word, state: String(values[0]), attempt: String(values[1]) };
      case 'scheduled':
        return { kind: word, dueMs: Number(values[0]) };
      case 'stale':
        return { kind: word, stampMs: Number(values[0]) };
    }
    return word satisfies never;
  }

  /** Whether no process has taken the request up yet. */
  async isDue(planId: string): Promise<boolean> {
    const score = await askRedis('reading a retry', () => this.client.zscore(this.keys.retries(), planId));
    return score !== null;
  }
}
