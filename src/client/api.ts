import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './api.generated.js';

/** The HTTP interface of a running gate: every call, its parameters and its answers, as docs/openapi.json says. */
export type GateApi = Client<paths>;

/** An answer or a body of the interface, by its name in docs/openapi.json. */
export type ApiSchema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** A state by which plans can be listed. */
export type PlanStateWord = NonNullable<
  NonNullable<paths['/api/v1/plans']['get']['parameters']['query']>['state']
>[number];

export interface GateApiOptions {
  /** Where the gate answers, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Left out in the browser, where the cookie of the session says who calls. */
  readonly token?: string;
  /** Another `fetch` than the global one; it gets the whole request. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** Why a call got no answer at all: the code of the connection's error where it has one. */
export function unansweredReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : error.message;
}

/** A client of one process. An error answer is in `error`, a `ProblemAnswer`; only a failed connection throws. */
export function gateApi({ url, token, fetch }: GateApiOptions): GateApi {
  return createClient<paths>({
    baseUrl: url.replace(/\/+$/, ''),
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    ...(fetch === undefined ? {} : { fetch }),
  });
}
