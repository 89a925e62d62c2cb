import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import helmet from 'helmet';
import { type Environment, redactionOf } from '../config/environment.js';
import { Authentication } from './access/authentication.js';
import { BODY_LIMIT_BYTES, refuseDeepBody, refuseUnwritable } from './problem/body-limit.js';
import { validationPipe } from './problem/validation.js';
import { openApiDocument } from './openapi/document.js';
import { shownAnswers } from './shown-answers.js';

/**
 * Sets the order of checks: headers, caller, body, then the handler. Call it before the
 * application is initialised or listens.
 */
export function configureHttp(app: INestApplication, environment: Environment): void {
  const http = app as NestExpressApplication;
  http.disable('x-powered-by');
  // The documentation page has inline styles; the interface may be served over plain http on loopback.
  http.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  http.use(shownAnswers(redactionOf(environment)));
  http.use('/api', app.get(Authentication).middleware);
  // Nest's type leaves `verify` out, which the parser calls before it parses.
  const parser = { limit: BODY_LIMIT_BYTES, verify: refuseDeepBody, reviver: refuseUnwritable };
  http.useBodyParser('json', parser);
  http.useGlobalPipes(validationPipe());
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs-json',
  });
}
