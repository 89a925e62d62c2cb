import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Request } from 'express';

type Body = Readonly<Record<string, unknown>>;

/** The name of an action in the audit, or a function of the body. */
export type ActionName = string | ((body: Body) => string);

export const ACTION_METADATA = 'permit-gate:action';

/** Names a changing call for the audit. Every handler that changes something carries one. */
export const Action = (name: ActionName): MethodDecorator => SetMetadata(ACTION_METADATA, name);

/** Whether a call stops something, or a function of the body. */
type Stops = (body: Body) => boolean;

const STOPS_METADATA = 'permit-gate:stops';

/**
 * Marks a call that stops something. It is carried out every time and waits for nothing: no stored answer of an earlier
 * call, no audit. `when` selects the bodies that stop, if not all do.
 */
export const StopsTrading = (when: Stops = () => true): MethodDecorator => SetMetadata(STOPS_METADATA, when);

export function stopsTrading(reflector: Reflector, context: ExecutionContext): boolean {
  const stops = reflector.get<Stops | undefined>(STOPS_METADATA, context.getHandler());
  return stops?.(bodyOf(context.switchToHttp().getRequest<Request>().body)) ?? false;
}

/** A body before its check, as far as it is readable. */
export function bodyOf(body: unknown): Body {
  return body !== null && typeof body === 'object' && !Array.isArray(body) ? (body as Body) : {};
}

/** What a handler knows of the change beyond its answer. */
export interface Change {
  /** The state that the call met. */
  before?: unknown;
  /** The state that it left; the answer, where a handler does not say. */
  after?: unknown;
}

const changes = new WeakMap<Request, Change>();

export function changeOf(request: Request): Change {
  const known = changes.get(request) ?? {};
  changes.set(request, known);
  return known;
}

/** The parameter of a handler by which it notes for the audit what it changed. */
export const Audited = createParamDecorator((_: unknown, context: ExecutionContext): Change =>
  changeOf(context.switchToHttp().getRequest<Request>()),
);
