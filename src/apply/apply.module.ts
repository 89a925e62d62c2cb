import { Global, Module } from '@nestjs/common';
import { CellsModule } from '../cells/cells.module.js';
import { Environment } from '../config/environment.js';
import { SymbolSettings } from '../config/symbols/symbol-settings.js';
import { EXCHANGE } from '../exchange/exchange.port.js';
import { RedisClients } from '../redis/connection/redis-clients.js';
import { PERMIT_EVENTS_CONNECTION } from '../redis/redis.tokens.js';
import { PermitEvents } from '../redis/streams/permit-events.js';
import { ResultStream } from '../redis/streams/result-stream.js';
import { PROPOSAL_INTAKE } from '../runtime/proposal-intake.js';
import { RoleRegistry } from '../runtime/role-service.js';
import { SealedHere } from '../signing/sealed-here.js';
import { PERMIT_TRUST, permitTrustOf } from '../signing/trusted-keys-file.js';
import { ROLE_LOGGER, roleLogger } from '../telemetry/logger.js';
import { APPLY_SETTINGS, applySettings } from './apply-settings.js';
import { ApplyService } from './apply.service.js';
import { LostOrderEvidence } from '../exchange/order-evidence.js';
import { CellsRouter } from './cells-router.js';
import { GoingAgain } from './going-again.js';
import { EarlierWork } from './earlier-work.js';
import { UnrecordedOrders } from './unrecorded-orders.js';
import { OrderClaim } from './order-claim.js';
import { UsedPermits } from './used-permits.js';
import { OrderPreparer } from './order-preparer.js';
import { OrderSender } from './order-sender.js';
import { OrderTracker } from './order-tracker.js';
import { OutcomeHandler } from './outcome-handler.js';
import { PermitWaiter } from './permit-waiter.js';
import { PlanPublisher } from './plan-publisher.js';
import { PlanRecovery } from './plan-recovery.js';
import { PlanRetries } from './plan-retries.js';
import { PlanRunner } from './plan-runner.js';
import { PlanSlots } from './plan-slots.js';
import { ProposalRate } from './proposal-rate.js';
import { ProposalJudge } from './proposal-judge.js';
import { ProposalProcessor } from './proposal-processor.js';
import { ProposalWatch } from './proposal-watch.js';
import { StandingGauges } from './standing-gauges.js';
import { RecentClaims } from './recent-claims.js';
import { ResultRecorder } from './result-recorder.js';
import { StopPlacer } from './stop-placer.js';
import { StreamRetention } from './stream-retention.js';
import { UnknownResolver } from './unknown-resolver.js';
import { Withdrawal } from './withdrawal.js';

const proposals = [
  ProposalWatch,
  CellsRouter,
  StandingGauges,
  ProposalProcessor,
  ProposalJudge,
  EarlierWork,
  UnrecordedOrders,
  UsedPermits,
  OrderClaim,
  PlanPublisher,
  PlanRetries,
  PlanSlots,
  ProposalRate,
  Withdrawal,
];
const permits = [PermitEvents, PermitWaiter, PlanRunner];
const orders = [OrderPreparer, OrderSender, StopPlacer, OrderTracker, OutcomeHandler, ResultRecorder];
const recovery = [RecentClaims, PlanRecovery, GoingAgain, UnknownResolver, LostOrderEvidence];

/** Apply: the only role that sends orders. Global, because the HTTP interface submits proposals to it. */
@Global()
@Module({
  imports: [CellsModule],
  providers: [
    roleLogger('apply'),
    { provide: APPLY_SETTINGS, inject: [Environment, SymbolSettings, EXCHANGE], useFactory: applySettings },
    { provide: PERMIT_TRUST, inject: [Environment, ROLE_LOGGER, SealedHere], useFactory: permitTrustOf },
    {
      provide: PERMIT_EVENTS_CONNECTION,
      inject: [RedisClients],
      useFactory: (clients: RedisClients) => clients.open('permit-events', 'blocking'),
    },
    ...proposals,
    ...permits,
    ...orders,
    ...recovery,
    ResultStream,
    StreamRetention,
    ApplyService,
    { provide: PROPOSAL_INTAKE, useExisting: ProposalProcessor },
  ],
  exports: [PROPOSAL_INTAKE],
})
export class ApplyModule {
  constructor(registry: RoleRegistry, service: ApplyService) {
    registry.register(service);
  }
}
