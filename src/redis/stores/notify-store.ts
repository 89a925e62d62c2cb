import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { Keys } from '../keys/keys.js';
import { KEYS } from '../redis.tokens.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { fieldsOf, readMeasured, type StreamEntry } from '../streams/stream-entry.js';
import { LeaseKeeper } from './lease-keeper.js';

/** Longer than a look at the deployment takes; a successor speaks at most this long after a killed process. */
const LEASE_MS = 10_000;
const KEEP_MS = 30 * 86_400_000;
/** In one reply, which shares the connection with plans. */
const PAGE = 50;
const LARGEST_BYTES = 4_096;

export type Leading =
  /** `isComplete`: there are no more events. */
  | {
      readonly kind: 'kept';
      readonly nowMs: number;
      readonly entries: readonly StreamEntry[];
      readonly lastId: string | undefined;
      readonly isComplete: boolean;
    }
  | {
      readonly kind: 'taken';
      readonly nowMs: number;
      readonly lastId: string;
      readonly told: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'other'; readonly by: string };

/** Which process sends the messages to people, and what they were told. */
@Injectable()
export class NotifyStore {
  constructor(
    private readonly runner: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly environment: Environment,
    private readonly process: LeaseKeeper,
  ) {}

  /** Renews the lease and reads the control events after `afterId`; `undefined` for a process that does not have it. */
  async lead(afterId: string | undefined): Promise<Leading> {
    const { word, values } = await this.#lease(LEASE_MS, afterId ?? '');
    const [now, second, third] = values;
    const nowMs = Number(now);
    switch (word) {
      case 'kept': {
        const { entries, ids } = readMeasured(second);
        return { kind: 'kept', nowMs, entries, lastId: ids.at(-1), isComplete: ids.length < PAGE };
      }
      case 'taken':
        return { kind: 'taken', nowMs, lastId: String(second), told: fieldsOf(third as readonly string[]) };
      case 'other':
        return { kind: 'other', by: String(second) };
      case 'given_up':
        throw new Error('the lease of the messages was given up');
    }
    return word satisfies never;
  }

  async giveUp(): Promise<void> {
    await this.#lease(0, '');
  }

  /** False where this process does not send the messages any more. */
  async store(channel: string, told: string): Promise<boolean> {
    const { keys, process } = this;
    const named = { notifyLeader: keys.notifyLeader(), notifyTold: keys.notifyTold() };
    const args = { token: process.token, channel, told, keepMs: KEEP_MS };
    return (await this.runner.run('store_told', named, args)).word === 'stored';
  }

  #lease(ttlMs: number, after: string) {
    const { keys, process, environment } = this;
    return this.runner.run(
      'lead_notifier',
      {
        notifyLeader: keys.notifyLeader(),
        governorEvents: keys.governorEvents(),
        notifyTold: keys.notifyTold(),
      },
      {
        token: process.token,
        instance: environment.instanceId,
        ttlMs,
        after,
        count: PAGE,
        mostBytes: LARGEST_BYTES,
      },
    );
  }
}
