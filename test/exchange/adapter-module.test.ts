import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { ConfigModule } from '../../src/config/config.module.js';
import { loadEnvironment } from '../../src/config/load-environment.js';
import { ExchangeModule } from '../../src/exchange/exchange.module.js';
import { EXCHANGE, type ExchangePort } from '../../src/exchange/exchange.port.js';
import { DEFAULT_API_KEY, DEFAULT_API_SECRET } from '../../src/paper-exchange/index.js';
import { BTC, pause, useRig } from './adapter-support.js';
import { placeReduceOnly } from '../harness/place-order.js';

const rig = useRig();

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
    const endpoints: string[] = [];
    const moduleRef = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(loaded.environment),
        ExchangeModule.register({ useFactory: () => ({ onRequest: ({ endpoint }) => endpoints.push(endpoint) }) }),
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
    expect(endpoints).toContain('POST /fapi/v1/order');
    await moduleRef.close();
    await expect(exchange.positions([BTC])).rejects.toThrow('destroyed');
  });
});
