import { Inject, Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import type { Keys } from '../redis/keys/keys.js';
import { PlanRecords } from '../redis/stores/plan-records.js';
import type { RedisClient } from '../redis/connection/redis-clients.js';
import { ScriptRunner } from '../redis/scripts/script-runner.js';
import { askRedis } from '../redis/connection/redis.errors.js';
import { StreamTrimmer } from '../redis/streams/stream-trimmer.js';
import { StartupState } from '../runtime/startup-state.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { COMMANDS, KEYS } from '../redis/redis.tokens.js';

/** This many plans are listed. Of older ones only those with an order are kept, until they expire. */
const LISTED_PLANS = 10_000;
const DROPPED_AT_ONCE = 2_000;

/** Trims the streams and the plan list, and keeps everything that is still needed. */
@Injectable()
export class StreamRetention {
  /** In the order of the reply of `measure_streams`. */
  readonly #trimmers: { readonly isPlans: boolean; readonly trimmer: StreamTrimmer }[];
  #running = false;

  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly scripts: ScriptRunner,
    private readonly records: PlanRecords,
    private readonly state: StartupState,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {
    const streams = [
      keys.proposalStream(),
      keys.planStream(),
      keys.resultStream(),
      keys.governorEvents(),
      keys.cellsProposals(),
    ];
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
      const sizes = await this.#sizes();
      for (const [at, { isPlans, trimmer }] of this.#trimmers.entries()) {
        const size = sizes[at];
        if (size !== undefined) await trimmer.trim(size, isPlans ? open : []);
      }
      await this.#trimPlans();
    } catch (error) {
      this.logger.warn({ err: error }, 'streams could not be trimmed; trying again in 10 seconds');
    } finally {
      this.#running = false;
    }
  }

  /** Of each stream; `undefined` for one that is not there. */
  async #sizes() {
    const { keys } = this;
    const { values } = await this.scripts.run(
      'measure_streams',
      {
        proposalStream: keys.proposalStream(),
        planStream: keys.planStream(),
        resultStream: keys.resultStream(),
        governorEvents: keys.governorEvents(),
        cellsProposals: keys.cellsProposals(),
      },
      {},
    );
    return this.#trimmers.map((_, at) => {
      const [lastId, added] = values.slice(2 * at).map(String);
      return lastId === undefined || lastId === '' ? undefined : { lastId, entriesAdded: Number(added) };
    });
  }

  async #trimPlans(): Promise<void> {
    const { keys } = this;
    const surplus = await askRedis('listing the oldest plans', () =>
      this.client.zrange(keys.planIndex(), '0', String(-LISTED_PLANS - 1)),
    );
    for (const planId of surplus.slice(0, DROPPED_AT_ONCE)) {
      const of = { journal: keys.journal(planId), trace: keys.trace(planId), planIndex: keys.planIndex() };
      await this.scripts.run('drop_plan', of, { planId });
    }
  }
}
