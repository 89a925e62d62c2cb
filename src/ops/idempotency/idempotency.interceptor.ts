import { createHash } from 'node:crypto';
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import canonicalize from 'canonicalize';
import type { Request, Response } from 'express';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { callerOf } from '../access/caller.js';
import { bodyOf, stopsTrading } from '../audit/audited-action.js';
import { auditedElsewhere } from '../audit/refusal-audit.js';
import { problem, ProblemException } from '../problem/problem.js';
import { problemOf } from '../problem/problem-of.js';
import { AnswerStore } from './answer-store.js';
import { type AnsweredState, PresentState, STATE_METADATA } from './present-state.js';

const KEY = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * A call with an `Idempotency-Key` that changes something is carried out once: a repetition with the same token gets the stored
 * answer, unless the answer tells a state that has changed since. A call that failed on our side (5xx) is forgotten, so that it can be made again. A call that stops something has no
 * stored answer: it is carried out each time, whatever its key, and whatever the store does.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly answers: AnswerStore,
    private readonly present: PresentState,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    const response = context.switchToHttp().getResponse<Response>();
    const key = request.get('idempotency-key');
    const caller = callerOf(request);
    if (key === undefined || caller === undefined || request.method === 'GET') return next.handle();
    if (stopsTrading(this.reflector, context)) return next.handle();
    if (!KEY.test(key)) {
      throw problem(
        400,
        'invalid-idempotency-key',
        'The Idempotency-Key is not valid',
        'It must be 1 to 128 of A-Z a-z 0-9 . _ : -',
      );
    }
    const slot = { token: caller.name, key };
    const known = await this.answers.begin(slot, digestOf(request));
    switch (known.kind) {
      case 'new':
        return of(await this.#carryOut(slot, digestOf(request), response, next));
      case 'answered':
        auditedElsewhere(request);
        await this.#refuseOutdated(context, known);
        response.set('Idempotent-Replayed', 'true').status(known.status);
        if (known.status >= 400) throw new ProblemException(problemOfStored(known.status, known.body));
        return of(known.body);
      case 'running':
        throw problem(
          409,
          'still-running',
          'The same call is still being carried out',
          `The call with Idempotency-Key ${key} has no answer yet; ask again.`,
        );
      case 'other_call':
        throw problem(
          422,
          'idempotency-key-reused',
          'The Idempotency-Key belongs to another call',
          `${key} was used by ${caller.name} for a call with another path or body.`,
        );
    }
    return known satisfies never;
  }

  /** An answer that tells a state must still be true. */
  async #refuseOutdated(context: ExecutionContext, { status, body }: { status: number; body: unknown }): Promise<void> {
    const state = this.reflector.get<AnsweredState | undefined>(STATE_METADATA, context.getHandler());
    if (state === undefined || status >= 400 || (await this.present.isStill(state, body))) return;
    throw problem(
      409,
      'answer-outdated',
      'The answer of this call is no longer true',
      'The call with this Idempotency-Key was carried out, and the state has changed since. Nothing was changed now. Read the present state; to change it, repeat the call with another key.',
    );
  }

  async #carryOut(
    slot: { token: string; key: string },
    digest: string,
    response: Response,
    next: CallHandler,
  ): Promise<unknown> {
    try {
      const answer: unknown = await lastValueFrom(next.handle());
      await this.#keep(() => this.answers.finish(slot, digest, response.statusCode, answer));
      return answer;
    } catch (error) {
      const found = problemOf(error);
      await this.#keep(() =>
        found.status >= 500 ? this.answers.forget(slot) : this.answers.finish(slot, digest, found.status, found),
      );
      throw error;
    }
  }

  /** The call was carried out, even if its answer cannot be stored. */
  async #keep(store: () => Promise<void>): Promise<void> {
    try {
      await store();
    } catch (error) {
      this.logger.warn({ err: error }, 'the answer of a call with an Idempotency-Key could not be stored');
    }
  }
}

function digestOf(request: Request): string {
  const call = { method: request.method, path: request.originalUrl, body: bodyOf(request.body) };
  return createHash('sha256')
    .update(canonicalize(call) ?? '')
    .digest('hex');
}

function problemOfStored(status: number, body: unknown): ProblemException['problem'] {
  const { type, title, detail, ...rest } = bodyOf(body);
  return { ...rest, type: String(type), title: String(title), status, detail: String(detail) };
}
