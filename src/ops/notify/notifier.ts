import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Environment, redactionOf } from '../../config/environment.js';
import { quietHoursIn } from '../../config/quiet-hours.js';
import { RedisUnavailable } from '../../redis/connection/redis.errors.js';
import { type Leading, NotifyStore } from '../../redis/stores/notify-store.js';
import { compareIds } from '../../redis/streams/stream-entry.js';
import { RoleRegistry } from '../../runtime/role-service.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { eventsOf } from '../events/event-of.js';
import { ChannelReconciler } from './channel-reconciler.js';
import { decodeState, encodeState } from './channel-state.js';
import { channelSettings, channelsOf, deploymentName } from './channels/index.js';
import { DeploymentLook } from './deployment-look.js';
import { type Moment, momentOf } from './moments.js';
import type { Line } from './news.js';
import { NotifyHealth } from './notify-health.js';
import { NotifySettings } from './notify-settings.js';
import { RedisOutage } from './outage.js';
import { DeadMansPing } from './ping.js';
import { StandingConditions } from './standing.js';

/** A channel that takes nothing for this long is a fault of its own, which the ping reports. */
const DOWN_MS = 300_000;
const STOP_WITHIN_MS = 3_000;

/**
 * Tells people what needs them. One process of the deployment does, by a lease; each channel by itself (see {@link ChannelReconciler}).
 * Off while no NOTIFY_ channel is set.
 */
@Injectable()
export class Notifier implements OnApplicationBootstrap {
  readonly #channels: readonly ChannelReconciler[];
  readonly #standing = new StandingConditions();
  readonly #outage: RedisOutage;
  readonly #ping: DeadMansPing | undefined;
  readonly #redaction;
  /** The last event that was read; `undefined` while another process tells. */
  #readId: string | undefined;
  #ledLast = false;
  #leader = '';
  #isFullRead = true;
  /** Something happened since the last look. */
  #hasNews = false;
  #nextLookMs = 0;
  #isWell: boolean | undefined;
  #problem = '';
  #running: Promise<void> | undefined;
  readonly #stopping = new AbortController();

  constructor(
    private readonly environment: Environment,
    private readonly store: NotifyStore,
    private readonly deployment: DeploymentLook,
    private readonly health: NotifyHealth,
    private readonly settings: NotifySettings,
    private readonly registry: RoleRegistry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const { notifyPingUrl, notifyQuietHours } = environment;
    this.#redaction = redactionOf(environment);
    this.#outage = new RedisOutage(`${[...environment.roles].join(', ')} ${environment.instanceId}`);
    this.#ping =
      notifyPingUrl === undefined
        ? undefined
        : new DeadMansPing(notifyPingUrl, (error) =>
            this.#outcome('ping', error === undefined ? undefined : said(error)),
          );
    this.#channels = channelsOf(channelSettings(environment)).map(
      (channel) =>
        new ChannelReconciler(channel, {
          everyMs: environment.notifyEverySec * 1000,
          remindMs: environment.notifyRemindMin * 60_000,
          quietHours: notifyQuietHours === undefined ? undefined : quietHoursIn(notifyQuietHours),
          deployment: deploymentName(environment),
          redaction: this.#redaction,
          store: async (name, state) => {
            await store.store(name, encodeState(state));
          },
          onOutcome: (name, why) => this.#outcome(name, why),
        }),
    );
  }

  /** Before the roles start: what keeps them from starting is told too. */
  onApplicationBootstrap(): void {
    if (this.#channels.length === 0 && this.#ping === undefined) return;
    this.health.switchOn();
    this.registry.onStop(() => this.stop());
    this.#running = this.#run();
  }

  /** Whether this process is the one that tells. */
  get leads(): boolean {
    return this.#readId !== undefined;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    const ended = Promise.all(this.#channels.map((each) => each.stop()));
    await Promise.race([ended, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    if (!this.leads) return;
    try {
      await this.store.giveUp();
    } catch (error) {
      this.logger.debug({ err: error }, 'the lease of the messages could not be given up; it ends by itself');
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#beat();
      const pauseMs = this.leads ? (this.#isFullRead ? this.settings.leaderMs : 0) : this.settings.followerMs;
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Never throws: a fault of the messages is no fault of the gate. */
  async #beat(): Promise<void> {
    try {
      const leading = await this.store.lead(this.#readId);
      this.#answers();
      const hasNews = this.#take(leading);
      if (leading.kind !== 'other' && (hasNews || performance.now() >= this.#nextLookMs))
        await this.#look(leading.nowMs);
      this.#problem = '';
    } catch (error) {
      this.#failed(error);
    }
    this.#ping?.judge(this.#judgement());
  }

  /** True where something happened that a look should follow at once. */
  #take(leading: Leading): boolean {
    switch (leading.kind) {
      case 'other':
        if (this.leads) for (const each of this.#channels) each.follow();
        this.#leader = leading.by;
        this.#readId = undefined;
        this.#ledLast = false;
        this.#isWell = undefined;
        return false;
      case 'taken':
        this.#begin(leading);
        return true;
      case 'kept': {
        const moments = leading.entries.flatMap((entry): Moment[] =>
          eventsOf({ ...entry, source: 'control', isTooLarge: false }).flatMap((event) => {
            const isControl = event.type === 'control.changed' || event.type === 'hold.changed';
            return (isControl ? momentOf(entry.id, event) : undefined) ?? [];
          }),
        );
        const readId = leading.lastId ?? this.#readId ?? '0-0';
        this.#readId = readId;
        this.#isFullRead = leading.isComplete;
        for (const each of this.#channels) {
          const { cursor = '0-0' } = each.state ?? {};
          each.happened(
            moments.filter(({ id }) => compareIds(id, cursor) > 0),
            compareIds(readId, cursor) > 0 ? readId : cursor,
          );
        }
        // A page that is not the last is followed by the next; one look is enough for all.
        this.#hasNews ||= moments.length > 0;
        return this.#hasNews && leading.isComplete;
      }
    }
    return leading satisfies never;
  }

  #begin({ lastId, told, nowMs }: Extract<Leading, { kind: 'taken' }>): void {
    this.#standing.forget();
    let first = lastId;
    for (const each of this.#channels) {
      const state = each.lead(decodeState(told[each.name] ?? ''), lastId, nowMs);
      if (compareIds(state.cursor, first) < 0) first = state.cursor;
      const known = [...state.told].map(([key, condition]) => [key, { key, remedy: '', ...condition }] as const);
      this.#standing.remember(known, nowMs);
    }
    this.#readId = first;
    this.#ledLast = true;
    this.#isFullRead = false;
    this.logger.info('this process sends the messages to people');
  }

  async #look(nowMs: number): Promise<void> {
    const { conditions, unread } = await this.deployment.take(nowMs);
    this.#hasNews = false;
    this.#nextLookMs = performance.now() + this.settings.lookMs;
    const standing = this.#standing.look(conditions, unread, nowMs);
    for (const each of this.#channels) each.found({ nowMs, standing, unread });
    this.#isWell = ![...standing.values()].some(({ severity }) => severity === 'critical');
  }

  #failed(error: unknown): void {
    const problem = said(error);
    if (error instanceof RedisUnavailable) {
      this.#isWell = this.#ledLast ? false : undefined;
      const by = this.#ledLast || this.#leader === '' ? '' : `; ${this.#leader} told last`;
      const line = this.#outage.away(performance.now(), this.#ledLast, `${problem}${by}`);
      if (line !== undefined) this.#say(line);
    } else {
      this.#answers();
      this.#isWell = this.leads ? false : undefined;
      if (problem !== this.#problem)
        this.logger.error({ err: error }, 'the deployment could not be looked at for the messages; it is tried again');
    }
    this.#problem = problem;
  }

  /** Redis does. */
  #answers(): void {
    const line = this.#outage.back(performance.now());
    if (line !== undefined) this.#say(line);
  }

  #say(line: Line): void {
    for (const each of this.#channels) each.say(line);
  }

  #judgement(): boolean | undefined {
    const isLongDown = [...this.health.down].some(
      ([channel, { sinceMs }]) => channel !== 'ping' && Date.now() - sinceMs > DOWN_MS,
    );
    return this.#isWell === true && isLongDown ? false : this.#isWell;
  }

  #outcome(channel: string, found: string | undefined): void {
    const why = found === undefined ? undefined : this.#redaction.hide(found);
    const before = this.health.down.get(channel)?.why;
    this.health.note(channel, why);
    if (why !== undefined && why !== before)
      this.logger.warn({ channel, detail: why }, `a message by ${channel} was not accepted; it is tried again`);
    if (why === undefined && before !== undefined) this.logger.info({ channel }, `messages by ${channel} arrive again`);
  }
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
