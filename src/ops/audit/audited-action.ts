import { type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Request } from 'express';

type Body = Readonly<Record<string, unknown>>;

/** What an action is called in the audit; by the body where that decides. */
export type ActionName = string | ((body: Body) => string);

export const ACTION_METADATA = 'permit-gate:action';

/** Names a changing call for the audit. Every handler that changes something carries one. */
export const Action = (name: ActionName): MethodDecorator => SetMetadata(ACTION_METADATA, name);

/** Whether a call stops something; by the body where that decides. */
type Stops = (body: Body) => boolean;

const STOPS_METADATA = 'permit-gate:stops';

/**
 * Marks a call that stops something. It is carried out each time it is made and waits for nothing else: no stored answer of an earlier
 * call, no audit. `when` says which bodies stop, where not all do.
 */
export const StopsTrading = (when: Stops = () => true): MethodDecorator => SetMetadata(STOPS_METADATA, when);

export function stopsTrading(reflector: Reflector, context: ExecutionContext): boolean {
  const stops = reflector.get<Stops | undefined>(STOPS_METADATA, context.getHandler());
  return stops?.(bodyOf(context.switchToHttp().getRequest<Request>().body)) ?? false;
}

/** A body as far as it can be read before it is checked. */
export function bodyOf(body: unknown): Body {
  return body !== null && typeof body === 'object' && !Array.isArray(body) ? (body as Body) : {};
}
