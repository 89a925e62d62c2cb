import { Inject, Injectable } from '@nestjs/common';
import { ControlFence } from './control-fence.js';
import type { Keys } from '../keys/keys.js';
import type { ScriptRunner } from '../scripts/script-runner.js';
import type { Stopped } from './verdicts.js';
import { KEYS, OPERATOR_SCRIPTS } from '../redis.tokens.js';

const TTL_MS = 60_000;
const EVENTS_MAX_LEN = 10_000;

/** `exists`: the attempt already has a permit of the Governor. */
export type PermitWritten = 'written' | 'closed' | 'expired' | 'exists' | Stopped;

/** Writes a Governor permit for an operator, through the operators' connection. */
@Injectable()
export class ManualPermits {
  constructor(
    @Inject(OPERATOR_SCRIPTS) private readonly writer: ScriptRunner,
    @Inject(KEYS) private readonly keys: Keys,
    private readonly fence: ControlFence,
  ) {}

  /** The permit is bound to one attempt, reserves no limits and is reported as manual. */
  async writeGovernor(planId: string, attempt: number, by: string, reason: string): Promise<PermitWritten> {
    const { keys } = this;
    const { word } = await this.writer.run(
      'write_permit',
      {
        journal: keys.journal(planId),
        governorPermit: keys.governorPermit(planId),
        permitEvents: keys.permitEvents(),
        trace: keys.trace(planId),
        killSwitch: keys.killSwitch(),
        arm: keys.arm(),
        governorDisarm: keys.governorDisarm(),
      },
      {
        planId,
        attempt,
        permit: JSON.stringify({ granted: true, plan_id: planId, attempt }),
        ttlMs: TTL_MS,
        eventsMaxLen: EVENTS_MAX_LEN,
        by,
        reason,
        lastSeenKillSeq: this.fence.lastSeenKillSeq,
        lastSeenDisarmSeq: this.fence.lastSeenDisarmSeq,
      },
    );
    return word;
  }
}
