import { type ArgumentsHost, Catch, type ExceptionFilter, ServiceUnavailableException } from '@nestjs/common';
import type { Response } from 'express';

/** A failed check answers with its whole report, in the same shape as a good one. */
@Catch(ServiceUnavailableException)
export class HealthFilter implements ExceptionFilter {
  catch(failed: ServiceUnavailableException, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Response>().status(503).json(failed.getResponse());
  }
}
