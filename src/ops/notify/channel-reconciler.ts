import type { Redaction } from '../../flow/0-outside-text.js';
import { isQuiet, type QuietHours } from '../../config/quiet-hours.js';
import { compareIds } from '../../redis/streams/stream-entry.js';
import { type ChannelState, newState } from './channel-state.js';
import { type Channel, Undelivered } from './channels/channel.js';
import type { Part } from './conditions.js';
import { messageOf } from './message.js';
import type { Moment } from './moments.js';
import { type Line, newsOf } from './news.js';
import type { Standing } from './standing.js';

const SEND_TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 300_000;
/** Beyond, the oldest events are left out: a message shows a dozen lines. */
const MOST_MOMENTS = 2_000;

/** What one look found, for every channel. */
export interface Look {
  /** By Redis' clock. */
  readonly nowMs: number;
  readonly standing: ReadonlyMap<string, Standing>;
  readonly unread: ReadonlySet<Part>;
}

export interface ReconcilerOptions {
  readonly everyMs: number;
  readonly remindMs: number;
  readonly quietHours: QuietHours | undefined;
  readonly deployment: string;
  readonly redaction: Redaction;
  /** Keeps what the channel was told; its failure is told by throwing. */
  readonly store: (channel: string, state: ChannelState) => Promise<void>;
  /** `undefined`: a message was accepted. */
  readonly onOutcome: (channel: string, why: string | undefined) => void;
}

/**
 * Brings one channel to where the deployment is: what it was told is compared with what holds, and the difference is one message. What was
 * told is stored only when the channel has accepted it. It waits for nobody, and nobody waits for it.
 */
export class ChannelReconciler {
  #state: ChannelState | undefined;
  #isStored = true;
  #look: Look | undefined;
  #moments: Moment[] = [];
  #readId = '0-0';
  /** What is said without Redis. */
  #own: Line[] = [];
  #failures = 0;
  #notBeforeMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;
  #isStopping = false;

  constructor(
    private readonly channel: Channel,
    private readonly options: ReconcilerOptions,
  ) {}

  get name(): string {
    return this.channel.name;
  }

  /** What the person who reads the channel knows; `undefined` while another process tells. */
  get state(): ChannelState | undefined {
    return this.#state;
  }

  /** This process tells from now on. Without a stored state the person knows nothing, and events from before are no news. */
  lead(stored: ChannelState | undefined, lastId: string, nowMs: number): ChannelState {
    // What was told while Redis was away is known here alone.
    const known = this.#isStored ? stored : (this.#state ?? stored);
    const isOther = known !== undefined && compareIds(known.cursor, lastId) > 0;
    const state = known === undefined ? newState(lastId) : isOther ? { ...known, cursor: lastId, beyond: [] } : known;
    this.#state = state;
    this.#isStored = state === stored;
    this.#readId = state.cursor;
    this.#moments = [];
    this.#look = undefined;
    this.#wait(this.options.everyMs - Math.max(0, nowMs - state.sentMs));
    return state;
  }

  follow(): void {
    this.#state = undefined;
    this.#look = undefined;
    this.#moments = [];
  }

  /** Events up to `readId`, of those after the cursor. */
  happened(moments: readonly Moment[], readId: string): void {
    this.#moments = [...this.#moments, ...moments].slice(-MOST_MOMENTS);
    this.#readId = readId;
  }

  found(look: Look): void {
    this.#look = look;
    this.#kick();
  }

  /** A line that leaves without Redis, by whichever process. */
  say(line: Line): void {
    this.#own.push(line);
    this.#kick();
  }

  /** Sends nothing more; what is on its way may arrive. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#underWay;
  }

  #wait(ms: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, performance.now() + Math.max(0, ms));
  }

  #kick(): void {
    if (this.#underWay !== undefined || this.#isStopping) return;
    clearTimeout(this.#timer);
    const waitMs = this.#notBeforeMs - performance.now();
    if (waitMs > 0) this.#timer = setTimeout(() => this.#kick(), waitMs).unref();
    else {
      const look = this.#look;
      this.#underWay = this.#round().finally(() => {
        this.#underWay = undefined;
        if (this.#own.length > 0 || this.#look !== look) this.#kick();
      });
    }
  }

  async #round(): Promise<void> {
    const { options } = this;
    const [before, look, own, readId] = [this.#state, this.#look, [...this.#own], this.#readId];
    const news =
      before === undefined || look === undefined
        ? undefined
        : newsOf(before, {
            ...look,
            // A channel is not told of itself.
            standing: new Map([...look.standing].filter(([key]) => key !== `channel_down:${this.name}`)),
            moments: this.#moments,
            readId,
            remindMs: options.remindMs,
            isQuiet: options.quietHours !== undefined && isQuiet(options.quietHours, look.nowMs),
          });
    const lines = [...own, ...(news?.lines ?? [])];
    if (lines.length > 0 && !(await this.#send(lines))) return;
    this.#own.splice(0, own.length);
    // Meanwhile another process may have begun to tell, or this one anew.
    if (news === undefined || this.#state !== before) return;
    this.#moments = [...news.held, ...this.#moments.filter(({ id }) => compareIds(id, readId) > 0)];
    this.#isStored &&= lines.length === 0 && news.after.cursor === before?.cursor;
    this.#state = news.after;
    if (!this.#isStored) await this.#store(news.after);
  }

  async #send(lines: readonly Line[]): Promise<boolean> {
    const { channel, options } = this;
    const message = messageOf(lines, options.deployment, options.redaction);
    try {
      await channel.send(message, AbortSignal.timeout(SEND_TIMEOUT_MS));
    } catch (error) {
      const why = options.redaction.hide(error instanceof Error ? error.message : String(error));
      const backOffMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
      this.#failures += 1;
      this.#wait(Math.max(backOffMs, (error instanceof Undelivered ? error.retryAfterMs : undefined) ?? 0));
      options.onOutcome(channel.name, why);
      return false;
    }
    this.#failures = 0;
    this.#wait(options.everyMs);
    options.onOutcome(channel.name, undefined);
    return true;
  }

  async #store(state: ChannelState): Promise<void> {
    try {
      await this.options.store(this.name, state);
      this.#isStored = true;
    } catch {
      // Tried again with the next look: the person knows it already.
      this.#isStored = false;
    }
  }
}
