import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import type { OnPermitEvent, PermitEvent } from './verdicts.js';

/**
 * Passes verdicts of issuers in this process to the Apply in this process as soon as Redis has stored them. The permit event stream
 * delivers the same verdict a round trip later; Apply uses whichever comes first.
 */
@Injectable()
export class LocalVerdicts {
  #onEvent: OnPermitEvent | undefined;
  #eventFault = '';

  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  /** One listener: the Apply of this process, if it runs one. */
  listen(onEvent: OnPermitEvent): void {
    this.#onEvent = onEvent;
  }

  /** Never throws: the verdict is already issued, so a failing listener must not undo it. */
  notify(event: PermitEvent): void {
    try {
      this.#onEvent?.(event);
    } catch (error) {
      this.logger.error({ err: error }, 'a verdict could not be passed on in this process');
    }
  }

  /** What a script says is wrong with the permit event stream; `""` if it took the event. Logged when it changes. */
  noteEventFault(said: unknown): void {
    const fault = typeof said === 'string' ? said : '';
    if (fault === this.#eventFault) return;
    this.#eventFault = fault;
    if (fault === '') this.logger.info('the permit event stream takes events again');
    else
      this.logger.error(
        { fault },
        'permits are stored without their event: Apply finds them by its check, a little later',
      );
  }
}
