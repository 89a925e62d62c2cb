import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { register, type Registry } from 'prom-client';
import { ApplyModule } from './apply/apply.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Environment } from './config/environment.js';
import type { Role } from './config/roles.js';
import { ExchangeModule } from './exchange/exchange.module.js';
import { GovernorModule } from './governor/governor.module.js';
import { OpsModule } from './ops/ops.module.js';
import { PositionBrainModule } from './position-brain/position-brain.module.js';
import { RedisModule } from './redis/redis.module.js';
import { RuntimeModule } from './runtime/runtime.module.js';
import type { Logger } from './telemetry/logger.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';

/** The switch of ROLES: which module carries out a role. */
const ROLE_MODULES = {
  apply: ApplyModule,
  'position-brain': PositionBrainModule,
  governor: GovernorModule,
} as const satisfies Record<Role, Type>;

/** The roles of this process with everything they stand on. */
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
        ExchangeModule,
        RuntimeModule,
        ...[...environment.roles].map((role) => ROLE_MODULES[role]),
      ],
    };
  }
}

/** The whole process: its roles, and the HTTP side for operators and probes. */
@Module({})
export class AppModule {
  static forRoot(environment: Environment, logger: Logger): DynamicModule {
    return { module: AppModule, imports: [GateModule.forRoot(environment, logger), OpsModule.forRoot(environment)] };
  }
}
