import { Injectable } from '@nestjs/common';
import { GroupEntries } from '../../redis/streams/group-entries.js';
import { compareIds, type StreamEntry } from '../../redis/streams/stream-entry.js';
import { ReplayOutlook } from '../dead-letters/replay-outlook.js';
import { problem } from '../problem/problem.js';
import { noGroup, StreamGroups } from './stream-groups.js';

/** How many entries are judged at a time, and named in an answer. */
const AT_ONCE = 100;
/** A group that is alive reads on between the look and the skip. */
const MAX_RACES = 5;

export interface SkipOrder {
  readonly name: string;
  readonly group: string;
  /** The id of the last entry to leave behind, or `latest`. */
  readonly to: string;
  /** Also entries that would still change something. */
  readonly force: boolean;
  readonly reason: string;
  readonly actor: string;
}

/** An entry that would still change something, and what. */
export interface LostEntry {
  readonly id: string;
  readonly detail: string;
}

export interface SkippedBacklog {
  readonly stream: string;
  readonly from: string;
  readonly to: string;
  readonly unread: number;
  readonly acknowledged: number;
  readonly lost: readonly LostEntry[];
}

/** Lets a group leave a backlog behind. */
@Injectable()
export class BacklogSkip {
  constructor(
    private readonly groups: StreamGroups,
    private readonly entries: GroupEntries,
    private readonly outlook: ReplayOutlook,
  ) {}

  async carryOut(order: SkipOrder): Promise<SkippedBacklog> {
    const { group, to, reason, actor } = order;
    const stream = this.groups.named(order.name, group);
    for (let races = 0; races < MAX_RACES; races += 1) {
      const state = await this.groups.group(stream, group);
      if (state?.exists !== true) throw noGroup(stream, group);
      const seen = state.lastDeliveredId;
      if (to !== 'latest' && compareIds(to, seen) < 0) throw isBehind(stream, group, to, seen);
      const backlog = await this.entries.backlog(stream, group, seen, to === 'latest' ? undefined : to);
      if (backlog === undefined) throw noGroup(stream, group);
      const target = compareIds(backlog.to, seen) < 0 ? seen : backlog.to;
      const lost = await this.#lost(stream, group, backlog.unread, backlog.pendingIds);
      if (lost.length > 0 && !order.force) throw wouldLose(stream, group, lost);
      const skipped = await this.entries.skip({ stream, group, seen, to: target, reason, actor });
      if (skipped.kind === 'no_group') throw noGroup(stream, group);
      if (skipped.kind === 'skipped')
        return {
          stream,
          from: seen,
          to: target,
          unread: backlog.unreadCount,
          acknowledged: skipped.acknowledged,
          lost: lost.slice(0, AT_ONCE),
        };
    }
    throw problem(
      409,
      'group-reads-on',
      'The group reads on',
      `The group ${group} of ${stream} reads its backlog at this moment. Name an entry further ahead, or let it read.`,
    );
  }

  /** Of the unread entries and of those that were read and not acknowledged. */
  async #lost(
    stream: string,
    group: string,
    unread: readonly StreamEntry[],
    pendingIds: readonly string[],
  ): Promise<LostEntry[]> {
    const lost: LostEntry[] = [];
    const all = [...(await this.entries.read(stream, pendingIds)), ...unread];
    for (let at = 0; at < all.length; at += AT_ONCE) {
      const judged = await Promise.all(
        all.slice(at, at + AT_ONCE).map(async ({ id, fields }) => ({
          id,
          ...(await this.outlook.of({ stream, group, entryId: id }, fields)),
        })),
      );
      lost.push(...judged.filter(({ effect }) => effect === 'possible').map(({ id, detail }) => ({ id, detail })));
    }
    return lost;
  }
}

function isBehind(stream: string, group: string, to: string, seen: string): Error {
  return problem(
    409,
    'already-read',
    'The group has read further',
    `The group ${group} of ${stream} has read up to ${seen}, which is after ${to}. A group is never set back.`,
    { last_delivered_id: seen },
  );
}

function wouldLose(stream: string, group: string, lost: readonly LostEntry[]): Error {
  const [first] = lost;
  return problem(
    409,
    'backlog-matters',
    'The backlog would still change something',
    `${lost.length} of the entries that the group ${group} of ${stream} would leave behind still have an effect, such as ${first?.id ?? ''}: ${first?.detail ?? ''}. Let the group read them, or repeat the call with force, and reconcile the symbols afterwards.`,
    { count: lost.length, entries: lost.slice(0, AT_ONCE) },
  );
}
