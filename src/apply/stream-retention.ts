import { Inject, Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import type { Keys } from '../redis/keys/keys.js';
import { PlanRecords } from '../redis/stores/plan-records.js';
import type { RedisClient } from '../redis/connection/redis-clients.js';
import { StreamTrimmer } from '../redis/streams/stream-trimmer.js';
import { StartupState } from '../runtime/startup-state.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { COMMANDS, KEYS } from '../redis/redis.tokens.js';

/** Trims the streams and the plan list, and keeps everything that is still needed. */
@Injectable()
export class StreamRetention {
  readonly #trimmers: { readonly isPlans: boolean; readonly trimmer: StreamTrimmer }[];
  #running = false;

  constructor(
    @Inject(COMMANDS) client: RedisClient,
    @Inject(KEYS) keys: Keys,
    private readonly records: PlanRecords,
    private readonly state: StartupState,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {
    const streams = [keys.planStream(), keys.resultStream(), keys.proposalStream(), keys.governorEvents()];
    this.#trimmers = streams.map((stream) => ({
      isPlans: stream === keys.planStream(),
      trimmer: new StreamTrimmer(client, stream),
    }));
  }

  @Cron('*/10 * * * * *')
  async trim(): Promise<void> {
    if (this.#running || this.state.phase !== 'running') return;
    this.#running = true;
    try {
      const open = (await this.records.open()).map((plan) => plan.entryId).filter((id) => id !== '');
      for (const { isPlans, trimmer } of this.#trimmers) await trimmer.trim(isPlans ? open : []);
      await this.records.trimList();
    } catch (error) {
      this.logger.warn({ err: error }, 'streams could not be trimmed; trying again in 10 seconds');
    } finally {
      this.#running = false;
    }
  }
}
