import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './api.generated.js';

/** The HTTP interface of a running gate: every call, its parameters and its answers, as docs/openapi.json says. */
export type GateApi = Client<paths>;

export interface GateApiOptions {
  /** Where the gate answers, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string;
  /** Another `fetch` than the global one; it gets the whole request. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** A client of one process. An error answer is in `error`, a `ProblemAnswer`; only a failed connection throws. */
export function gateApi({ url, token, fetch }: GateApiOptions): GateApi {
  return createClient<paths>({
    baseUrl: url.replace(/\/+$/, ''),
    headers: { authorization: `Bearer ${token}` },
    ...(fetch === undefined ? {} : { fetch }),
  });
}
