import { Global, Module, type Provider } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { CLOCK_SKEW_MS } from '../flow/4-order.js';
import { type RedisClient, RedisClients } from './connection/redis-clients.js';
import { RedisClock } from './connection/redis-clock.js';
import { Replicas } from './connection/replicas.js';
import { redisTargetOf } from './connection/redis-target.js';
import { ServerIdentity } from './connection/server-identity.js';
import { type Keys, keysFor } from './keys/keys.js';
import {
  COMMANDS,
  KEYS,
  OPERATOR_COMMANDS,
  OPERATOR_JOURNAL,
  OPERATOR_RECORDS,
  OPERATOR_SCRIPTS,
  SETTLE_MS,
} from './redis.tokens.js';
import { ScriptRunner } from './scripts/script-runner.js';
import { ApprovalStore } from './stores/approval-store.js';
import { ArchiveStore } from './stores/archive-store.js';
import { AuditCopy } from './stores/audit-copy.js';
import { AuditLog } from './stores/audit-log.js';
import { AuditReader } from './stores/audit-reader.js';
import { AuditRetention } from './stores/audit-retention.js';
import { AuditStore } from './stores/audit-store.js';
import { ControlFence } from './stores/control-fence.js';
import { ControlStore } from './stores/control-store.js';
import { GovernorStore } from './stores/governor-store.js';
import { KeyTypes } from './stores/key-types.js';
import { LeaseKeeper } from './stores/lease-keeper.js';
import { Leases } from './stores/leases.js';
import { NotifyStore } from './stores/notify-store.js';
import { ReaderLease } from './stores/reader-lease.js';
import { LedgerStore } from './stores/ledger-store.js';
import { UnknownFills } from './stores/unknown-fills.js';
import { LocalOrders } from './stores/local-orders.js';
import { LocalVerdicts } from './stores/local-verdicts.js';
import { ManualPermits } from './stores/manual-permits.js';
import { PermitRecall } from './stores/permit-recall.js';
import { PermitStore } from './stores/permit-store.js';
import { PlanJournal } from './stores/plan-journal.js';
import { PlanRecords } from './stores/plan-records.js';
import { PositionStore } from './stores/position-store.js';
import { ProposalStore } from './stores/proposal-store.js';
import { RecordedEvidence } from './stores/recorded-evidence.js';
import { RetryRequests } from './stores/retry-requests.js';
import { VerdictCounter } from './streams/verdict-counts.js';
import { SuspensionStore } from './stores/suspension-store.js';
import { StopFiles } from './stores/stop-files.js';
import { StopKeeper } from './stores/stop-keeper.js';
import { OwnRights } from './scripts/acl/own-rights.js';
import { SharedKeyTypes } from './stores/shared-key-types.js';
import { AccountClaim } from './stores/account-claim.js';
import { AddressLimits } from './stores/address-limits.js';
import { ComparedStore } from './stores/compared-store.js';
import { StreamAliveStore } from './stores/stream-alive.js';
import { EventStreams } from './streams/event-streams.js';
import { DeadLetterStore } from './streams/dead-letter-store.js';
import { DeadLetters } from './streams/dead-letters.js';
import { GroupEntries } from './streams/group-entries.js';
import { StreamCheck } from './streams/stream-check.js';
import { StreamConsumers } from './streams/stream-consumers.js';
import { StreamRenewal } from './streams/stream-renewal.js';

/** After this time the exchange refuses every request that was signed before. */
const settleMsOf = (env: Environment): number => env.exchangeRecvWindowMs + CLOCK_SKEW_MS;

const settings: Provider[] = [
  { provide: KEYS, inject: [Environment], useFactory: (env: Environment) => keysFor(env.redisKeyPrefix) },
  { provide: SETTLE_MS, inject: [Environment], useFactory: settleMsOf },
];

/** As the operators' user where there is one, otherwise as the user of the process. */
function openOperators(env: Environment, clients: RedisClients): RedisClient {
  const { redisOperatorUsername: username, redisOperatorPassword: password } = env;
  const login = username === undefined || password === undefined ? undefined : { username, password };
  return clients.open('operator', 'control', login);
}

function openReplicas({ redisMinReplicas }: Environment, clients: RedisClients, keys: Keys): Replicas {
  const client = redisMinReplicas === 0 ? undefined : clients.open('replicas', 'commands');
  return new Replicas(client, keys, redisMinReplicas);
}

const stopFilesOf = ({ controlStateDir, redisKeyPrefix }: Environment): StopFiles =>
  new StopFiles(controlStateDir, redisKeyPrefix);

const connections: Provider[] = [
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
  { provide: OPERATOR_COMMANDS, inject: [Environment, RedisClients], useFactory: openOperators },
  { provide: Replicas, inject: [Environment, RedisClients, KEYS], useFactory: openReplicas },
  RedisClock,
  ServerIdentity,
  ScriptRunner,
];

/** These use the operators' connection, so that a stop never waits behind the work of the roles. */
const operators: Provider[] = [
  {
    provide: OPERATOR_SCRIPTS,
    inject: [OPERATOR_COMMANDS, KEYS, SETTLE_MS],
    useFactory: (client: RedisClient, keys: Keys, settleMs: number) =>
      new ScriptRunner(client, new ServerIdentity(client, keys, settleMs)),
  },
  {
    provide: OPERATOR_RECORDS,
    inject: [OPERATOR_COMMANDS, KEYS],
    useFactory: (client: RedisClient, keys: Keys) => new PlanRecords(client, keys),
  },
  {
    provide: OPERATOR_JOURNAL,
    inject: [OPERATOR_SCRIPTS, KEYS, RedisClock],
    useFactory: (scripts: ScriptRunner, keys: Keys, clock: RedisClock) => new PlanJournal(scripts, keys, clock),
  },
];

/** All access to Redis. The roles share it and communicate only through Redis. */
@Global()
@Module({
  providers: [
    ...settings,
    ...connections,
    ...operators,
    StreamConsumers,
    EventStreams,
    DeadLetters,
    DeadLetterStore,
    GroupEntries,
    PermitStore,
    PermitRecall,
    LocalVerdicts,
    ManualPermits,
    ApprovalStore,
    AuditStore,
    AuditRetention,
    AuditCopy,
    AuditLog,
    AuditReader,
    ControlFence,
    ControlStore,
    SuspensionStore,
    VerdictCounter,
    RetryRequests,
    LocalOrders,
    StopKeeper,
    { provide: StopFiles, inject: [Environment], useFactory: stopFilesOf },
    GovernorStore,
    KeyTypes,
    LeaseKeeper,
    Leases,
    LedgerStore,
    UnknownFills,
    PlanJournal,
    PlanRecords,
    PositionStore,
    ProposalStore,
    NotifyStore,
    ArchiveStore,
    ReaderLease,
    RecordedEvidence,
    AccountClaim,
    AddressLimits,
    ComparedStore,
    StreamAliveStore,
    SharedKeyTypes,
    OwnRights,
    StreamCheck,
    StreamRenewal,
  ],
  exports: [
    SETTLE_MS,
    StreamConsumers,
    EventStreams,
    PermitStore,
    PermitRecall,
    KEYS,
    COMMANDS,
    OPERATOR_COMMANDS,
    OPERATOR_JOURNAL,
    OPERATOR_RECORDS,
    OPERATOR_SCRIPTS,
    RedisClients,
    RedisClock,
    Replicas,
    ServerIdentity,
    ScriptRunner,
    DeadLetters,
    DeadLetterStore,
    GroupEntries,
    LocalVerdicts,
    ManualPermits,
    ApprovalStore,
    AuditLog,
    AuditReader,
    ControlFence,
    ControlStore,
    SuspensionStore,
    VerdictCounter,
    RetryRequests,
    LocalOrders,
    StopKeeper,
    GovernorStore,
    KeyTypes,
    LeaseKeeper,
    Leases,
    LedgerStore,
    UnknownFills,
    PlanJournal,
    PlanRecords,
    PositionStore,
    ProposalStore,
    NotifyStore,
    ArchiveStore,
    ReaderLease,
    RecordedEvidence,
    AccountClaim,
    AddressLimits,
    ComparedStore,
    StreamAliveStore,
    SharedKeyTypes,
    OwnRights,
    StreamCheck,
    StreamRenewal,
  ],
})
export class RedisModule {}
