import { Inject, Injectable } from '@nestjs/common';
import type { Role } from '../../config/roles.js';
import { GROUP_OF_ROLE } from '../../redis/keys/groups.js';
import type { Keys } from '../../redis/keys/keys.js';
import { KEYS } from '../../redis/redis.tokens.js';
import { Leases } from '../../redis/stores/leases.js';
import { RedisTime } from './redis-time.js';
import { StreamGroups } from './stream-groups.js';

/** A service of another make has no lease; while it lives it reads at least this often. */
const READS_WITHIN_MS = 10_000;
/** The names of processes that ended stay in the group: only the latest are asked about. */
const MOST = 50;

export interface MissingRole {
  readonly role: Role;
  /** When its last process read the plan stream (Redis' clock); `undefined` if none ever did. */
  readonly lastSeenMs: number | undefined;
}

/** The roles that no living process has, on the whole deployment. */
@Injectable()
export class MissingRoles {
  constructor(
    private readonly groups: StreamGroups,
    private readonly leases: Leases,
    private readonly time: RedisTime,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async read(): Promise<MissingRole[]> {
    const [nowMs, streams] = await Promise.all([this.time.nowMs(), this.groups.read()]);
    const groups = streams.find(({ stream }) => stream === this.keys.planStream())?.groups ?? [];
    const roles = Object.entries(GROUP_OF_ROLE) as [Role, string][];
    const found = await Promise.all(
      roles.map(async ([role, group]) => {
        const consumers = groups.find((each) => each.group === group)?.consumers ?? [];
        const latest = consumers.toSorted((a, b) => a.idleMs - b.idleMs).slice(0, MOST);
        const [last] = latest;
        if (last !== undefined && last.idleMs <= READS_WITHIN_MS) return undefined;
        const names = latest.map(({ name }) => (name.startsWith(`${group}-`) ? name.slice(group.length + 1) : name));
        const held = await Promise.all(names.map((instance) => this.leases.isHeld(group, instance)));
        if (held.includes(true)) return undefined;
        return { role, lastSeenMs: last === undefined ? undefined : nowMs - last.idleMs };
      }),
    );
    return found.filter((role) => role !== undefined);
  }
}
