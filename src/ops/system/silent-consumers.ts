import { Injectable } from '@nestjs/common';
import { GroupEntries } from '../../redis/streams/group-entries.js';
import { problem } from '../problem/problem.js';
import { type ConsumerState, type GroupState, StreamGroups } from './stream-groups.js';

export interface ClaimOrder {
  /** A stream's key, or its name without the prefix. */
  readonly name: string;
  readonly group: string;
  /** Consumers that have not read for this long count as dead; only entries idle for this long are moved. */
  readonly minIdleMs: number;
  /** Only this consumer; all silent consumers when it is absent. */
  readonly consumer: string | undefined;
}

interface Claimed {
  readonly stream: string;
  readonly group: string;
  /** The consumer that got them; any live consumer of the group takes them over. */
  readonly to: string;
  readonly entries: readonly { readonly id: string; readonly from: string }[];
  readonly goneCount: number;
  readonly more: boolean;
}

/** Moves the entries of dead consumers to live consumers of this deployment. Never moves an entry of a live consumer. */
@Injectable()
export class SilentConsumers {
  constructor(
    private readonly groups: StreamGroups,
    private readonly entries: GroupEntries,
  ) {}

  async claim(order: ClaimOrder): Promise<Claimed> {
    const stream = this.#known(order);
    const state = await this.groups.group(stream, order.group);
    if (state?.exists !== true) throw noGroup(stream, order.group);
    const to = liveliest(state, order.minIdleMs);
    const claimed = { stream, group: order.group, to: to.name, entries: [] as { id: string; from: string }[] };
    let goneCount = 0;
    let more = false;
    for (const { name: from } of silent(state, order)) {
      const handed = await this.entries.handOver({ ...claimed, from, minIdleMs: order.minIdleMs });
      if (handed.kind === 'no_group') throw noGroup(stream, order.group);
      claimed.entries.push(...handed.ids.map((id) => ({ id, from })));
      goneCount += handed.goneCount;
      more ||= handed.more;
    }
    return { ...claimed, goneCount, more };
  }

  /** The key of one of the system's own streams. Throws 404 otherwise. */
  #known({ name, group }: ClaimOrder): string {
    const found = this.groups.known.find(({ stream }) => stream === name || stream.endsWith(`:${name}`));
    if (found === undefined) {
      const names = this.groups.known.map(({ stream }) => stream).join(', ');
      throw problem(404, 'stream-unknown', 'There is no such stream', `${shown(name)} is none of ${names}.`);
    }
    if (found.groups.includes(group)) return found.stream;
    throw problem(
      404,
      'group-unknown',
      'There is no such group',
      `${shown(group)} does not read ${found.stream}; ${found.groups.join(', ')} do.`,
    );
  }
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 64));

const noGroup = (stream: string, group: string): Error =>
  problem(
    409,
    'group-missing',
    'The group does not exist',
    `${stream} has no group ${group} now; a process with that role creates it again.`,
  );

/** A live consumer is active at least every 6 s: Redis 7.0 does not count a read that returned nothing. */
function liveliest({ consumers, group }: GroupState, minIdleMs: number): ConsumerState {
  const live = consumers.filter(({ idleMs }) => idleMs < minIdleMs).toSorted((a, b) => a.idleMs - b.idleMs)[0];
  if (live !== undefined) return live;
  throw problem(
    409,
    'no-live-consumer',
    'The group has no live consumer',
    `No consumer of the group ${group} has read in the last ${minIdleMs} ms. Start a process with that role: it takes over entries that are idle for 15 s.`,
  );
}

function silent({ consumers, group }: GroupState, { consumer, minIdleMs }: ClaimOrder): readonly ConsumerState[] {
  if (consumer === undefined) return consumers.filter(({ idleMs, pending }) => pending > 0 && idleMs >= minIdleMs);
  const named = consumers.find(({ name }) => name === consumer);
  if (named === undefined)
    throw problem(
      404,
      'consumer-unknown',
      'There is no such consumer',
      `${shown(consumer)} is not a consumer of the group ${group} (${consumers.map(({ name }) => name).join(', ')}).`,
    );
  if (named.idleMs >= minIdleMs) return [named];
  throw problem(
    409,
    'consumer-alive',
    'The consumer is alive',
    `${consumer} read ${named.idleMs} ms ago: its entries are being handled.`,
    { idle_ms: named.idleMs },
  );
}
