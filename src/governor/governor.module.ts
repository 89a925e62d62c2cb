import { Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { SymbolSettings } from '../config/symbols/symbol-settings.js';
import { type MarketSymbol, parseMarketSymbol } from '../flow/0-primitives.js';
import { DeadLetters } from '../redis/streams/dead-letters.js';
import { GovernorStore } from '../redis/stores/governor-store.js';
import type { Keys } from '../redis/keys/keys.js';
import { PermitStore } from '../redis/stores/permit-store.js';
import { GROUPS } from '../redis/keys/groups.js';
import { PlanRecords } from '../redis/stores/plan-records.js';
import { RecordedEvidence } from '../redis/stores/recorded-evidence.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { KEYS } from '../redis/redis.module.js';
import { StreamConsumers } from '../redis/streams/stream-consumers.js';
import { RoleRegistry } from '../runtime/role-service.js';
import { permitSignerOf } from '../signing/permit-signer.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { AutoDisarm } from './auto-disarm.js';
import { GovernorService } from './governor.service.js';
import { PlanGovernor } from './plan-governor.js';
import { ReservationSettler } from './reservation-settler.js';

/** The Governor (P3.2). */
@Module({
  providers: [
    {
      provide: GovernorService,
      inject: [
        Environment,
        SymbolSettings,
        GovernorStore,
        PermitStore,
        PlanRecords,
        RecordedEvidence,
        DeadLetters,
        StreamConsumers,
        RedisClock,
        KEYS,
        GateMetrics,
        LOGGER,
        RoleRegistry,
      ],
      useFactory: (
        env: Environment,
        settings: SymbolSettings,
        store: GovernorStore,
        permits: PermitStore,
        records: PlanRecords,
        recorded: RecordedEvidence,
        dead: DeadLetters,
        consumers: StreamConsumers,
        clock: RedisClock,
        keys: Keys,
        metrics: GateMetrics,
        parentLogger: Logger,
        registry: RoleRegistry,
      ) => {
        const logger = parentLogger.child({ role: 'governor' });
        const symbols = env.applyAllowlist
          .map((text) => parseMarketSymbol(text))
          .filter((symbol): symbol is MarketSymbol => symbol !== undefined);
        const autoDisarm = new AutoDisarm(
          store,
          clock,
          {
            enabled: env.govEnableAutoDisarm,
            errorCount: env.govDisarmOnErrorCount,
            errorWindowMs: env.govDisarmErrorWindowSec * 1000,
            onBurstBreach: env.govDisarmOnBurstBreach,
          },
          metrics,
          logger,
        );
        const governor = new PlanGovernor(
          store,
          permits,
          permitSignerOf(env, 'governor'),
          autoDisarm,
          {
            allowlist: new Set(symbols),
            windowMs: env.applyPermitWaitMs,
            permitTtlMs: env.govPermitTtl * 1000,
            staleThresholdSec: env.p33StaleThresholdSec,
            killScoreCritical: env.govKillScoreCritical,
            approval: env.govApproval,
            forSymbol: (symbol) => settings.forSymbol(symbol),
          },
          (entry, reason) => dead.deadLetter(keys.planStream(), GROUPS.governor, entry, reason, 1),
          metrics,
          logger,
        );
        const settler = new ReservationSettler(
          store,
          records,
          recorded,
          metrics,
          clock,
          (entry, reason) => dead.deadLetter(keys.resultStream(), GROUPS.governor, entry, reason, 1),
          logger,
        );
        const service = new GovernorService(
          { governor, settler, store, records, consumers, keys, metrics, logger },
          symbols,
        );
        registry.register(service);
        return service;
      },
    },
  ],
  exports: [GovernorService],
})
export class GovernorModule {}
