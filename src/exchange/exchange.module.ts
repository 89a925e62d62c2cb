import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { type CcxtExchangeOptions, createCcxtExchange } from './ccxt-exchange.js';
import { EXCHANGE, type ExchangePort } from './exchange.port.js';

/** What a deployment adds to the environment's settings: the shared bans and the eye of the metrics. */
export type ExchangeHooks = Pick<CcxtExchangeOptions, 'bans' | 'onRequest'>;

export interface ExchangeModuleOptions {
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory?: (...dependencies: never[]) => ExchangeHooks | Promise<ExchangeHooks>;
}

const EXCHANGE_HOOKS = Symbol('EXCHANGE_HOOKS');

/** Provides {@link EXCHANGE} everywhere. It makes no call before a role connects it, and closes it last. */
@Module({})
export class ExchangeModule implements OnApplicationShutdown {
  constructor(@Inject(EXCHANGE) private readonly exchange: ExchangePort) {}

  static register(options: ExchangeModuleOptions = {}): DynamicModule {
    const { imports = [], inject = [], useFactory = () => ({}) } = options;
    return {
      module: ExchangeModule,
      global: true,
      imports,
      providers: [
        { provide: EXCHANGE_HOOKS, inject, useFactory },
        {
          provide: EXCHANGE,
          inject: [Environment, EXCHANGE_HOOKS],
          useFactory: (environment: Environment, hooks: ExchangeHooks): ExchangePort =>
            createCcxtExchange({
              restUrl: environment.exchangeRestUrl,
              wsUrl: environment.exchangeWsUrl,
              account: environment.exchangeAccount,
              apiKey: environment.exchangeApiKey,
              apiSecret: environment.exchangeApiSecret,
              recvWindowMs: environment.exchangeRecvWindowMs,
              orderTimeoutMs: environment.exchangeOrderTimeoutMs,
              ...hooks,
            }),
        },
      ],
      exports: [EXCHANGE],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.exchange.close();
  }
}
