import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { problem } from '../problem/problem.js';
import { ACCESS_METADATA, callerOf, demandRole } from './caller.js';
import { type ApiRole } from './api-roles.js';

/** Allows a call when its handler is open, or its caller has the role that the handler names. Denies all others. */
@Injectable()
export class RoleGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const access = this.reflector.getAllAndOverride<ApiRole | 'open' | undefined>(ACCESS_METADATA, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'open') return true;
    if (access === undefined)
      throw problem(403, 'closed', 'Not open to anybody', 'This path names no role that may use it.');
    const caller = callerOf(context.switchToHttp().getRequest<Request>());
    if (caller === undefined) throw problem(401, 'unauthenticated', 'A token is needed', 'This call needs a token.');
    demandRole(caller, access);
    return true;
  }
}
