import { Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { SymbolSettings } from '../config/symbols/symbol-settings.js';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import { type MarketSymbol, parseMarketSymbol } from '../flow/0-primitives.js';
import { ControlStore } from '../redis/stores/control-store.js';
import { DeadLetters } from '../redis/streams/dead-letters.js';
import type { Keys } from '../redis/keys/keys.js';
import { LedgerStore } from '../redis/stores/ledger-store.js';
import { PermitStore } from '../redis/stores/permit-store.js';
import { GROUPS } from '../redis/keys/groups.js';
import { PlanRecords } from '../redis/stores/plan-records.js';
import { PositionStore } from '../redis/stores/position-store.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { KEYS } from '../redis/redis.module.js';
import { ServerIdentity } from '../redis/connection/server-identity.js';
import { StreamConsumers } from '../redis/streams/stream-consumers.js';
import { RoleRegistry } from '../runtime/role-service.js';
import { permitSignerOf } from '../signing/permit-signer.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { LedgerBootstrap } from './ledger-bootstrap.js';
import { PlanEvaluator } from './plan-evaluator.js';
import { PositionBrainService } from './position-brain.service.js';
import { PushListener } from './push-listener.js';
import { ResultApplier } from './result-applier.js';
import { SnapshotReader } from './snapshot-reader.js';
import { TradesBeforeChange } from './trades-before-change.js';

/** The Position Brain (P3.3). */
@Module({
  providers: [
    {
      provide: PositionBrainService,
      inject: [
        Environment,
        SymbolSettings,
        EXCHANGE,
        PositionStore,
        LedgerStore,
        PermitStore,
        ControlStore,
        PlanRecords,
        DeadLetters,
        StreamConsumers,
        RedisClock,
        ServerIdentity,
        KEYS,
        GateMetrics,
        LOGGER,
        RoleRegistry,
      ],
      useFactory: (
        env: Environment,
        settings: SymbolSettings,
        exchange: ExchangePort,
        positions: PositionStore,
        ledgers: LedgerStore,
        permits: PermitStore,
        control: ControlStore,
        records: PlanRecords,
        dead: DeadLetters,
        consumers: StreamConsumers,
        clock: RedisClock,
        server: ServerIdentity,
        keys: Keys,
        metrics: GateMetrics,
        parentLogger: Logger,
        registry: RoleRegistry,
      ) => {
        const logger = parentLogger.child({ role: 'position-brain' });
        const symbols = env.p33Allowlist
          .map((text) => parseMarketSymbol(text))
          .filter((symbol): symbol is MarketSymbol => symbol !== undefined);
        const snapshots = new SnapshotReader(exchange, positions, clock, symbols, logger);
        const staleThresholdMs = env.p33StaleThresholdSec * 1000;
        const push = new PushListener(
          { exchange, positions, ledgers, snapshots, clock, metrics, logger, staleThresholdMs },
          symbols,
        );
        const proofMs = env.exchangeUnknownProofSec * 1000;
        const trades = new TradesBeforeChange(exchange, clock, () => server.known, proofMs, logger);
        const evaluator = new PlanEvaluator(
          positions,
          permits,
          permitSignerOf(env, 'p33'),
          snapshots,
          trades,
          () => server.known,
          {
            allowlist: new Set(symbols),
            windowMs: env.applyPermitWaitMs,
            permitTtlMs: env.p33PermitTtl * 1000,
            staleThresholdSec: env.p33StaleThresholdSec,
            forgottenProofMs: proofMs,
            forSymbol: (symbol) => settings.forSymbol(symbol),
          },
          (entry, reason) => dead.deadLetter(keys.planStream(), GROUPS.p33, entry, reason, 1),
          metrics,
          logger,
        );
        const results = new ResultApplier(
          ledgers,
          clock,
          (entry, reason) => dead.deadLetter(keys.resultStream(), GROUPS.p33, entry, reason, 1),
          () => snapshots.refresh(),
          logger,
        );
        const bootstrap = new LedgerBootstrap(ledgers, positions, control, env.p33LedgerBootstrap, logger);
        const service = new PositionBrainService(
          {
            snapshots,
            trades,
            push,
            bootstrap,
            evaluator,
            results,
            positions,
            records,
            consumers,
            clock,
            keys,
            metrics,
            logger,
          },
          symbols,
          env.p33PollSec,
        );
        registry.register(service);
        return service;
      },
    },
  ],
  exports: [PositionBrainService],
})
export class PositionBrainModule {}
