import { Injectable } from '@nestjs/common';
import { GroupEntries } from '../../redis/streams/group-entries.js';
import { Fleet, type Life } from '../fleet/fleet.js';
import { problem } from '../problem/problem.js';
import { type ConsumerState, type GroupState, noGroup, shown, StreamGroups } from './stream-groups.js';

export interface ClaimOrder {
  /** A stream's key, or its name without the prefix. */
  readonly name: string;
  readonly group: string;
  /**
   * A consumer without a lease that has not read for this long counts as dead, and loses entries that are idle for as long. One of our
   * processes counts as dead as soon as its lease is gone, and never before.
   */
  readonly minIdleMs: number;
  /** Only this consumer; all silent consumers when it is absent. */
  readonly consumer: string | undefined;
}

interface Claimed {
  readonly stream: string;
  readonly group: string;
  /** The consumer that got them; any live consumer of the group takes them over. `null` where there was nothing to move. */
  readonly to: string | null;
  readonly entries: readonly { readonly id: string; readonly from: string }[];
  readonly goneCount: number;
  readonly more: boolean;
  /** What dead consumers held before. */
  readonly held: readonly { readonly consumer: string; readonly pending: number }[];
}

/** Moves the entries of dead consumers to live consumers of this deployment. Never moves an entry of a live consumer. */
@Injectable()
export class SilentConsumers {
  constructor(
    private readonly groups: StreamGroups,
    private readonly entries: GroupEntries,
    private readonly fleet: Fleet,
  ) {}

  async claim(order: ClaimOrder): Promise<Claimed> {
    const stream = this.groups.named(order.name, order.group);
    const state = await this.groups.group(stream, order.group);
    if (state?.exists !== true) throw noGroup(stream, order.group);
    const lives = await this.fleet.livesOf(state);
    const dead = deadOf(state, lives, order);
    const held = dead.map(({ name, pending }) => ({ consumer: name, pending }));
    if (dead.length === 0)
      return { stream, group: order.group, to: null, entries: [], goneCount: 0, more: false, held };
    const to = liveliest(state, lives, order.minIdleMs);
    const claimed = { stream, group: order.group, to: to.name, entries: [] as { id: string; from: string }[] };
    let goneCount = 0;
    let more = false;
    for (const { name: from } of dead) {
      const minIdleMs = lives.get(from) === 'dead' ? 0 : order.minIdleMs;
      const handed = await this.entries.handOver({ ...claimed, from, minIdleMs });
      if (handed.kind === 'no_group') throw noGroup(stream, order.group);
      claimed.entries.push(...handed.ids.map((id) => ({ id, from })));
      goneCount += handed.goneCount;
      more ||= handed.more;
    }
    return { ...claimed, goneCount, more, held };
  }
}

type Lives = ReadonlyMap<string, Life>;

/** One that holds its lease; otherwise one that has read lately. */
function liveliest({ consumers, group }: GroupState, lives: Lives, minIdleMs: number): ConsumerState {
  const byIdle = consumers.toSorted((a, b) => a.idleMs - b.idleMs);
  const alive = byIdle.find(({ name }) => lives.get(name) === 'alive');
  const live = alive ?? byIdle.find(({ name, idleMs }) => lives.get(name) !== 'dead' && idleMs < minIdleMs);
  if (live !== undefined) return live;
  throw problem(
    409,
    'no-live-consumer',
    'The group has no live consumer',
    `No consumer of the group ${group} holds a lease or has read in the last ${minIdleMs} ms. Start a process with that role: it takes over entries that are idle for 15 s.`,
  );
}

/** Dead ones with entries. */
function deadOf({ consumers, group }: GroupState, lives: Lives, order: ClaimOrder): readonly ConsumerState[] {
  const { consumer, minIdleMs } = order;
  const isDead = ({ name, idleMs }: ConsumerState): boolean =>
    lives.get(name) === 'dead' || (lives.get(name) !== 'alive' && idleMs >= minIdleMs);
  if (consumer === undefined) return consumers.filter((each) => each.pending > 0 && isDead(each));
  const named = consumers.find(({ name }) => name === consumer);
  if (named === undefined)
    throw problem(
      404,
      'consumer-unknown',
      'There is no such consumer',
      `${shown(consumer)} is not a consumer of the group ${group} (${consumers.map(({ name }) => name).join(', ')}).`,
    );
  if (isDead(named)) return named.pending > 0 ? [named] : [];
  const because = lives.get(consumer) === 'alive' ? 'holds its lease' : `read ${named.idleMs} ms ago`;
  throw problem(
    409,
    'consumer-alive',
    'The consumer is alive',
    `${consumer} ${because}: its entries are being handled.`,
    { idle_ms: named.idleMs },
  );
}
