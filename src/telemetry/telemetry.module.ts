import { type DynamicModule, Module } from '@nestjs/common';
import type { Registry } from 'prom-client';
import type { Environment } from '../config/environment.js';
import { GateMetrics } from './metrics.js';
import { LOGGER, type Logger } from './logger.js';

/** The process' one logger and its metrics. */
@Module({})
export class TelemetryModule {
  static forRoot(environment: Environment, logger: Logger, registry: Registry): DynamicModule {
    const symbols = [...environment.applyAllowlist, ...environment.p33Allowlist];
    return {
      module: TelemetryModule,
      global: true,
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: GateMetrics, useValue: new GateMetrics(symbols, registry) },
      ],
      exports: [LOGGER, GateMetrics],
    };
  }
}
