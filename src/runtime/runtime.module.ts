import { Global, Module } from '@nestjs/common';
import { AccountPreflight } from './account-preflight.js';
import { AccountRegistration } from './account-registration.js';
import { ControlWatch } from './control-watch.js';
import { ProcessHealth } from './process-health.js';
import { RoleRegistry } from './role-service.js';
import { SealedHere } from '../signing/sealed-here.js';
import { SelfDescription } from './self-description.js';
import { StartupState } from './startup-state.js';
import { Supervisor } from './supervisor.js';

/** How the process starts, knows its roles, and ends. */
@Global()
@Module({
  providers: [
    RoleRegistry,
    StartupState,
    AccountPreflight,
    AccountRegistration,
    ControlWatch,
    Supervisor,
    ProcessHealth,
    SelfDescription,
    SealedHere,
  ],
  exports: [RoleRegistry, StartupState, AccountPreflight, ProcessHealth, SelfDescription, SealedHere],
})
export class RuntimeModule {}
