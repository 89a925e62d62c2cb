import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { register, type Registry } from 'prom-client';
import { ApplyModule } from './apply/apply.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Environment } from './config/environment.js';
import type { Role } from './config/roles.js';
import { ExchangeModule } from './exchange/exchange.module.js';
import { GovernorModule } from './governor/governor.module.js';
import { PositionBrainModule } from './position-brain/position-brain.module.js';
import { RedisModule } from './redis/redis.module.js';
import { SharedBans } from './redis/stores/shared-bans.js';
import { RuntimeModule } from './runtime/runtime.module.js';
import type { Logger } from './telemetry/logger.js';
import { GateMetrics } from './telemetry/metrics.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';

/** The role → module table: what a process carries out is this and its environment. */
const ROLE_MODULES = {
  apply: ApplyModule,
  'position-brain': PositionBrainModule,
  governor: GovernorModule,
} as const satisfies Record<Role, Type>;

const exchangeHooks = (bans: SharedBans, metrics: GateMetrics): object => ({
  bans,
  onRequest: ({ endpoint, outcome, seconds }: { endpoint: string; outcome: string; seconds: number }) =>
    metrics.exchangeRequestSeconds.observe({ endpoint, outcome }, seconds),
});

/** The roles with everything they stand on; the app is this and its HTTP side. */
@Module({})
export class GateModule {
  static forRoot(environment: Environment, logger: Logger, registry: Registry = register): DynamicModule {
    return {
      module: GateModule,
      imports: [
        ConfigModule.forRoot(environment),
        TelemetryModule.forRoot(environment, logger, registry),
        ScheduleModule.forRoot(),
        RedisModule,
        ExchangeModule.register({ inject: [SharedBans, GateMetrics], useFactory: exchangeHooks }),
        RuntimeModule,
        ...[...environment.roles].map((role) => ROLE_MODULES[role]),
      ],
    };
  }
}
