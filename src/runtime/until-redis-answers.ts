import { setTimeout as sleep } from 'node:timers/promises';
import { RedisUnavailable } from '../redis/connection/redis.errors.js';
import type { Logger } from '../telemetry/logger.js';
import type { StartupState } from './startup-state.js';

const ASK_AGAIN_MS = 500;

/** The start that a step belongs to. */
export interface Start {
  /** The start is given up. */
  readonly isStopping: boolean;
  readonly state: StartupState;
  readonly logger: Logger;
}

/** Does a step of the start again while Redis does not answer it. Each step may be done twice. */
export async function untilRedisAnswers(step: () => Promise<void>, start: Start): Promise<void> {
  let logged = false;
  while (!start.isStopping) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      start.state.detail = `waiting for Redis: ${error.message}`;
      if (!logged) start.logger.warn({ err: error }, 'Redis did not answer a step of the start; it is tried again');
      logged = true;
    }
    await sleep(ASK_AGAIN_MS);
  }
}
