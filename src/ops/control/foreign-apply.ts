import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { Keys } from '../../redis/keys/keys.js';
import { KEYS, OPERATOR_SCRIPTS } from '../../redis/redis.tokens.js';
import { ScriptRunner } from '../../redis/scripts/script-runner.js';
import { entryTimeMs } from '../../redis/streams/stream-entry.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';

const LATEST = 200;
const REMEMBERED_MS = 3_600_000;
const LONGEST_PLAN_ID = 64;

/**
 * Another implementation of Apply on this prefix. It reads permits and no kill switch: what it has read before they were taken back it
 * may still send. Times are Redis' clock, in ms.
 */
export interface ForeignApply {
  /** The last plan that it published, or has a result for. */
  readonly plan_id: string;
  readonly last_seen_ms: number;
  /** Until then an order of it may still reach the exchange: one window and one order timeout. */
  readonly not_confirmable_until_ms: number;
}

/** Recognises a foreign Apply by its plans and results: ours carry a `schema`. */
@Injectable()
export class ForeignApplies {
  constructor(
    @Inject(OPERATOR_SCRIPTS) private readonly scripts: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly environment: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** `unknown` if it cannot be read. Never rejects. */
  async look(): Promise<ForeignApply | 'unknown' | undefined> {
    const { keys, environment } = this;
    try {
      const args = { latest: LATEST, longestPlanId: LONGEST_PLAN_ID };
      const streams = { planStream: keys.planStream(), resultStream: keys.resultStream() };
      const { values } = await this.scripts.run('read_foreign', streams, args);
      const [now, planEntry = '', planId = '', resultEntry = '', resultPlanId = ''] = values.map(String);
      const nowMs = Number(now);
      const found = [
        { seenMs: entryTimeMs(planEntry), planId },
        { seenMs: entryTimeMs(resultEntry), planId: resultPlanId },
      ].toSorted((a, b) => b.seenMs - a.seenMs)[0];
      if (found === undefined || nowMs - found.seenMs >= REMEMBERED_MS) return undefined;
      return {
        plan_id: found.planId,
        last_seen_ms: found.seenMs,
        not_confirmable_until_ms: nowMs + environment.applyPermitWaitMs + environment.exchangeOrderTimeoutMs,
      };
    } catch (error) {
      this.logger.warn({ err: error }, 'whether another implementation of Apply runs could not be read');
      return 'unknown';
    }
  }
}
