import { type DynamicModule, Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { ControlStore } from '../redis/stores/control-store.js';
import type { Keys } from '../redis/keys/keys.js';
import { LeaseKeeper } from '../redis/stores/lease-keeper.js';
import { type RedisClient, RedisClients } from '../redis/connection/redis-clients.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { COMMANDS, KEYS, OPERATOR_COMMANDS } from '../redis/redis.tokens.js';
import { ScriptRunner } from '../redis/scripts/script-runner.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { ServerIdentity } from '../redis/connection/server-identity.js';
import { ControlWatch } from './control-watch.js';
import { RoleRegistry } from './role-service.js';
import { StartupState } from './startup-state.js';
import { Supervisor } from './supervisor.js';
import { AccountPreflight } from './account-preflight.js';

/** Start, roles and end of the process. */
@Module({})
export class RuntimeModule {
  static forRoot(): DynamicModule {
    return {
      module: RuntimeModule,
      global: true,
      providers: [
        { provide: RoleRegistry, useFactory: () => new RoleRegistry() },
        { provide: StartupState, useFactory: () => new StartupState() },
        {
          provide: AccountPreflight,
          inject: [EXCHANGE, Environment],
          useFactory: (exchange: ExchangePort, env: Environment) =>
            new AccountPreflight(exchange, env.hasRole('apply') && env.applyMode !== 'dry_run'),
        },
        {
          provide: ControlWatch,
          inject: [ControlStore, ServerIdentity, RedisClock, LOGGER],
          useFactory: (control: ControlStore, server: ServerIdentity, clock: RedisClock, logger: Logger) =>
            new ControlWatch(control, server, clock, logger),
        },
        {
          provide: Supervisor,
          inject: [
            Environment,
            StartupState,
            RoleRegistry,
            RedisClients,
            COMMANDS,
            OPERATOR_COMMANDS,
            ScriptRunner,
            ControlStore,
            LeaseKeeper,
            RedisClock,
            KEYS,
            EXCHANGE,
            AccountPreflight,
            ControlWatch,
            LOGGER,
          ],
          useFactory: (
            env: Environment,
            state: StartupState,
            registry: RoleRegistry,
            clients: RedisClients,
            commands: RedisClient,
            operators: RedisClient | undefined,
            scripts: ScriptRunner,
            control: ControlStore,
            leases: LeaseKeeper,
            clock: RedisClock,
            keys: Keys,
            exchange: ExchangePort,
            preflight: AccountPreflight,
            watch: ControlWatch,
            logger: Logger,
          ) =>
            new Supervisor({
              env,
              state,
              registry,
              clients,
              commands,
              operators,
              scripts,
              control,
              leases,
              clock,
              keys,
              exchange,
              preflight,
              watch,
              logger,
            }),
        },
      ],
      exports: [RoleRegistry, StartupState, AccountPreflight],
    };
  }
}
