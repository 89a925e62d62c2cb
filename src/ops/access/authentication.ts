import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { BODY_LIMIT_BYTES } from '../problem/body-limit.js';
import { problem, ProblemException } from '../problem/problem.js';
import { bodyTooLarge } from '../problem/problem-of.js';
import { addressGroup, addressOf } from './address.js';
import type { AdminToken, FoundToken } from './admin-tokens.js';
import { TokensFile } from './tokens-file.js';
import { type Caller, setCaller } from './caller.js';
import { RateWindow } from './rate-window.js';
import { requestIdOf } from './request-id.js';
import { noSessionCookie, sessionIdOf } from './session-cookie.js';
import { Sessions } from './sessions.js';

const FAILURES_PER_MINUTE = 10;
const CALLS_PER_SECOND = 200;
const CSRF_HEADER = 'X-CSRF-Token';
/** Methods that change nothing. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
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

  constructor(
    private readonly tokens: TokensFile,
    private readonly sessions: Sessions,
  ) {}

  /** Express middleware for everything under `/api`. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    response.setHeader('X-Request-Id', requestIdOf(request));
    response.setHeader('Cache-Control', 'no-store');
    if (isSigningIn(request)) return next(bodyRefusal(request));
    const id = request.headers.authorization === undefined ? sessionIdOf(request) : undefined;
    if (id === undefined) return this.#pass(request, this.#byToken(request), next);
    void this.#bySession(request, id).then((caller) => this.#pass(request, caller, next), next);
  };

  /** Whether the caller of a call that lasts would still be let in. */
  async stillHolds(request: Request): Promise<boolean> {
    const { authorization } = request.headers;
    if (authorization !== undefined) return this.tokens.find(BEARER.exec(authorization)?.[1] ?? '').state === 'valid';
    const id = sessionIdOf(request);
    return id !== undefined && (await this.sessions.find(id)) !== undefined;
  }

  /** The token that a browser signs in with. Throws as every call with a wrong token is refused. */
  tokenOf(request: Request, presented: string): AdminToken {
    const found = this.tokens.find(presented);
    if (found.state === 'valid') return found.token;
    throw this.#failed(request, this.#whatIsWrong('', presented, found));
  }

  #pass(request: Request, caller: Caller | ProblemException, next: NextFunction): void {
    if (caller instanceof ProblemException) return next(caller);
    setCaller(request, caller);
    const { count, retryAfterSec } = this.#calls.count(caller.name, performance.now());
    if (count > CALLS_PER_SECOND) {
      const detail = `The token ${caller.name} made more than ${CALLS_PER_SECOND} calls in a second.`;
      return next(throttled(detail, retryAfterSec));
    }
    next(bodyRefusal(request));
  }

  #byToken(request: Request): Caller | ProblemException {
    const address = addressOf(request);
    const { authorization } = request.headers;
    const presented = BEARER.exec(authorization ?? '')?.[1];
    const found: FoundToken = presented === undefined ? { state: 'unknown' } : this.tokens.find(presented);
    if (found.state === 'valid') return { name: found.token.name, role: found.token.role, address };
    return this.#failed(request, this.#whatIsWrong(authorization, presented, found));
  }

  async #bySession(request: Request, id: string): Promise<Caller | ProblemException> {
    const session = await this.sessions.find(id);
    if (session === undefined) {
      const detail = 'The session has ended, or the token that it stands for has. Sign in again.';
      const failure = this.#failed(request, detail);
      return new ProblemException(failure.problem, { ...failure.headers, 'Set-Cookie': noSessionCookie(request) });
    }
    const { token, ...rest } = session;
    if (!SAFE.has(request.method) && request.get(CSRF_HEADER) !== rest.csrfToken) {
      const detail = `A call that changes something needs the header ${CSRF_HEADER} beside the cookie: the csrf_token of GET /api/v1/whoami.`;
      return problem(403, 'csrf-token-missing', 'The CSRF token is missing', detail);
    }
    return { ...token, address: addressOf(request), session: rest };
  }

  #failed(request: Request, detail: string): ProblemException {
    const address = addressOf(request);
    const { count, retryAfterSec } = this.#failures.count(addressGroup(address), performance.now());
    if (count > FAILURES_PER_MINUTE) {
      return throttled(
        `More than ${FAILURES_PER_MINUTE} failed authentications in a minute from ${address}.`,
        retryAfterSec,
      );
    }
    const failure = problem(401, 'unauthenticated', 'A token is needed', detail);
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

/** The one call of the API that needs no token: its body has it. */
function isSigningIn({ method, path }: Request): boolean {
  return method === 'POST' && /^\/v1\/session\/?$/i.test(path);
}

/** Refuses, by the headers, calls that no handler accepts. */
function bodyRefusal(request: Request): ProblemException | undefined {
  const { headers } = request;
  if (Number(headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) return bodyTooLarge();
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody || request.is('application/json') !== false) return undefined;
  return problem(415, 'not-json', 'The body must be JSON', 'Send the body as application/json.');
}
