import { Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { SymbolSettings } from '../config/symbols/symbol-settings.js';
import { ExchangeMarkPrices } from '../exchange/mark-prices.js';
import { MARK_PRICES, type MarkPrices } from '../exchange/mark-prices.port.js';
import { parseMarketSymbols } from '../flow/0-primitives.js';
import { ISSUER_POLICY } from '../issuing/issuer-policy.js';
import { PermitPipeline } from '../issuing/permit-pipeline.js';
import { VerdictReports } from '../issuing/verdict-reports.js';
import { StopRecall } from '../issuing/stop-recall.js';
import { AddressLimits } from '../redis/stores/address-limits.js';
import { RoleRegistry } from '../runtime/role-service.js';
import { PermitSigner, permitSignerOf } from '../signing/permit-signer.js';
import { SealedHere } from '../signing/sealed-here.js';
import { roleLogger } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { AutoDisarm } from './auto-disarm.js';
import { GovernorPolicy } from './governor-policy.js';
import { GOVERNOR_SETTINGS, governorSettings } from './governor-settings.js';
import { GovernorService } from './governor.service.js';
import { MarketStreamReport, OwnPriceCheck } from './own-prices.js';
import { ReservationSettler } from './reservation-settler.js';

function openMarkPrices(
  env: Environment,
  addressLimits: AddressLimits,
  metrics: GateMetrics,
  listener: MarketStreamReport,
): MarkPrices {
  return new ExchangeMarkPrices({
    restUrl: env.exchangeRestUrl,
    wsUrl: env.exchangeWsUrl,
    symbols: parseMarketSymbols(env.applyAllowlist),
    addressLimits,
    listener,
    onRequest: ({ endpoint, outcome, seconds }) =>
      metrics.exchangeRequestSeconds.observe({ endpoint, outcome }, seconds),
  });
}

/** The Governor (P3.2). */
@Module({
  providers: [
    roleLogger('governor'),
    { provide: GOVERNOR_SETTINGS, inject: [Environment, SymbolSettings], useFactory: governorSettings },
    {
      provide: PermitSigner,
      inject: [Environment, SealedHere],
      useFactory: (env: Environment, sealed: SealedHere) => permitSignerOf(env, 'governor', sealed),
    },
    MarketStreamReport,
    {
      provide: MARK_PRICES,
      inject: [Environment, AddressLimits, GateMetrics, MarketStreamReport],
      useFactory: openMarkPrices,
    },
    OwnPriceCheck,
    { provide: ISSUER_POLICY, useClass: GovernorPolicy },
    AutoDisarm,
    PermitPipeline,
    VerdictReports,
    StopRecall,
    ReservationSettler,
    GovernorService,
  ],
})
export class GovernorModule {
  constructor(registry: RoleRegistry, service: GovernorService) {
    registry.register(service);
  }
}
