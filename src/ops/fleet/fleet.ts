import { Inject, Injectable } from '@nestjs/common';
import { type Role, ROLES } from '../../config/roles.js';
import { differencesOf, type Difference, type Instance, isLiving, type Unserved } from '../../gates/why/fleet.js';
import { GROUP_OF_ROLE } from '../../redis/keys/groups.js';
import type { Keys } from '../../redis/keys/keys.js';
import { KEYS } from '../../redis/redis.tokens.js';
import { FLEET_KEEP_MS } from '../../redis/stores/lease-keeper.js';
import { Leases, type Said } from '../../redis/stores/leases.js';
import { RedisTime } from '../system/redis-time.js';
import { type ConsumerState, type GroupState, StreamGroups, type StreamState } from '../system/stream-groups.js';

/** A service of another make has no lease; while it lives it reads at least this often. */
const READS_WITHIN_MS = 10_000;
/** The names of processes that ended stay in the group: only the latest are asked about. */
const MOST = 50;

export interface MissingRole {
  readonly role: Role;
  /** When its last process was seen (Redis' clock); `undefined` if none ever was. */
  readonly lastSeenMs: number | undefined;
}

/**
 * Whether a consumer lives. `alive` and `dead`: a process of ours with or without its lease. `reading` and `silent`: without a lease, and
 * has read lately or not; a service of another make, or a process of ours that ended more than ten minutes ago.
 */
export const LIVES = ['alive', 'dead', 'reading', 'silent'] as const;
export type Life = (typeof LIVES)[number];

/** Every process of a deployment, as Redis knows them. */
export interface FleetState {
  readonly nowMs: number;
  /** By role and name. */
  readonly instances: readonly Instance[];
  /** Roles that no living process has. */
  readonly missing: readonly MissingRole[];
  readonly differences: readonly Difference[];
}

/** Reads which processes the deployment has: any of them can answer, whatever roles it runs itself. */
@Injectable()
export class Fleet {
  constructor(
    private readonly groups: StreamGroups,
    private readonly leases: Leases,
    private readonly time: RedisTime,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  /** `read`: the streams, where the caller has asked for them. */
  async read(read: Promise<readonly StreamState[]> = this.groups.read()): Promise<FleetState> {
    const [nowMs, streams] = await Promise.all([this.time.nowMs(), read]);
    const plans = streams.find(({ stream }) => stream === this.keys.planStream());
    const found = await Promise.all(ROLES.map((role) => this.#role(role, plans, nowMs)));
    const instances = found.flatMap(({ instances: of }) => of);
    const missing = found.flatMap(({ missing: role }) => (role === undefined ? [] : [role]));
    return { nowMs, instances, missing, differences: differencesOf(instances) };
  }

  async #role(
    role: Role,
    plans: StreamState | undefined,
    nowMs: number,
  ): Promise<{ readonly instances: readonly Instance[]; readonly missing: MissingRole | undefined }> {
    const group = GROUP_OF_ROLE[role];
    const consumers = plans?.groups.find((each) => each.group === group)?.consumers ?? [];
    const latest = consumers.toSorted((a, b) => a.idleMs - b.idleMs).slice(0, MOST);
    const byName = new Map(latest.map((consumer) => [instanceOf(group, consumer.name), consumer]));
    const said = await this.leases.said(group);
    const held = await this.held(group, new Set([...said.keys(), ...byName.keys()]));
    const all = [...held].map(([instance, isHeld]) =>
      instanceFrom({ role, group, instance, isHeld, said: said.get(instance), consumer: byName.get(instance), nowMs }),
    );
    const lastSeenMs = all.length === 0 ? undefined : Math.max(...all.map(({ seenMs }) => seenMs));
    return {
      // A name that nobody has used for long tells nothing.
      instances: all
        .filter((each) => isLiving(each) || nowMs - each.seenMs <= FLEET_KEEP_MS)
        .toSorted((a, b) => (a.instance < b.instance ? -1 : 1)),
      missing: all.some(isLiving) ? undefined : { role, lastSeenMs },
    };
  }

  /** Which consumers of a group live: by their leases, and where they have none by when they read. */
  async livesOf({ group, consumers }: Pick<GroupState, 'group' | 'consumers'>): Promise<ReadonlyMap<string, Life>> {
    const names = consumers.map(({ name }) => instanceOf(group, name));
    const [said, held] = await Promise.all([this.leases.said(group), this.held(group, names)]);
    const lives = consumers.map(({ name, idleMs }): readonly [string, Life] => {
      const instance = instanceOf(group, name);
      if (held.get(instance) === true) return [name, 'alive'];
      if (said.has(instance)) return [name, 'dead'];
      return [name, idleMs <= READS_WITHIN_MS ? 'reading' : 'silent'];
    });
    return new Map(lives);
  }

  /** Which of these instances hold the lease of their name. */
  async held(group: string, instances: Iterable<string>): Promise<ReadonlyMap<string, boolean>> {
    const names = [...instances];
    const held = await Promise.all(names.map((instance) => this.leases.isHeld(group, instance)));
    return new Map(names.map((name, at) => [name, held[at] === true]));
  }
}

/** A consumer of ours is named `<group>-<INSTANCE_ID>`. */
const instanceOf = (group: string, consumer: string): string =>
  consumer.startsWith(`${group}-`) ? consumer.slice(group.length + 1) : consumer;

interface Found {
  readonly role: Role;
  readonly group: string;
  readonly instance: string;
  readonly isHeld: boolean;
  readonly said: Said | undefined;
  readonly consumer: ConsumerState | undefined;
  readonly nowMs: number;
}

function instanceFrom({ role, group, instance, isHeld, said, consumer, nowMs }: Found): Instance {
  const about = said?.about ?? {};
  const faults = Array.isArray(about['faults']) ? about['faults'].map(String) : [];
  const readMs = consumer === undefined ? 0 : nowMs - consumer.idleMs;
  return {
    role,
    group,
    instance: said === undefined && !isHeld ? (consumer?.name ?? instance) : instance,
    state: stateOf(isHeld, said, faults, consumer),
    seenMs: said?.atMs ?? (isHeld ? nowMs : readMs),
    faults,
    version: textIn(about['version']),
    commit: textIn(about['commit']),
    configuration: textIn(about['configuration']),
    configurationParts: partsIn(about['configuration_parts']),
    mode: textIn(about['mode']),
    startedMs: numberIn(about['started_ms']),
    host: textIn(about['host']),
    pid: numberIn(about['pid']),
    unserved: unservedIn(about['unserved']),
  };
}

function stateOf(
  isHeld: boolean,
  said: Said | undefined,
  faults: readonly string[],
  consumer: ConsumerState | undefined,
): Instance['state'] {
  if (isHeld) return said === undefined ? 'alive' : faults.length === 0 ? 'ready' : 'not_ready';
  if (said !== undefined) return said.about['ended'] === true ? 'ended' : 'gone';
  return consumer !== undefined && consumer.idleMs <= READS_WITHIN_MS ? 'reading' : 'silent';
}

const textIn = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const numberIn = (value: unknown): number | undefined => (Number.isFinite(value) ? Number(value) : undefined);

function partsIn(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, digest]) => [name, String(digest)]));
}

function unservedIn(value: unknown): Unserved[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => {
    if (!Array.isArray(each)) return [];
    const [symbol, sec, why] = each as unknown[];
    return typeof symbol === 'string' && typeof sec === 'number' ? [{ symbol, sec, why: textIn(why) ?? '' }] : [];
  });
}
