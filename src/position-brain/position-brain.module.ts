import { Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { SymbolSettings } from '../config/symbols/symbol-settings.js';
import { ISSUER_POLICY } from '../issuing/issuer-policy.js';
import { PermitPipeline } from '../issuing/permit-pipeline.js';
import { VerdictReports } from '../issuing/verdict-reports.js';
import { StopRecall } from '../issuing/stop-recall.js';
import { RoleRegistry } from '../runtime/role-service.js';
import { PermitSigner, permitSignerOf } from '../signing/permit-signer.js';
import { SealedHere } from '../signing/sealed-here.js';
import { roleLogger } from '../telemetry/logger.js';
import { AccountReader } from './account-reader.js';
import { FillLookUp } from './fill-look-up.js';
import { LedgerBootstrap } from './ledger-bootstrap.js';
import { MissedFills } from './missed-fills.js';
import { PositionBrainService } from './position-brain.service.js';
import { PositionPolicy } from './position-policy.js';
import { POSITION_SETTINGS, positionSettings } from './position-settings.js';
import { PushListener } from './push-listener.js';
import { PushWriter } from './push-writer.js';
import { RestingOrders } from './resting-orders.js';
import { ResultApplier } from './result-applier.js';
import { SnapshotReader } from './snapshot-reader.js';
import { StreamLife } from './stream-life.js';
import { TradesBeforeChange } from './trades-before-change.js';

/** The Position Brain (P3.3). */
@Module({
  providers: [
    roleLogger('position-brain'),
    { provide: POSITION_SETTINGS, inject: [Environment, SymbolSettings], useFactory: positionSettings },
    {
      provide: PermitSigner,
      inject: [Environment, SealedHere],
      useFactory: (env: Environment, sealed: SealedHere) => permitSignerOf(env, 'p33', sealed),
    },
    { provide: ISSUER_POLICY, useClass: PositionPolicy },
    AccountReader,
    FillLookUp,
    LedgerBootstrap,
    MissedFills,
    PermitPipeline,
    VerdictReports,
    PositionBrainService,
    PushListener,
    PushWriter,
    RestingOrders,
    ResultApplier,
    SnapshotReader,
    StopRecall,
    StreamLife,
    TradesBeforeChange,
  ],
})
export class PositionBrainModule {
  constructor(registry: RoleRegistry, service: PositionBrainService) {
    registry.register(service);
  }
}
