import type { DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { ConfigModule } from '../../src/config/config.module.js';
import { loadEnvironment } from '../../src/config/load-environment.js';
import { OwnAddressLimits } from '../../src/exchange/address-limits.port.js';
import { ExchangeModule } from '../../src/exchange/exchange.module.js';
import { EXCHANGE, type ExchangePort } from '../../src/exchange/exchange.port.js';
import { DEFAULT_API_KEY, DEFAULT_API_SECRET } from '../../src/paper-exchange/index.js';
import { AddressLimits } from '../../src/redis/stores/address-limits.js';
import { TelemetryModule } from '../../src/telemetry/telemetry.module.js';
import { GateMetrics } from '../../src/telemetry/metrics.js';
import { SILENT } from '../harness/loggers.js';
import { BTC, pause, useRig } from './adapter-support.js';
import { placeReduceOnly } from '../harness/place-order.js';

const rig = useRig();

/** The bans of this process alone, in place of those that all processes share through Redis. */
const ownBans: DynamicModule = {
  module: class OwnBans {},
  global: true,
  providers: [{ provide: AddressLimits, useClass: OwnAddressLimits }],
  exports: [AddressLimits],
};

describe('the exchange module', () => {
  it('gives every module the exchange of the environment, silent until it is connected, closed with the app', async () => {
    const loaded = loadEnvironment({
      APPLY_MODE: 'testnet',
      EXCHANGE_REST_URL: rig.paper.restUrl,
      EXCHANGE_RECV_WINDOW_MS: '1500',
      BINANCE_TESTNET_API_KEY: DEFAULT_API_KEY,
      BINANCE_TESTNET_API_SECRET: DEFAULT_API_SECRET,
    });
    if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
    const moduleRef = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(loaded.environment),
        TelemetryModule.forRoot(loaded.environment, SILENT, new Registry()),
        ownBans,
        ExchangeModule,
      ],
    }).compile();
    await moduleRef.init();
    const exchange = moduleRef.get<ExchangePort>(EXCHANGE, { strict: false });
    await pause(30);
    expect(rig.paper.records().requests).toEqual([]);
    expect(exchange.accountFingerprint).toBe(rig.exchange.accountFingerprint);
    await exchange.connect();
    const order = { symbol: BTC, side: 'SELL', quantity: '0.001', clientOrderId: 'pg-module' } as const;
    expect(await placeReduceOnly(exchange, order)).toMatchObject({ kind: 'accepted' });
    expect(rig.requests('POST /fapi/v1/order')[0]?.params.recvWindow).toBe('1500');
    const { values } = await moduleRef.get(GateMetrics, { strict: false }).exchangeRequestSeconds.get();
    const endpoints = values.map(({ labels }) => labels.endpoint);
    expect(endpoints).toContain('POST /fapi/v1/order');
    await moduleRef.close();
    await expect(exchange.positions([BTC])).rejects.toThrow('destroyed');
  });
});
