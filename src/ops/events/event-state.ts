import { Injectable } from '@nestjs/common';
import { jsonOrText } from '../../flow/0-json.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import type { EventReading } from '../../redis/streams/event-streams.js';
import { SymbolFaults } from '../health/symbol-faults.js';
import type { StateEvent } from './events.dto.js';
import type { SeenFleet } from './fleet-view.js';

const MOST_PLANS = 500;
const LONGEST = 500;

const shortened = (value: unknown): string => (typeof value === 'string' ? value.slice(0, LONGEST) : '');

/** What is so now, for a client that did not see how it came to be. */
@Injectable()
export class EventState {
  constructor(
    private readonly control: ControlStore,
    private readonly symbols: SymbolFaults,
  ) {}

  async read(reading: EventReading, fleet: SeenFleet, nowMs: number): Promise<StateEvent> {
    const [{ killSwitch, arm, governorDisarm }, plans, holds] = await Promise.all([
      this.control.read(),
      reading.records.open(MOST_PLANS),
      reading.holds(this.symbols.symbols),
    ]);
    return {
      type: 'state',
      at_ms: nowMs,
      kill_switch: killSwitch === undefined ? null : switchOf(killSwitch.engaged, killSwitch),
      arm: arm === undefined ? null : switchOf(arm.armed, arm),
      auto_disarmed: governorDisarm === undefined ? null : shortened(governorDisarm.reason),
      holds: [...holds].map(([symbol, text]) => ({ symbol, reason: reasonIn(text) })),
      open_plans: plans.map(({ planId, symbol, attempt, state }) => ({ plan_id: planId, symbol, attempt, state })),
      instances: fleet.instances,
      missing_roles: fleet.missing_roles,
    };
  }
}

const switchOf = (
  on: boolean,
  { by, reason, at_ms }: { readonly by: string; readonly reason: string; readonly at_ms: number },
) => ({ on, by: shortened(by), reason: shortened(reason), at_ms });

function reasonIn(text: string): string {
  const hold = jsonOrText(text);
  return shortened(hold !== null && typeof hold === 'object' && 'reason' in hold ? hold.reason : text);
}
