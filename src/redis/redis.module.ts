import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { CLOCK_SKEW_MS } from '../flow/4-order.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { ControlFence } from './stores/control-fence.js';
import { ControlStore } from './stores/control-store.js';
import { DeadLetters } from './streams/dead-letters.js';
import { GroupEntries } from './streams/group-entries.js';
import { GovernorStore } from './stores/governor-store.js';
import { type Keys, keysFor } from './keys/keys.js';
import { LeaseKeeper } from './stores/lease-keeper.js';
import { LedgerStore } from './stores/ledger-store.js';
import { DeadLetterStore } from './streams/dead-letter-store.js';
import { LocalVerdicts } from './stores/local-verdicts.js';
import { ManualPermits } from './stores/manual-permits.js';
import { PermitStore } from './stores/permit-store.js';
import { PlanJournal } from './stores/plan-journal.js';
import { PlanRecords } from './stores/plan-records.js';
import { PositionStore } from './stores/position-store.js';
import { ProposalStore } from './stores/proposal-store.js';
import { RedisClock } from './connection/redis-clock.js';
import { RecordedEvidence } from './stores/recorded-evidence.js';
import { type RedisClient, RedisClients } from './connection/redis-clients.js';
import { ScriptRunner } from './scripts/script-runner.js';
import { ServerIdentity } from './connection/server-identity.js';
import { SharedBans } from './stores/shared-bans.js';
import { StreamConsumers } from './streams/stream-consumers.js';
import { redisTargetOf } from './connection/redis-target.js';
import { COMMANDS, KEYS, OPERATOR_COMMANDS, OPERATOR_JOURNAL } from './redis.tokens.js';

export { COMMANDS, KEYS, OPERATOR_COMMANDS, OPERATOR_JOURNAL };

/** Nest token of the script runner on the operators' connection. */
const OPERATOR_SCRIPTS = Symbol('OPERATOR_SCRIPTS');

/** After so long the exchange refuses every request that was signed before. */
const settleMsOf = (env: Environment): number => env.exchangeRecvWindowMs + CLOCK_SKEW_MS;

function openOperators(clients: RedisClients, env: Environment): RedisClient | undefined {
  const { redisOperatorUsername: username, redisOperatorPassword: password } = env;
  if (username === undefined || password === undefined) return undefined;
  return clients.open('operator', 'commands', { username, password });
}

const providers: Provider[] = [
  { provide: KEYS, inject: [Environment], useFactory: (env: Environment) => keysFor(env.redisKeyPrefix) },
  {
    provide: RedisClients,
    inject: [Environment],
    useFactory: (env: Environment) => new RedisClients(redisTargetOf(env)),
  },
  {
    provide: COMMANDS,
    inject: [RedisClients],
    useFactory: (clients: RedisClients) => clients.open('commands', 'commands'),
  },
  { provide: RedisClock, useFactory: () => new RedisClock() },
  { provide: ControlFence, useFactory: () => new ControlFence() },
  {
    provide: LocalVerdicts,
    inject: [LOGGER],
    useFactory: (logger: Logger) => new LocalVerdicts((what, error) => logger.error({ err: error }, what)),
  },
  {
    provide: ServerIdentity,
    inject: [COMMANDS, KEYS, Environment],
    useFactory: (client: RedisClient, keys: Keys, env: Environment) =>
      new ServerIdentity(client, keys, settleMsOf(env)),
  },
  {
    provide: ScriptRunner,
    inject: [COMMANDS, ServerIdentity],
    useFactory: (client: RedisClient, server: ServerIdentity) => new ScriptRunner(client, server),
  },
  {
    provide: OPERATOR_COMMANDS,
    inject: [Environment, RedisClients],
    useFactory: (env: Environment, clients: RedisClients) => openOperators(clients, env),
  },
  {
    provide: OPERATOR_SCRIPTS,
    inject: [OPERATOR_COMMANDS, ScriptRunner, KEYS, Environment],
    useFactory: (operators: RedisClient | undefined, own: ScriptRunner, keys: Keys, env: Environment) =>
      operators === undefined ? own : new ScriptRunner(operators, new ServerIdentity(operators, keys, settleMsOf(env))),
  },
  {
    provide: PlanJournal,
    inject: [ScriptRunner, KEYS, RedisClock],
    useFactory: (runner: ScriptRunner, keys: Keys, clock: RedisClock) => new PlanJournal(runner, keys, clock),
  },
  {
    provide: OPERATOR_JOURNAL,
    inject: [OPERATOR_SCRIPTS, KEYS, RedisClock],
    useFactory: (writer: ScriptRunner, keys: Keys, clock: RedisClock) => new PlanJournal(writer, keys, clock),
  },
  {
    provide: PlanRecords,
    inject: [COMMANDS, KEYS],
    useFactory: (client: RedisClient, keys: Keys) => new PlanRecords(client, keys),
  },
  {
    provide: PermitStore,
    inject: [COMMANDS, ScriptRunner, KEYS, RedisClock, ControlFence, LocalVerdicts, Environment],
    useFactory: (
      client: RedisClient,
      runner: ScriptRunner,
      keys: Keys,
      clock: RedisClock,
      fence: ControlFence,
      verdicts: LocalVerdicts,
      env: Environment,
    ) => new PermitStore(client, runner, keys, clock, fence, verdicts, env.redisMinReplicas),
  },
  {
    provide: PositionStore,
    inject: [COMMANDS, ScriptRunner, KEYS, RedisClock],
    useFactory: (client: RedisClient, runner: ScriptRunner, keys: Keys, clock: RedisClock) =>
      new PositionStore(client, runner, keys, clock),
  },
  {
    provide: RecordedEvidence,
    inject: [COMMANDS, KEYS, PositionStore, PlanRecords],
    useFactory: (client: RedisClient, keys: Keys, positions: PositionStore, records: PlanRecords) =>
      new RecordedEvidence(client, keys, positions, records),
  },
  {
    provide: LedgerStore,
    inject: [COMMANDS, ScriptRunner, OPERATOR_SCRIPTS, KEYS, PositionStore],
    useFactory: (
      client: RedisClient,
      runner: ScriptRunner,
      writer: ScriptRunner,
      keys: Keys,
      positions: PositionStore,
    ) => new LedgerStore(client, runner, writer, keys, positions),
  },
  {
    provide: GovernorStore,
    inject: [COMMANDS, ScriptRunner, KEYS, RedisClock],
    useFactory: (client: RedisClient, runner: ScriptRunner, keys: Keys, clock: RedisClock) =>
      new GovernorStore(client, runner, keys, clock),
  },
  {
    provide: ControlStore,
    inject: [COMMANDS, OPERATOR_SCRIPTS, ScriptRunner, KEYS, ControlFence, Environment],
    useFactory: (
      client: RedisClient,
      writer: ScriptRunner,
      own: ScriptRunner,
      keys: Keys,
      fence: ControlFence,
      env: Environment,
    ) => new ControlStore(client, writer, own, keys, fence, env.redisMinReplicas),
  },
  {
    provide: ProposalStore,
    inject: [COMMANDS, ScriptRunner, ControlStore, KEYS],
    useFactory: (client: RedisClient, runner: ScriptRunner, control: ControlStore, keys: Keys) =>
      new ProposalStore(client, runner, control, keys),
  },
  {
    provide: SharedBans,
    inject: [COMMANDS, ScriptRunner, KEYS, RedisClock],
    useFactory: (client: RedisClient, runner: ScriptRunner, keys: Keys, clock: RedisClock) =>
      new SharedBans(client, runner, keys, clock),
  },
  {
    provide: DeadLetters,
    inject: [ScriptRunner, KEYS],
    useFactory: (runner: ScriptRunner, keys: Keys) => new DeadLetters(runner, keys),
  },
  {
    provide: DeadLetterStore,
    inject: [COMMANDS, OPERATOR_SCRIPTS, KEYS],
    useFactory: (client: RedisClient, writer: ScriptRunner, keys: Keys) => new DeadLetterStore(client, writer, keys),
  },
  {
    provide: ManualPermits,
    inject: [OPERATOR_SCRIPTS, KEYS, ControlFence],
    useFactory: (writer: ScriptRunner, keys: Keys, fence: ControlFence) => new ManualPermits(writer, keys, fence),
  },
  { provide: GroupEntries, inject: [OPERATOR_SCRIPTS], useFactory: (writer: ScriptRunner) => new GroupEntries(writer) },
  {
    provide: LeaseKeeper,
    inject: [ScriptRunner, KEYS, Environment, LOGGER],
    useFactory: (runner: ScriptRunner, keys: Keys, env: Environment, logger: Logger) =>
      new LeaseKeeper(runner, keys, env.instanceId, (what, error) => logger.error({ err: error }, what)),
  },
  {
    provide: StreamConsumers,
    inject: [RedisClients, COMMANDS, DeadLetters, KEYS, Environment, LOGGER],
    useFactory: (
      clients: RedisClients,
      commands: RedisClient,
      dead: DeadLetters,
      keys: Keys,
      env: Environment,
      logger: Logger,
    ) => new StreamConsumers(clients, commands, dead, keys, env.instanceId, logger),
  },
];

/** Everything that touches Redis; the roles share it and meet through it. */
@Module({})
export class RedisModule {
  static forRoot(): DynamicModule {
    return {
      module: RedisModule,
      global: true,
      providers,
      exports: providers.map((provider) => (typeof provider === 'function' ? provider : provider.provide)),
    };
  }
}
