import type { Request } from 'express';

const NAME = 'permit_gate_session';
const COOKIE = new RegExp(`(?:^|; *)${NAME}=([A-Za-z0-9_-]{43})(?:;|$)`);
/** A browser sends a cookie marked `Secure` over plain http to none but some of these, and not every browser to each. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/** The secret of the session; `undefined` without one. */
export function sessionIdOf(request: Request): string | undefined {
  return COOKIE.exec(request.headers.cookie ?? '')?.[1];
}

/** `Set-Cookie` for a session: scripts cannot read it, other sites cannot send it, and it ends with the browser. */
export function sessionCookie(request: Request, id: string): string {
  return `${NAME}=${id}; ${attributesOf(request)}`;
}

/** `Set-Cookie` that takes it away. */
export function noSessionCookie(request: Request): string {
  return `${NAME}=; Max-Age=0; ${attributesOf(request)}`;
}

function attributesOf(request: Request): string {
  const isLoopback = LOOPBACK.test(request.headers.host ?? '');
  return `Path=/; HttpOnly; SameSite=Strict${isLoopback ? '' : '; Secure'}`;
}
