import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import type { OnPermitEvent, PermitEvent } from './verdicts.js';

/**
 * Verdicts that this very process issued, told to who waits in it as soon as Redis has them. The stream of permit events
 * brings the same to everybody, a round trip later; whoever waits takes the first of the two.
 */
@Injectable()
export class LocalVerdicts {
  #onEvent: OnPermitEvent | undefined;

  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  /** One listener: the Apply of this process, if it runs one. */
  listen(onEvent: OnPermitEvent): void {
    this.#onEvent = onEvent;
  }

  /** Never throws: a verdict is issued, whatever becomes of the one who waits for it. */
  tell(event: PermitEvent): void {
    try {
      this.#onEvent?.(event);
    } catch (error) {
      this.logger.error({ err: error }, 'a verdict could not be told in this process');
    }
  }
}
