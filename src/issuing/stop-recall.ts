import { Inject, Injectable } from '@nestjs/common';
import { ISSUER_LABEL } from '../flow/3-permit.js';
import { ControlFence, type StopSeen } from '../redis/stores/control-fence.js';
import { PermitRecall } from '../redis/stores/permit-recall.js';
import type { RoleLoop } from '../runtime/role-runner.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { ISSUER_POLICY, type IssuerPolicy } from './issuer-policy.js';

const EVERY_MS = 250;

/**
 * Takes back the issuer's outstanding permits while the system is stopped: another implementation of Apply looks at permits alone.
 * Permits of dry runs stay while the system is only disarmed. While nothing is stopped this asks Redis nothing.
 */
@Injectable()
export class StopRecall {
  /** The stop for which permits were taken back, and the last event that was read for it. */
  #stop: StopSeen | undefined;
  #last: string | undefined;

  constructor(
    @Inject(ISSUER_POLICY)
    private readonly policy: Pick<IssuerPolicy<never, never, never>, 'issuer' | 'permitTtlMs'>,
    private readonly fence: ControlFence,
    private readonly recall: PermitRecall,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  loop(): RoleLoop {
    return { name: 'permit recall', everyMs: EVERY_MS, run: () => this.look() };
  }

  async look(): Promise<void> {
    const { stopSeen } = this.fence;
    if (stopSeen !== this.#stop) this.#last = undefined;
    this.#stop = stopSeen;
    if (stopSeen === undefined) return;
    const { issuer, permitTtlMs: ttlMs } = this.policy;
    const order = { issuer, ttlMs, after: this.#last, keepsDryRuns: stopSeen === 'disarmed' };
    const { planIds, last } = await this.recall.takeBack(order);
    // A permit that was on its way when the stop came is found by the next look.
    this.#last = last;
    if (planIds.length > 0)
      this.logger.warn(
        { plan_ids: planIds, stop: stopSeen },
        `${ISSUER_LABEL[issuer]}: permits taken back, the system is stopped`,
      );
  }
}
