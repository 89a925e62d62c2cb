import { Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { SymbolSettings } from '../config/symbols/symbol-settings.js';
import { ISSUER_POLICY } from '../issuing/issuer-policy.js';
import { PermitPipeline } from '../issuing/permit-pipeline.js';
import { StopRecall } from '../issuing/stop-recall.js';
import { RoleRegistry } from '../runtime/role-service.js';
import { PermitSigner, permitSignerOf } from '../signing/permit-signer.js';
import { roleLogger } from '../telemetry/logger.js';
import { AutoDisarm } from './auto-disarm.js';
import { GovernorPolicy } from './governor-policy.js';
import { GOVERNOR_SETTINGS, governorSettings } from './governor-settings.js';
import { GovernorService } from './governor.service.js';
import { ReservationSettler } from './reservation-settler.js';

/** The Governor (P3.2). */
@Module({
  providers: [
    roleLogger('governor'),
    { provide: GOVERNOR_SETTINGS, inject: [Environment, SymbolSettings], useFactory: governorSettings },
    { provide: PermitSigner, inject: [Environment], useFactory: (env: Environment) => permitSignerOf(env, 'governor') },
    { provide: ISSUER_POLICY, useClass: GovernorPolicy },
    AutoDisarm,
    PermitPipeline,
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
