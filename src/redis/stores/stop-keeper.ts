import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import type { RedisClient } from '../connection/redis-clients.js';
import { isMissingRight, RedisRefused } from '../connection/redis.errors.js';
import { OPERATOR_COMMANDS } from '../redis.tokens.js';
import { ControlFence, type PressedStop } from './control-fence.js';
import type { KillSwitchState } from './control-state.js';
import { ControlStore } from './control-store.js';
import { type FileKept, StopFiles } from './stop-files.js';

/** How soon a stop that could not be stored is tried again. */
const PRESS_AGAIN_MS = 250;

/** `released`: an admin released it before or after it was stored. */
export type StopStored = KillSwitchState | 'released';

export interface Pressed {
  readonly stop: PressedStop;
  /** Resolves when Redis has the stop. Rejects when Redis refuses it; it is tried again nevertheless. */
  readonly stored: Promise<StopStored>;
  /** Where it is kept until then. */
  readonly kept: Promise<FileKept>;
}

interface Waiter {
  readonly id: string;
  readonly resolve: (stored: StopStored) => void;
  readonly reject: (error: RedisRefused) => void;
}

/**
 * Stops this process at once, and stores the stop as soon as Redis takes it. Until then the stop is kept in memory and, where
 * CONTROL_STATE_DIR is set, in a file, with which the next process starts engaged.
 */
@Injectable()
export class StopKeeper implements OnApplicationShutdown {
  readonly #waiters: Waiter[] = [];
  /** Stops whose files are to be removed once a stop is stored or released, oldest first. */
  readonly #files: string[] = [];
  /** Stops of earlier processes. */
  readonly #found = new Set<string>();
  #fileWork: Promise<unknown> = Promise.resolve();
  #attempt: Promise<unknown> = Promise.resolve();
  #isRunning = false;
  #releasing = 0;
  #isClosed = false;
  /** Ends the pause before the next attempt. */
  #wake: () => void = () => undefined;
  #logged = '';

  constructor(
    private readonly fence: ControlFence,
    private readonly control: ControlStore,
    private readonly files: StopFiles,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(OPERATOR_COMMANDS) client: RedisClient,
  ) {
    // When Redis is back, the stop must be there before anything else is claimed.
    client.on('ready', () => this.#wake());
    const found = files.find();
    if (found.length === 0) return;
    logger.error(
      { stops: found },
      'a stop was pressed that Redis did not have yet: this process starts engaged and stores it',
    );
    this.#files.push(...found.map(({ id }) => id));
    for (const stop of found) {
      this.#found.add(stop.id);
      fence.press(stop);
    }
    this.#run();
  }

  /** Stops this process before it returns. */
  press(by: string, reason: string): Pressed {
    const stop: PressedStop = { id: randomUUID(), by, reason, at_ms: Date.now() };
    this.fence.press(stop);
    const stored = new Promise<StopStored>((resolve, reject) => this.#waiters.push({ id: stop.id, resolve, reject }));
    // Whoever does not wait for it is told by the log.
    stored.catch(() => undefined);
    this.#run();
    this.#files.push(stop.id);
    const kept = this.#fileWork.then(() => this.files.keep(stop));
    this.#fileWork = kept;
    return { stop, stored, kept };
  }

  /** Releases with `write`. A stop that was pressed before and is not stored yet is withdrawn once that has succeeded. */
  async release<T>(write: () => Promise<T>): Promise<T> {
    this.#releasing += 1;
    try {
      await this.#attempt;
      const { lastPressed } = this.fence;
      const written = await write();
      if (lastPressed !== undefined) this.#end(lastPressed, 'released');
      return written;
    } finally {
      this.#releasing -= 1;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isClosed = true;
    await this.#fileWork;
  }

  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#untilStored().finally(() => (this.#isRunning = false));
  }

  async #untilStored(): Promise<void> {
    for (let stop = this.fence.pressed; stop !== undefined && !this.#isClosed; stop = this.fence.pressed) {
      if (this.#releasing === 0) {
        const attempt = this.#store(stop);
        this.#attempt = attempt;
        if (await attempt) continue;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, PRESS_AGAIN_MS).unref();
      });
    }
  }

  /** Never rejects. */
  async #store(stop: PressedStop): Promise<boolean> {
    try {
      const state = await this.control.storePressed(stop);
      this.#end(stop, state ?? 'released');
      return true;
    } catch (error) {
      if (isMissingRight(error) && (await this.#isStoredByOthers(stop))) return true;
      const text = error instanceof Error ? error.message : String(error);
      if (text !== this.#logged)
        // Without the error, so that the log of outages does not fold it into the outage of Redis.
        this.logger.error(
          { stop, detail: text },
          'a stop could not be stored: this process stays stopped and tries again',
        );
      this.#logged = text;
      if (error instanceof RedisRefused) for (const { reject } of this.#waiters) reject(error);
      return false;
    }
  }

  /**
   * Where this process may not write the switch: a stop that somebody else stored later holds for all as well, and another process
   * of the deployment may have stored this one, which it found in the same directory.
   */
  async #isStoredByOthers(stop: PressedStop): Promise<boolean> {
    try {
      const { killSwitch } = await this.control.stored();
      const isOurs = [killSwitch?.press_id, killSwitch?.ended_press_id].includes(stop.id);
      const isTaken = this.#found.has(stop.id) && !this.files.has(stop.id);
      if (killSwitch?.engaged !== true && !isOurs && !isTaken) return false;
      this.#end(stop, killSwitch?.engaged === true ? killSwitch : 'released');
      return true;
    } catch (error) {
      this.logger.debug({ err: error }, 'the kill switch cannot be read');
      return false;
    }
  }

  /** Of this stop and of those pressed before it. */
  #end(stop: PressedStop, stored: StopStored): void {
    this.fence.endPress(stop.id);
    this.#logged = '';
    const waiting = this.#waiters.findIndex(({ id }) => id === stop.id);
    for (const { resolve } of this.#waiters.splice(0, waiting + 1)) resolve(stored);
    for (const id of this.#files.splice(0, this.#files.indexOf(stop.id) + 1)) {
      this.#fileWork = this.#fileWork
        .then(() => this.files.remove(id))
        .catch((error: unknown) =>
          this.logger.error({ err: error, id }, 'the file of a stored stop could not be removed'),
        );
    }
  }
}
