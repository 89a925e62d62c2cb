import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import helmet, { contentSecurityPolicy } from 'helmet';
import { type Environment, redactionOf } from '../config/environment.js';
import { Authentication } from './access/authentication.js';
import { BODY_LIMIT_BYTES, refuseDeepBody, refuseUnwritable } from './problem/body-limit.js';
import { validationPipe } from './problem/validation.js';
import { openApiDocument } from './openapi/document.js';
import { shownAnswers } from './shown-answers.js';

/** The built console is beside the built gate. From the sources there is none: `npm run build` makes it. */
const CONSOLE = fileURLToPath(new URL('../console', import.meta.url));
const CONSOLE_ASSETS = join(CONSOLE, 'assets');
/** Of everything but the documentation page, which has inline styles. The console may be served over plain http on loopback. */
const STRICT = {
  defaultSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

/** The names of the assets change with their content; the page that names them is asked for each time. */
function cacheFor(response: ServerResponse, path: string): void {
  const isAsset = path.startsWith(CONSOLE_ASSETS);
  response.setHeader('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
}

/**
 * Sets the order of checks: headers, caller, body, then the handler. Call it before the
 * application is initialised or listens.
 */
export function configureHttp(app: INestApplication, environment: Environment): void {
  const http = app as NestExpressApplication;
  http.disable('x-powered-by');
  http.use(helmet({ contentSecurityPolicy: false }));
  http.use('/docs', contentSecurityPolicy({ directives: { upgradeInsecureRequests: null } }));
  http.use(/^(?!\/docs)/, contentSecurityPolicy({ useDefaults: false, directives: STRICT }));
  http.use(shownAnswers(redactionOf(environment)));
  http.use('/api', app.get(Authentication).middleware);
  // Nest's type leaves `verify` out, which the parser calls before it parses.
  const parser = { limit: BODY_LIMIT_BYTES, verify: refuseDeepBody, reviver: refuseUnwritable };
  http.useBodyParser('json', parser);
  http.useGlobalPipes(validationPipe());
  if (existsSync(CONSOLE_ASSETS)) http.useStaticAssets(CONSOLE, { setHeaders: cacheFor });
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs-json',
  });
}
