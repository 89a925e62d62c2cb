import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { RedisClient } from '../../redis/connection/redis-clients.js';
import { certificateExpiryMs } from '../../redis/connection/server-certificate.js';
import { COMMANDS } from '../../redis/redis.tokens.js';
import { AddressLimits } from '../../redis/stores/address-limits.js';
import { TokensFile } from '../access/tokens-file.js';
import { RedisHealthCheck } from '../health/redis-health.js';
import { DeploymentReport } from '../system/deployment-report.js';
import { StreamGroups } from '../system/stream-groups.js';
import { type Condition, conditionsOf, type Part } from './conditions.js';
import { NotifyHealth } from './notify-health.js';

/** What holds for the deployment now, as far as it can be read. */
@Injectable()
export class DeploymentLook {
  constructor(
    private readonly report: DeploymentReport,
    private readonly redis: RedisHealthCheck,
    private readonly streams: StreamGroups,
    private readonly addresses: AddressLimits,
    private readonly tokens: TokensFile,
    private readonly environment: Environment,
    private readonly health: NotifyHealth,
    @Inject(COMMANDS) private readonly client: RedisClient,
  ) {}

  async take(
    nowMs: number,
  ): Promise<{ readonly conditions: readonly Condition[]; readonly unread: ReadonlySet<Part> }> {
    const { ok, message } = await this.redis.check();
    const [needs, bannedMs] = await Promise.all([
      this.report.needs(ok ? undefined : message, this.streams.read()),
      this.addresses.remainingMs(),
    ]);
    const conditions = conditionsOf({
      nowMs,
      attention: needs.attention,
      unread: needs.unread,
      instances: needs.instances,
      bannedUntilMs: bannedMs > 0 ? nowMs + bannedMs : 0,
      noPlanMin: this.environment.notifyNoPlanMin,
      tokenExpiresMs: this.tokens.firstExpiryMs,
      certificateExpiresMs: certificateExpiryMs(this.client),
      down: this.health.down,
    });
    return { conditions, unread: needs.unread };
  }
}
