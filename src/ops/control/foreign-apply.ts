import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import type { Keys } from '../../redis/keys/keys.js';
import { KEYS, OPERATOR_COMMANDS, OPERATOR_SCRIPTS } from '../../redis/redis.tokens.js';
import { ScriptRunner } from '../../redis/scripts/script-runner.js';
import { entryTimeMs, readEntries } from '../../redis/streams/stream-entry.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';

const LATEST = 200;
const REMEMBERED_MS = 3_600_000;

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
    @Inject(OPERATOR_COMMANDS) private readonly client: RedisClient,
    @Inject(OPERATOR_SCRIPTS) private readonly scripts: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly environment: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** `unknown` if it cannot be read. Never rejects. */
  async look(): Promise<ForeignApply | 'unknown' | undefined> {
    const { keys, environment } = this;
    try {
      const [clock, ...streams] = await Promise.all([
        this.scripts.run('read_clock', { openPlans: keys.openPlans() }, {}),
        ...[keys.planStream(), keys.resultStream()].map((stream) =>
          this.client.xrevrange(stream, '+', '-', 'COUNT', LATEST),
        ),
      ]);
      const nowMs = Number(clock.values[0]);
      const foreign = streams
        .flatMap((raw) => readEntries(raw).entries)
        .filter(({ id, fields }) => fields['schema'] === undefined && nowMs - entryTimeMs(id) < REMEMBERED_MS)
        .toSorted((a, b) => entryTimeMs(b.id) - entryTimeMs(a.id))[0];
      if (foreign === undefined) return undefined;
      return {
        plan_id: foreign.fields['plan_id'] ?? '',
        last_seen_ms: entryTimeMs(foreign.id),
        not_confirmable_until_ms: nowMs + environment.applyPermitWaitMs + environment.exchangeOrderTimeoutMs,
      };
    } catch (error) {
      this.logger.warn({ err: error }, 'whether another implementation of Apply runs could not be read');
      return 'unknown';
    }
  }
}
