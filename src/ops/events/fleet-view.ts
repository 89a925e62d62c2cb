import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isLiving } from '../../gates/why/fleet.js';
import { Fleet } from '../fleet/fleet.js';
import type { EventInstance } from './events.dto.js';

/** Who lives, and a digest that changes with it. */
export interface SeenFleet {
  readonly instances: readonly EventInstance[];
  readonly missing_roles: readonly string[];
  readonly digest: string;
}

/** The living processes of every role, for those who follow the events. */
@Injectable()
export class FleetView {
  constructor(private readonly fleet: Fleet) {}

  async read(): Promise<SeenFleet> {
    const { instances: known, missing } = await this.fleet.read();
    const instances = known.filter(isLiving).map(({ role, instance }) => ({ role, instance }));
    const text = instances.map(({ role, instance }) => `${role} ${instance}`).join('\n');
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
    return { instances, missing_roles: missing.map(({ role }) => role), digest };
  }
}
