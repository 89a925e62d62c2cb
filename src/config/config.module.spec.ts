import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { ConfigModule } from './config.module.js';
import { Environment } from './environment.js';
import { SymbolSettings } from './symbols/symbol-settings.js';

class OtherModule {}
Module({
  providers: [
    {
      provide: 'limit',
      inject: [Environment, SymbolSettings],
      useFactory: (environment: Environment, settings: SymbolSettings) => ({
        environment,
        perHour: settings.forSymbol('BTCUSDT').maxExecPerHour,
      }),
    },
  ],
})(OtherModule);

it('gives every module the configuration and the per-symbol values by their classes', async () => {
  const environment = new Environment();
  const moduleRef = await Test.createTestingModule({
    imports: [ConfigModule.forRoot(environment), OtherModule],
  }).compile();
  expect(moduleRef.get('limit', { strict: false })).toEqual({ environment, perHour: 3 });
});
