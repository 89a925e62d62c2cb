import { type DynamicModule, Module } from '@nestjs/common';
import type { Environment } from './config/environment.js';
import { GateModule } from './gate.module.js';
import { OpsModule } from './ops/ops.module.js';
import type { Logger } from './telemetry/logger.js';

/** The whole process: the roles it carries out, and the HTTP side that operators and probes see. */
@Module({})
export class AppModule {
  static forRoot(environment: Environment, logger: Logger): DynamicModule {
    return { module: AppModule, imports: [GateModule.forRoot(environment, logger), OpsModule.forRoot(environment)] };
  }
}
