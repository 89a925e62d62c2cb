import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { callerOf } from '../access/caller.js';
import { problemOf } from '../problem/problem-of.js';
import { AuditLog } from './audit-log.js';
import { ACTION_METADATA, type ActionName, bodyOf, stopsTrading } from './audited-action.js';
import { auditedElsewhere } from './refusal-audit.js';

/**
 * Audits every call that changes something, with its outcome, before the answer is sent. The answer of a call that stops
 * something does not wait for its entry.
 */
@Injectable()
export class ActionInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly log: AuditLog,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const action = this.reflector.get<ActionName | undefined>(ACTION_METADATA, context.getHandler());
    if (action === undefined) return next.handle();
    const request = context.switchToHttp().getRequest<Request>();
    auditedElsewhere(request);
    const isStop = stopsTrading(this.reflector, context);
    const record = async (outcome: string): Promise<void> => {
      const recorded = this.#record(request, action, outcome);
      if (!isStop) await recorded;
    };
    try {
      const answer: unknown = await lastValueFrom(next.handle());
      await record('ok');
      return of(answer);
    } catch (error) {
      const { status, title } = problemOf(error);
      await record(`${status >= 500 ? 'failed' : 'refused'}: ${status} ${title}`);
      throw error;
    }
  }

  /** Never rejects: an entry that cannot be stored is logged in full. */
  async #record(request: Request, action: ActionName, outcome: string): Promise<void> {
    const body = bodyOf(request.body);
    const { reason, symbol } = body;
    const caller = callerOf(request);
    await this.log.record({
      actor: caller?.name ?? '',
      role: caller?.role ?? '',
      address: caller?.address ?? '',
      action: typeof action === 'string' ? action : action(body),
      target: Object.values(request.params).join(' ') || (typeof symbol === 'string' ? symbol : ''),
      reason: typeof reason === 'string' ? reason : '',
      outcome,
    });
  }
}
