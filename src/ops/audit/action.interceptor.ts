import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { callerOf } from '../access/caller.js';
import { problemOf } from '../problem/problem-of.js';
import { AuditLog } from '../../redis/stores/audit-log.js';
import { requestIdOf } from '../access/request-id.js';
import { ACTION_METADATA, type ActionName, bodyOf, changeOf, stopsTrading } from './audited-action.js';
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
    const record = async (outcome: string, answer?: unknown): Promise<void> => {
      const recorded = this.#record(request, action, outcome, answer);
      if (!isStop) await recorded;
    };
    try {
      const answer: unknown = await lastValueFrom(next.handle());
      await record('ok', answer);
      return of(answer);
    } catch (error) {
      const { status, title } = problemOf(error);
      await record(`${status >= 500 ? 'failed' : 'refused'}: ${status} ${title}`);
      throw error;
    }
  }

  /** Never rejects: an entry that cannot be stored is logged in full. */
  async #record(request: Request, action: ActionName, outcome: string, answer: unknown): Promise<void> {
    const body = bodyOf(request.body);
    const { reason, symbol, ...given } = body;
    const change = changeOf(request);
    const caller = callerOf(request);
    await this.log.record({
      actor: caller?.name ?? '',
      role: caller?.role ?? '',
      address: caller?.address ?? '',
      action: typeof action === 'string' ? action : action(body),
      target: Object.values(request.params).join(' ') || (typeof symbol === 'string' ? symbol : ''),
      reason: typeof reason === 'string' ? reason : '',
      outcome,
      request: requestIdOf(request),
      before: change.before,
      after: change.after ?? answer,
      ...(Object.keys(given).length === 0 ? {} : { details: given }),
    });
  }
}
