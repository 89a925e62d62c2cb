import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ROLES } from '../../config/roles.js';
import { GROUP_OF_ROLE } from '../../redis/keys/groups.js';
import type { Keys } from '../../redis/keys/keys.js';
import { KEYS } from '../../redis/redis.tokens.js';
import { Leases } from '../../redis/stores/leases.js';
import { StreamGroups } from '../system/stream-groups.js';
import type { EventInstance } from './events.dto.js';

/** A service of another make has no lease; while it lives it reads at least this often. */
const READS_WITHIN_MS = 10_000;
/** The names of processes that ended stay in the group: only the latest are asked about. */
const MOST = 50;

/** Who lives, and a digest that changes with it. */
export interface Fleet {
  readonly instances: readonly EventInstance[];
  readonly missing_roles: readonly string[];
  readonly digest: string;
}

/** The living processes of every role, for those who follow the events. */
@Injectable()
export class FleetView {
  constructor(
    private readonly groups: StreamGroups,
    private readonly leases: Leases,
    @Inject(KEYS) private readonly keys: Keys,
  ) {}

  async read(): Promise<Fleet> {
    const streams = await this.groups.read();
    const groups = streams.find(({ stream }) => stream === this.keys.planStream())?.groups ?? [];
    const found = await Promise.all(
      ROLES.flatMap((role) => {
        const group = GROUP_OF_ROLE[role];
        const consumers = groups.find((each) => each.group === group)?.consumers ?? [];
        return consumers
          .toSorted((a, b) => a.idleMs - b.idleMs)
          .slice(0, MOST)
          .map(async ({ name, idleMs }) => {
            const isOurs = name.startsWith(`${group}-`);
            const instance = isOurs ? name.slice(group.length + 1) : name;
            const lives = idleMs <= READS_WITHIN_MS || (await this.leases.isHeld(group, instance));
            return lives ? [{ role, instance }] : [];
          });
      }),
    );
    const instances = found.flat().toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    const digest = createHash('sha256').update(instances.map(key).join('\n')).digest('hex').slice(0, 12);
    return { instances, missing_roles: ROLES.filter((role) => !instances.some((each) => each.role === role)), digest };
  }
}

const key = ({ role, instance }: EventInstance): string => `${role} ${instance}`;
