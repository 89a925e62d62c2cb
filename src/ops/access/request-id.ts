import { randomUUID } from 'node:crypto';
import type { Request } from 'express';

const GIVEN = /^[A-Za-z0-9._-]{8,64}$/;

const ids = new WeakMap<Request, string>();

/** The `X-Request-Id` of the caller where it is usable, otherwise a new one. It is in the answer, the log of a failure and the audit. */
export function requestIdOf(request: Request): string {
  const given = request.headers['x-request-id'];
  const id = ids.get(request) ?? (typeof given === 'string' && GIVEN.test(given) ? given : randomUUID());
  ids.set(request, id);
  return id;
}
