import type { ControlStore } from '../redis/stores/control-store.js';
import type { RedisClock } from '../redis/connection/redis-clock.js';
import { RedisRefused } from '../redis/connection/redis.errors.js';
import type { ServerIdentity } from '../redis/connection/server-identity.js';
import type { Logger } from '../telemetry/logger.js';
import { SingleFlightLoop } from './single-flight-loop.js';

const EVERY_MS = 1_000;

/**
 * Looks every second which server answers and what the control state is, in every process: so that each has seen a stop before
 * Redis can lose it, and puts back what was lost as far as its users may.
 */
export class ControlWatch {
  readonly #loop: SingleFlightLoop;
  #told = '';

  constructor(
    private readonly control: ControlStore,
    private readonly server: ServerIdentity,
    clock: Pick<RedisClock, 'restart'>,
    private readonly logger: Logger,
  ) {
    const onProblem = (what: string, error: unknown): void => logger.debug({ err: error }, what);
    this.#loop = new SingleFlightLoop('control watch', EVERY_MS, () => this.look(), onProblem);
    server.onChange(({ changedMs, settleUntilMs }, nowMs) => {
      clock.restart(nowMs);
      logger.warn(
        { changed_ms: changedMs, settles_in_ms: Math.max(0, settleUntilMs - nowMs) },
        'Redis was restarted, failed over or emptied: nothing is claimed until what it may have forgotten has settled',
      );
      // What was lost is put back before anything can be claimed.
      this.#loop.wake();
    });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async look(): Promise<void> {
    await this.server.confirm();
    try {
      const restored = await this.control.restoreLostStops();
      if (restored.length > 0)
        this.logger.error({ restored }, `Redis had lost a stop: ${restored.join(', ')} put back`);
      this.#told = '';
    } catch (error) {
      if (!(error instanceof RedisRefused)) throw error;
      // Claims of this process stay refused; another process, or an operator, puts it back for all.
      if (this.#told !== error.message)
        this.logger.error({ err: error }, 'Redis had lost a stop that this user may not put back');
      this.#told = error.message;
    }
  }
}
