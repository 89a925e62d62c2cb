import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { AddressLimits } from '../redis/stores/address-limits.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { createCcxtExchange } from './ccxt-exchange.js';
import { EXCHANGE, type ExchangePort } from './exchange.port.js';

function openExchange(environment: Environment, addressLimits: AddressLimits, metrics: GateMetrics): ExchangePort {
  return createCcxtExchange({
    restUrl: environment.exchangeRestUrl,
    wsUrl: environment.exchangeWsUrl,
    account: environment.exchangeAccount,
    apiKey: environment.exchangeApiKey,
    apiSecret: environment.exchangeApiSecret,
    recvWindowMs: environment.exchangeRecvWindowMs,
    orderTimeoutMs: environment.exchangeOrderTimeoutMs,
    addressLimits,
    onRequest: ({ endpoint, outcome, seconds }) =>
      metrics.exchangeRequestSeconds.observe({ endpoint, outcome }, seconds),
  });
}

/** Provides {@link EXCHANGE} everywhere. It makes no call before a role connects it, and closes it last. */
@Global()
@Module({
  providers: [{ provide: EXCHANGE, inject: [Environment, AddressLimits, GateMetrics], useFactory: openExchange }],
  exports: [EXCHANGE],
})
export class ExchangeModule implements OnApplicationShutdown {
  constructor(@Inject(EXCHANGE) private readonly exchange: ExchangePort) {}

  async onApplicationShutdown(): Promise<void> {
    await this.exchange.close();
  }
}
