import { Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { SymbolSettings } from '../config/symbols/symbol-settings.js';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { ControlStore } from '../redis/stores/control-store.js';
import { DeadLetters } from '../redis/streams/dead-letters.js';
import type { Keys } from '../redis/keys/keys.js';
import { LeaseKeeper } from '../redis/stores/lease-keeper.js';
import { LocalVerdicts } from '../redis/stores/local-verdicts.js';
import { PermitEvents } from '../redis/streams/permit-events.js';
import { PermitStore } from '../redis/stores/permit-store.js';
import { GROUPS } from '../redis/keys/groups.js';
import { PlanJournal } from '../redis/stores/plan-journal.js';
import { PlanRecords } from '../redis/stores/plan-records.js';
import { PositionStore } from '../redis/stores/position-store.js';
import { ProposalStore } from '../redis/stores/proposal-store.js';
import { RecordedEvidence } from '../redis/stores/recorded-evidence.js';
import { type RedisClient, RedisClients } from '../redis/connection/redis-clients.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { COMMANDS, KEYS } from '../redis/redis.tokens.js';
import { ServerIdentity } from '../redis/connection/server-identity.js';
import { StreamConsumers } from '../redis/streams/stream-consumers.js';
import { PROPOSAL_INTAKE } from '../runtime/proposal-intake.js';
import { RoleRegistry } from '../runtime/role-service.js';
import { AccountPreflight } from '../runtime/account-preflight.js';
import { StartupState } from '../runtime/startup-state.js';
import type { PermitTrust } from '../flow/3-permit-signature.js';
import { permitTrustOf } from '../signing/trusted-keys-file.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import type { ApplySettings } from './apply-settings.js';
import { ApplyService } from './apply.service.js';
import { OutcomeHandler } from './outcome-handler.js';
import { LostOrderEvidence } from './order-evidence.js';
import { OrderTracker } from './order-tracker.js';
import { OrderPreparer } from './order-preparer.js';
import { OrderSender } from './order-sender.js';
import { PermitWaiter } from './permit-waiter.js';
import { PlanPublisher } from './plan-publisher.js';
import { PlanRecovery } from './plan-recovery.js';
import { PlanRetries } from './plan-retries.js';
import { PlanRunner } from './plan-runner.js';
import { PlanSlots } from './plan-slots.js';
import { ProposalProcessor } from './proposal-processor.js';
import { ProposalWatch } from './proposal-watch.js';
import { ResultRecorder } from './result-recorder.js';
import { StopPlacer } from './stop-placer.js';
import { StreamRetention } from './stream-retention.js';
import { UnknownResolver } from './unknown-resolver.js';
import { Withdrawal } from './withdrawal.js';

const SETTINGS = Symbol('APPLY_SETTINGS');
const APPLY_LOGGER = Symbol('APPLY_LOGGER');
const TRUST = Symbol('PERMIT_TRUST');

function settingsOf(env: Environment, symbolSettings: SymbolSettings, exchange: ExchangePort): ApplySettings {
  return {
    mode: env.applyMode,
    symbols: env.symbols,
    allowlist: new Set(env.applyAllowlist),
    pollMs: env.applyPollSec * 1000,
    windowMs: env.applyPermitWaitMs,
    stepMs: env.applyPermitStepMs,
    dedupeTtlMs: Math.ceil(env.applyDedupeTtlSec * 1000),
    proposalMaxAgeSec: env.applyProposalMaxAgeSec,
    staleThresholdMs: env.p33StaleThresholdSec * 1000,
    maxAttempts: env.applyMaxAttempts,
    repeatPolicy: env.applyRepeatPolicy,
    killScoreCritical: env.kBlockCritical,
    killScoreWarning: env.kBlockWarning,
    unknownProofMs: env.exchangeUnknownProofSec * 1000,
    recvWindowMs: env.exchangeRecvWindowMs,
    accountFingerprint: exchange.accountFingerprint,
    cooldownMs: (symbol) => Math.ceil(symbolSettings.forSymbol(symbol).cooldownSec * 1000),
  };
}

/** Apply: the only role that sends orders. */
@Module({
  providers: [
    { provide: APPLY_LOGGER, inject: [LOGGER], useFactory: (logger: Logger) => logger.child({ role: 'apply' }) },
    {
      provide: TRUST,
      inject: [Environment, APPLY_LOGGER],
      useFactory: (env: Environment, logger: Logger) => permitTrustOf(env, logger),
    },
    { provide: PlanSlots, useFactory: () => new PlanSlots() },
    { provide: SETTINGS, inject: [Environment, SymbolSettings, EXCHANGE], useFactory: settingsOf },
    {
      provide: ProposalProcessor,
      inject: [
        ProposalStore,
        PlanJournal,
        PlanRecords,
        ResultRecorder,
        PlanSlots,
        RedisClock,
        EXCHANGE,
        SETTINGS,
        GateMetrics,
        APPLY_LOGGER,
      ],
      useFactory: (
        store: ProposalStore,
        journal: PlanJournal,
        records: PlanRecords,
        recorder: ResultRecorder,
        slots: PlanSlots,
        clock: RedisClock,
        exchange: ExchangePort,
        settings: ApplySettings,
        metrics: GateMetrics,
        logger: Logger,
      ) => {
        const withdrawal = new Withdrawal(records, journal, recorder, logger);
        const publisher = new PlanPublisher(journal, clock, settings, metrics, logger);
        return new ProposalProcessor(store, publisher, withdrawal, slots, exchange, settings);
      },
    },
    { provide: PROPOSAL_INTAKE, useExisting: ProposalProcessor },
    {
      provide: StreamRetention,
      inject: [COMMANDS, KEYS, PlanRecords, StartupState, APPLY_LOGGER],
      useFactory: (client: RedisClient, keys: Keys, records: PlanRecords, state: StartupState, logger: Logger) =>
        new StreamRetention(client, keys, records, state, logger),
    },
    {
      provide: ResultRecorder,
      inject: [PlanJournal, RedisClock, SETTINGS, GateMetrics, APPLY_LOGGER],
      useFactory: (
        journal: PlanJournal,
        clock: RedisClock,
        settings: ApplySettings,
        metrics: GateMetrics,
        logger: Logger,
      ) => new ResultRecorder(journal, clock, settings, metrics, logger),
    },
    {
      provide: OrderTracker,
      inject: [EXCHANGE, PlanJournal, ResultRecorder, RedisClock, APPLY_LOGGER],
      useFactory: (
        exchange: ExchangePort,
        journal: PlanJournal,
        recorder: ResultRecorder,
        clock: RedisClock,
        logger: Logger,
      ) => new OrderTracker(exchange, journal, recorder, clock, logger),
    },
    {
      provide: OrderPreparer,
      inject: [
        EXCHANGE,
        PositionStore,
        RecordedEvidence,
        ControlStore,
        RedisClock,
        ServerIdentity,
        SETTINGS,
        AccountPreflight,
      ],
      useFactory: (
        exchange: ExchangePort,
        positions: PositionStore,
        recorded: RecordedEvidence,
        control: ControlStore,
        clock: RedisClock,
        server: ServerIdentity,
        settings: ApplySettings,
        venue: AccountPreflight,
      ) =>
        new OrderPreparer(
          exchange,
          positions,
          recorded,
          control,
          clock,
          () => server.known,
          settings,
          () => venue.confirmed,
        ),
    },
    {
      provide: OrderSender,
      inject: [
        EXCHANGE,
        PermitStore,
        TRUST,
        OrderPreparer,
        PlanJournal,
        ResultRecorder,
        OrderTracker,
        GateMetrics,
        APPLY_LOGGER,
      ],
      useFactory: (
        exchange: ExchangePort,
        permits: PermitStore,
        trust: PermitTrust,
        preparer: OrderPreparer,
        journal: PlanJournal,
        recorder: ResultRecorder,
        follower: OrderTracker,
        metrics: GateMetrics,
        logger: Logger,
      ) => {
        const stops = new StopPlacer(exchange, recorder, logger);
        const ending = new OutcomeHandler(journal, recorder, follower, stops, logger);
        return new OrderSender(exchange, permits, trust, preparer, recorder, stops, ending, metrics, logger);
      },
    },
    {
      provide: ApplyService,
      inject: [
        EXCHANGE,
        PermitStore,
        TRUST,
        PlanJournal,
        PlanRecords,
        RecordedEvidence,
        ProposalStore,
        ControlStore,
        DeadLetters,
        StreamConsumers,
        RedisClients,
        RedisClock,
        KEYS,
        LeaseKeeper,
        LocalVerdicts,
        SETTINGS,
        ProposalProcessor,
        PlanSlots,
        ResultRecorder,
        OrderTracker,
        OrderSender,
        APPLY_LOGGER,
        RoleRegistry,
      ],
      useFactory: (
        exchange: ExchangePort,
        permits: PermitStore,
        trust: PermitTrust,
        journal: PlanJournal,
        records: PlanRecords,
        recorded: RecordedEvidence,
        proposals: ProposalStore,
        control: ControlStore,
        dead: DeadLetters,
        consumers: StreamConsumers,
        clients: RedisClients,
        clock: RedisClock,
        keys: Keys,
        lease: LeaseKeeper,
        verdicts: LocalVerdicts,
        settings: ApplySettings,
        processor: ProposalProcessor,
        slots: PlanSlots,
        recorder: ResultRecorder,
        follower: OrderTracker,
        sender: OrderSender,
        logger: Logger,
        registry: RoleRegistry,
      ) => {
        const onProblem = (what: string, error: unknown): void => logger.warn({ err: error }, what);
        const waiter = new PermitWaiter(permits, clock, trust, settings.stepMs, onProblem, (waited, issuer, detail) =>
          logger.warn(
            { plan_id: waited.planId, symbol: waited.symbol, attempt: waited.attempt, issuer, detail },
            'Permit set aside: it is not provably the word of its issuer',
          ),
        );
        const deadLetterPlan = (entry: Parameters<DeadLetters['deadLetter']>[2], reason: string): Promise<void> =>
          dead.deadLetter(keys.planStream(), GROUPS.apply, entry, reason, 1);
        const deadLetterProposal = (entry: Parameters<DeadLetters['deadLetter']>[2], reason: string): Promise<void> =>
          dead.deadLetter(keys.proposalStream(), GROUPS.apply, entry, reason, 1);
        const resolver = new UnknownResolver(
          exchange,
          journal,
          records,
          recorder,
          follower,
          new LostOrderEvidence(exchange, recorded, clock),
          control,
          clock,
          settings.unknownProofMs,
          logger,
        );
        const eventsConnection = clients.open('permit-events', 'blocking');
        const service = new ApplyService(
          {
            watch: new ProposalWatch(proposals, processor, settings.symbols, deadLetterProposal, logger),
            runner: new PlanRunner(journal, waiter, slots, sender, recorder, deadLetterPlan, lease.token, logger),
            waiter,
            slots,
            sender,
            recovery: new PlanRecovery(records, journal, recorder, resolver, sender, clock, logger),
            retries: new PlanRetries(records, journal, processor, clock, logger),
            events: new PermitEvents(eventsConnection, keys, verdicts),
            eventsConnection,
            records,
            consumers,
            keys,
            logger,
          },
          settings,
        );
        registry.register(service);
        return service;
      },
    },
  ],
  exports: [PROPOSAL_INTAKE],
})
export class ApplyModule {}
