import { SetMetadata } from '@nestjs/common';

type Body = Readonly<Record<string, unknown>>;

/** What an action is called in the audit; by the body where that decides. */
export type ActionName = string | ((body: Body) => string);

export const ACTION_METADATA = 'permit-gate:action';

/** Names a changing call for the audit. Every handler that changes something carries one. */
export const Action = (name: ActionName): MethodDecorator => SetMetadata(ACTION_METADATA, name);

/** A body as far as it can be read before it is checked. */
export function bodyOf(body: unknown): Body {
  return body !== null && typeof body === 'object' && !Array.isArray(body) ? (body as Body) : {};
}
