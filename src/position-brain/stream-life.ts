import { Inject, Injectable } from '@nestjs/common';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { StreamAliveStore } from '../redis/stores/stream-alive.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';

/** The exchange answers a ping each second, and each answer is written at most once in this time. */
const WRITE_EVERY_MS = 900;

/**
 * Writes when the user-data stream was alive without a gap, so that others know what its silence about an order is worth. A gap is a new
 * connection, a message that cannot be read, a report that is not stored, or a change that the stream did not report.
 */
@Injectable()
export class StreamLife {
  /** `undefined` while the stream is not connected. */
  #sinceMs: number | undefined;
  #writtenMs = -Infinity;
  #isWriting = false;

  constructor(
    private readonly store: StreamAliveStore,
    private readonly clock: RedisClock,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  begins(): void {
    this.#sinceMs = this.clock.nowMs();
    this.#writtenMs = -Infinity;
  }

  /** What was written stays true: until then it was alive. */
  ends(): void {
    this.#sinceMs = undefined;
  }

  /** Something that the exchange did or reported is not recorded: what was written is void, and a new interval begins. */
  missed(): void {
    if (this.#sinceMs !== undefined) this.begins();
    const nowMs = this.clock.nowMs();
    void this.#store(nowMs, nowMs);
  }

  /** A sign of life, after everything that `storing` still writes. */
  alive(storing: Promise<void> | undefined): void {
    const nowMs = this.clock.nowMs();
    // Redis' clock was set back: how long it was alive is not known on the clock as it runs now.
    if (this.#sinceMs !== undefined && nowMs < Math.max(this.#sinceMs, this.#writtenMs)) this.begins();
    if (this.#sinceMs === undefined || this.#isWriting || nowMs - this.#writtenMs < WRITE_EVERY_MS) return;
    this.#isWriting = true;
    this.#writtenMs = nowMs;
    void this.#write(this.#sinceMs, nowMs, storing).finally(() => (this.#isWriting = false));
  }

  async #write(sinceMs: number, nowMs: number, storing: Promise<void> | undefined): Promise<void> {
    await storing;
    // A gap that was noticed meanwhile may be before `nowMs`.
    if (this.#sinceMs !== sinceMs) return;
    await this.#store(sinceMs, nowMs);
  }

  /** Without Redis nothing is written: then the stream has no vote about the orders of that time. */
  async #store(sinceMs: number, lastMs: number): Promise<void> {
    try {
      await this.store.write({ sinceMs, lastMs });
    } catch (error) {
      this.logger.debug({ err: error }, 'when the user-data stream was alive could not be written');
    }
  }
}
