import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Role } from '../../config/roles.js';
import { type Instance, instanceText, isOurs } from '../../gates/why/fleet.js';
import { missingRoles } from '../../gates/why/surroundings.js';
import { Needs } from '../access/caller.js';
import { Fleet, type FleetState } from './fleet.js';
import { FleetAnswer, type InstanceAnswer } from './fleet.dto.js';

/** A process that is gone, or cannot do its work. */
const FAULTY: ReadonlySet<Instance['state']> = new Set(['not_ready', 'gone']);

@ApiTags('system')
@ApiBearerAuth()
@Controller('api/v1/fleet')
export class FleetController {
  constructor(private readonly fleet: Fleet) {}

  @Get()
  @Needs('viewer')
  @ApiOperation({
    summary: 'Every process of every role: what it runs, whether it is ready, and the roles that are missing',
  })
  @ApiOkResponse({ type: FleetAnswer })
  async readFleet(): Promise<FleetAnswer> {
    return fleetAnswer(await this.fleet.read());
  }
}

export function fleetAnswer({ nowMs, instances, missing, differences }: FleetState): FleetAnswer {
  const shown = instances.map((instance): InstanceAnswer => {
    const difference = differences.find((each) => each.instance === instance);
    return {
      role: instance.role as Role,
      instance: instance.instance,
      state: instance.state,
      text: instanceText(instance, nowMs),
      ours: isOurs(instance),
      faults: instance.faults,
      seen_ms: instance.seenMs,
      started_ms: instance.startedMs ?? null,
      version: instance.version ?? null,
      commit: instance.commit ?? null,
      configuration: instance.configuration ?? null,
      mode: instance.mode ?? null,
      host: instance.host ?? null,
      pid: instance.pid ?? null,
      differs: difference?.in ?? [],
      differs_in: difference?.parts ?? [],
    };
  });
  return {
    at_ms: nowMs,
    complete: missing.length === 0 && !instances.some(({ state }) => FAULTY.has(state)),
    instances: shown,
    missing: missing.map(({ role, lastSeenMs }) => {
      const [blocker] = missingRoles({ missingRoles: [{ role, lastSeenMs }] });
      return { role, last_seen_ms: lastSeenMs ?? null, text: blocker?.text ?? '', remedy: blocker?.remedy ?? '' };
    }),
  };
}
