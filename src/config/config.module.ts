import { Module, type DynamicModule } from '@nestjs/common';
import { Environment } from './environment.js';
import { SymbolSettings } from './symbols/symbol-settings.js';

/** Provides the checked configuration to every module, by its class. */
@Module({})
export class ConfigModule {
  static forRoot(environment: Environment): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: Environment, useValue: environment }, SymbolSettings],
      exports: [Environment, SymbolSettings],
    };
  }
}
