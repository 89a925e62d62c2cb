import { Inject, Injectable } from '@nestjs/common';
import { AccountClaim } from '../redis/stores/account-claim.js';
import { ControlStore } from '../redis/stores/control-store.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { RedisRefused } from '../redis/connection/redis.errors.js';
import { ServerIdentity } from '../redis/connection/server-identity.js';
import { type Logger, LOGGER } from '../telemetry/logger.js';
import { SingleFlightLoop } from './single-flight-loop.js';

const EVERY_MS = 1_000;

/**
 * Reads the server's identity and the control state every second, in every process: so each process has seen a stop before
 * Redis can lose it, and writes a lost stop again if its Redis users may.
 */
@Injectable()
export class ControlWatch {
  readonly #loop: SingleFlightLoop;
  #logged = '';

  constructor(
    private readonly control: ControlStore,
    private readonly server: ServerIdentity,
    private readonly account: AccountClaim,
    clock: RedisClock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const onProblem = (what: string, error: unknown): void => logger.debug({ err: error }, what);
    this.#loop = new SingleFlightLoop('control watch', EVERY_MS, () => this.look(), onProblem);
    server.onChange(({ changedMs, settleUntilMs, stepMs }, nowMs) => {
      clock.restart(nowMs);
      account.doubt();
      logger.warn(
        { changed_ms: changedMs, clock_step_ms: stepMs, settles_in_ms: Math.max(0, settleUntilMs - nowMs) },
        `${stepMs === 0 ? 'Redis was restarted, failed over or emptied' : `Redis' clock was set by ${stepMs} ms`}: nothing is claimed until lost orders can no longer reach the exchange`,
      );
      // A lost stop is written again before anything can be claimed.
      this.#loop.wake();
    });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #renewAccount(): Promise<void> {
    const { account, logger } = this;
    const changed = await account.renewIfDue();
    if (changed === 'lost')
      logger.error({ detail: account.fault }, 'another deployment trades this account: no order is sent');
    else if (changed === 'held') logger.warn('the claim on the account is held again');
  }

  async look(): Promise<void> {
    await this.server.confirm();
    try {
      const restored = await this.control.restoreLostStops();
      if (restored.length > 0)
        this.logger.error({ restored }, `Redis had lost a stop; written again: ${restored.join(', ')}`);
      this.#logged = '';
    } catch (error) {
      if (!(error instanceof RedisRefused)) throw error;
      // Claims of this process stay refused; another process, or an operator, writes the stop again for all.
      if (this.#logged !== error.message)
        this.logger.error({ err: error }, 'Redis had lost a stop that this user may not write again');
      this.#logged = error.message;
    }
    // Last, because nothing of it may keep a stop from being written again.
    await this.#renewAccount();
  }
}
