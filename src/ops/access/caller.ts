import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Request } from 'express';
import { problem } from '../problem/problem.js';
import { API_ROLES, type ApiRole } from './api-roles.js';
import type { Session } from './sessions.js';

/** The caller of the API. */
export interface Caller {
  /** The token's name, never the token. */
  readonly name: string;
  readonly role: ApiRole;
  readonly address: string;
  /** Of a browser that is signed in; `undefined` of a call with a token. */
  readonly session?: Pick<Session, 'expiresMs' | 'csrfToken'>;
}

const callers = new WeakMap<Request, Caller>();

export function setCaller(request: Request, caller: Caller): void {
  callers.set(request, caller);
}

export function callerOf(request: Request): Caller | undefined {
  return callers.get(request);
}

function mayAct(role: ApiRole, needed: ApiRole): boolean {
  return API_ROLES.indexOf(role) >= API_ROLES.indexOf(needed);
}

/** Throws 403 when the role has too few rights. */
export function demandRole(caller: Caller, needed: ApiRole): void {
  if (mayAct(caller.role, needed)) return;
  throw problem(
    403,
    'role-missing',
    'The role is not enough',
    `The token ${caller.name} has the role ${caller.role}; this call needs ${needed}.`,
    { role: caller.role, needed },
  );
}

export const ACCESS_METADATA = 'permit-gate:access';

/** The least role that may call a handler. Without this and without {@link Open} nobody may call it. */
export const Needs = (role: ApiRole): ClassDecorator & MethodDecorator => SetMetadata(ACCESS_METADATA, role);

/** Health, metrics: no token needed. */
export const Open = (): ClassDecorator & MethodDecorator => SetMetadata(ACCESS_METADATA, 'open');

/** The caller of an API handler. */
export const ByCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callerOf(context.switchToHttp().getRequest<Request>());
  if (caller === undefined) throw problem(401, 'unauthenticated', 'A token is needed', 'This call needs a token.');
  return caller;
});
