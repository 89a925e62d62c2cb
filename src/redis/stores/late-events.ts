import type { Logger } from '../../telemetry/logger.js';
import type { Keys } from '../keys/keys.js';
import type { ScriptRunner } from '../scripts/script-runner.js';

const TRY_AGAIN_MS = 1_000;
const MAX_KEPT = 1_000;

/** An event whose change is stored and that is not. `atMs` is the time of the change by Redis' clock. */
interface LateEvent {
  readonly event: string;
  readonly reason: string;
  readonly context: string;
  readonly atMs: number;
}

/** Keeps the events of control changes that Redis did not take, and adds them, in order, when it takes them again. */
export class LateEvents {
  readonly #kept: LateEvent[] = [];
  #isWaiting = false;

  constructor(
    private readonly scripts: ScriptRunner,
    private readonly keys: Keys,
    private readonly logger: Logger | undefined,
  ) {}

  keep(event: LateEvent, why: string): void {
    const { logger } = this;
    if (this.#kept.length >= MAX_KEPT) {
      logger?.error({ event, why }, 'an event of a control change is lost: too many are waiting to be added');
      return;
    }
    logger?.error(
      { event, why },
      'an event of a control change could not be added to governor.events; it is added later',
    );
    this.#kept.push(event);
    if (!this.#isWaiting) this.#later();
  }

  #later(): void {
    this.#isWaiting = true;
    setTimeout(() => void this.#addAll(), TRY_AGAIN_MS).unref();
  }

  async #addAll(): Promise<void> {
    const governorEvents = this.keys.governorEvents();
    try {
      for (let next = this.#kept[0]; next !== undefined; next = this.#kept[0]) {
        const { event, reason, context, atMs } = next;
        const args = { event, reason, context, atSec: (atMs / 1_000).toFixed(3) };
        await this.scripts.run('add_event', { governorEvents }, args);
        this.#kept.shift();
      }
      this.#isWaiting = false;
    } catch (error) {
      this.logger?.debug({ err: error, waiting: this.#kept.length }, 'events of control changes cannot be added yet');
      this.#later();
    }
  }
}
