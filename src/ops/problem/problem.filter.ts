import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { requestIdOf } from '../access/request-id.js';
import { RefusalAudit } from '../audit/refusal-audit.js';
import { PROBLEM_MEDIA_TYPE, ProblemException } from './problem.js';
import { problemOf } from './problem-of.js';

/** Every error of every path is answered as `application/problem+json`, and a refused API call is audited. */
@Injectable()
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly refusals: RefusalAudit,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const found = problemOf(error);
    const path = request.originalUrl.split('?')[0] ?? '';
    if (found.status >= 500)
      this.logger.error(
        { err: error, path, status: found.status, request_id: requestIdOf(request) },
        `${request.method} ${path} failed`,
      );
    this.refusals.noteRefused(request, found);
    if (response.headersSent) {
      response.end();
      return;
    }
    if (error instanceof ProblemException) response.set(error.headers);
    response
      .status(found.status)
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify({ ...found, instance: path.slice(0, 300) }));
  }
}
