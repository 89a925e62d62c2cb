import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { BODY_LIMIT_BYTES } from '../problem/body-limit.js';
import { problem, ProblemException } from '../problem/problem.js';
import { bodyTooLarge } from '../problem/problem-of.js';
import { addressGroup, addressOf } from './address.js';
import type { FoundToken } from './admin-tokens.js';
import { TokensFile } from './tokens-file.js';
import { type Caller, setCaller } from './caller.js';
import { RateWindow } from './rate-window.js';
import { requestIdOf } from './request-id.js';

const FAILURES_PER_MINUTE = 10;
const CALLS_PER_SECOND = 200;
const BEARER = /^Bearer +([\x21-\x7e]{1,512})$/i;
const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="permit-gate"' };
const MAKE_ONE =
  'Make one with `permit-gate token create`, and put its entry into the file that ADMIN_TOKENS_FILE names.';

/**
 * Finds out who calls before anything else of the call is read. Failures are throttled per address; a valid token passes
 * even then, so that nobody can lock an operator out of the kill switch by failing from the same address.
 */
@Injectable()
export class Authentication {
  readonly #failures = new RateWindow(60_000);
  readonly #calls = new RateWindow(1_000);

  constructor(private readonly tokens: TokensFile) {}

  /** Express middleware for everything under `/api`. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    response.setHeader('X-Request-Id', requestIdOf(request));
    const caller = this.#authenticate(request);
    if (caller instanceof ProblemException) return next(caller);
    setCaller(request, caller);
    const { count, retryAfterSec } = this.#calls.count(caller.name, performance.now());
    if (count > CALLS_PER_SECOND) {
      const detail = `The token ${caller.name} made more than ${CALLS_PER_SECOND} calls in a second.`;
      return next(throttled(detail, retryAfterSec));
    }
    next(bodyRefusal(request));
  };

  #authenticate(request: Request): Caller | ProblemException {
    const address = addressOf(request);
    const { authorization } = request.headers;
    const presented = BEARER.exec(authorization ?? '')?.[1];
    const found: FoundToken = presented === undefined ? { state: 'unknown' } : this.tokens.find(presented);
    if (found.state === 'valid') return { name: found.token.name, role: found.token.role, address };
    const { count, retryAfterSec } = this.#failures.count(addressGroup(address), performance.now());
    if (count > FAILURES_PER_MINUTE) {
      return throttled(
        `More than ${FAILURES_PER_MINUTE} failed authentications in a minute from ${address}.`,
        retryAfterSec,
      );
    }
    const failure = problem(
      401,
      'unauthenticated',
      'A token is needed',
      this.#whatIsWrong(authorization, presented, found),
    );
    return new ProblemException(failure.problem, CHALLENGE);
  }

  #whatIsWrong(authorization: string | undefined, presented: string | undefined, found: FoundToken): string {
    if (!this.tokens.configured) return `No tokens are configured, so every call of the API is refused. ${MAKE_ONE}`;
    if (authorization === undefined) return `Send the header \`Authorization: Bearer <token>\`. ${MAKE_ONE}`;
    if (presented === undefined) return 'The Authorization header must be `Bearer <token>`.';
    if (found.state !== 'unknown') return `The token ${found.token.name} is ${found.state}. ${MAKE_ONE}`;
    return 'The token is none of those configured.';
  }
}

function throttled(detail: string, retryAfterSec: number): ProblemException {
  const { problem: found } = problem(429, 'throttled', 'Too many calls', `${detail} Wait ${retryAfterSec} s.`);
  return new ProblemException(found, { 'Retry-After': String(retryAfterSec) });
}

/** Refuses, by the headers, calls that no handler accepts. */
function bodyRefusal(request: Request): ProblemException | undefined {
  const { headers } = request;
  if (Number(headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) return bodyTooLarge();
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody || request.is('application/json') !== false) return undefined;
  return problem(415, 'not-json', 'The body must be JSON', 'Send the body as application/json.');
}
