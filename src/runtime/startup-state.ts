import { Injectable } from '@nestjs/common';

type StartupPhase = 'starting' | 'running' | 'stopping' | 'refused';

/** Where the process is between its start and its end; the supervisor sets it, health reads it. */
@Injectable()
export class StartupState {
  phase: StartupPhase = 'starting';
  /** The present step or the fault, as text; `""` while running. */
  detail = '';

  set(phase: StartupPhase, detail = ''): void {
    this.phase = phase;
    this.detail = detail;
  }
}
