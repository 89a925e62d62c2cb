import { Inject, Injectable } from '@nestjs/common';
import type { Keys } from '../../redis/keys/keys.js';
import { GROUPS } from '../../redis/keys/groups.js';
import { asRedisError } from '../../redis/connection/redis.errors.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import { COMMANDS, KEYS } from '../../redis/redis.tokens.js';
import { problem, type ProblemException } from '../problem/problem.js';
import { fieldsOf } from '../../redis/streams/stream-entry.js';

export interface ConsumerState {
  readonly name: string;
  readonly pending: number;
  /** Since it last asked for entries. */
  readonly idleMs: number;
}

export interface GroupState {
  readonly group: string;
  /** False while the group does not exist. */
  readonly exists: boolean;
  /** Entries not read yet; `undefined` when Redis does not know. */
  readonly lag: number | undefined;
  readonly pending: number;
  readonly lastDeliveredId: string;
  readonly consumers: readonly ConsumerState[];
}

export interface StreamState {
  readonly stream: string;
  readonly length: number;
  readonly groups: readonly GroupState[];
}

type Row = readonly (string | number | null)[];

const asFields = (row: unknown): Readonly<Record<string, string>> =>
  fieldsOf((row as Row).map((value) => (value === null ? '' : String(value))));

/** How far every consumer group is. */
@Injectable()
export class StreamGroups {
  constructor(
    @Inject(COMMANDS) private readonly client: RedisClient,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** The system's own streams, with the groups that read each. */
  get known(): readonly { readonly stream: string; readonly groups: readonly string[] }[] {
    const { keys } = this;
    return [
      { stream: keys.proposalStream(), groups: [GROUPS.apply] },
      { stream: keys.cellsProposals(), groups: [GROUPS.apply] },
      { stream: keys.planStream(), groups: [GROUPS.p33, GROUPS.governor, GROUPS.apply] },
      { stream: keys.resultStream(), groups: [GROUPS.p33, GROUPS.governor] },
    ];
  }

  /** The key of one of the system's own streams, given as that or by its name without the prefix, that the group reads. Throws 404 otherwise. */
  named(name: string, group: string): string {
    const found = this.known.find(({ stream }) => stream === name || stream.endsWith(`:${name}`));
    if (found === undefined) {
      const names = this.known.map(({ stream }) => stream).join(', ');
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

  async read(): Promise<StreamState[]> {
    try {
      const states = await Promise.all(this.known.map(({ stream, groups }) => this.#stream(stream, groups)));
      // Only where CELLS_FILE is set somebody reads it.
      const isUnused = ({ stream, length, groups }: StreamState): boolean =>
        stream === this.keys.cellsProposals() && length === 0 && groups.every(({ exists }) => !exists);
      return states.filter((state) => !isUnused(state));
    } catch (error) {
      throw asRedisError(error, 'asking about the streams');
    }
  }

  /** The present state of one group of the system's own streams; `undefined` for any other. */
  async group(stream: string, group: string): Promise<GroupState | undefined> {
    const state = (await this.read()).find((each) => each.stream === stream);
    return this.isKnown(stream, group) ? state?.groups.find((each) => each.group === group) : undefined;
  }

  isKnown(stream: string, group: string): boolean {
    return this.known.some((each) => each.stream === stream && each.groups.includes(group));
  }

  async #stream(stream: string, expected: readonly string[]): Promise<StreamState> {
    const [length, rows] = await Promise.all([this.client.xlen(stream), this.#groupRows(stream)]);
    const found = new Map(rows.map((row) => [row['name'] ?? '', row]));
    const names = [...new Set([...expected, ...found.keys()])];
    const groups = await Promise.all(names.map((group) => this.#group(stream, group, found.get(group))));
    return { stream, length, groups };
  }

  async #group(stream: string, group: string, row: Readonly<Record<string, string>> | undefined): Promise<GroupState> {
    if (row === undefined)
      return { group, exists: false, lag: undefined, pending: 0, lastDeliveredId: '', consumers: [] };
    const consumers = ((await this.client.xinfo('CONSUMERS', stream, group)) as unknown[]).map(asFields);
    return {
      group,
      exists: true,
      lag: row['lag'] === undefined || row['lag'] === '' ? undefined : Number(row['lag']),
      pending: Number(row['pending'] ?? '0'),
      lastDeliveredId: row['last-delivered-id'] ?? '',
      consumers: consumers.map((each) => ({
        name: each['name'] ?? '',
        pending: Number(each['pending'] ?? '0'),
        idleMs: Number(each['idle'] ?? '0'),
      })),
    };
  }

  async #groupRows(stream: string): Promise<Readonly<Record<string, string>>[]> {
    try {
      return ((await this.client.xinfo('GROUPS', stream)) as unknown[]).map(asFields);
    } catch (error) {
      if (error instanceof Error && /no such key/i.test(error.message)) return [];
      throw error;
    }
  }
}

/** A name that a caller gave, as an error shows it. */
export const shown = (name: string): string => JSON.stringify(name.slice(0, 64));

export const noGroup = (stream: string, group: string): ProblemException =>
  problem(
    409,
    'group-missing',
    'The group does not exist',
    `${stream} has no group ${group} now; a process with that role creates it again.`,
  );
