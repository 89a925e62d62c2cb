import type { Exchange } from './exchange.js';
import type { FaultSet } from './faults.js';
import type { ListenKeys } from './listen-keys.js';
import type { Params } from './params.js';
import type { RateLimits } from './rate-limits.js';

/** The objects that a handler uses. */
export interface RouteContext {
  readonly exchange: Exchange;
  readonly params: Params;
  readonly version: 1 | 2 | 3;
  readonly faults: Pick<FaultSet, 'orderNotFoundForMs' | 'tradesNotFoundForMs' | 'respondAs'>;
  readonly limits: RateLimits;
  readonly listenKeys: ListenKeys;
}

/** `none`: public; `key`: API key only; `user`: signed; `trade`: signed, with a key that may trade. */
export type Security = 'none' | 'key' | 'user' | 'trade';

export interface Route {
  readonly security: Security;
  /** Request weight; a function where it depends on the parameters. */
  readonly weight: number | ((params: Params) => number);
  /** How many orders the request counts as. */
  readonly orders: number;
  /** @returns the JSON of the answer. @throws WireError */
  readonly handle: (context: RouteContext) => unknown;
}

/** Routes by `METHOD /path`. */
export type RouteTable = Map<string, Route>;

/** Adds one handler under several versions of the API. */
export function addRoute(
  table: RouteTable,
  versions: readonly (1 | 2 | 3)[],
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  security: Security,
  handle: Route['handle'],
  cost: { weight?: Route['weight']; orders?: number } = {},
): void {
  for (const version of versions) {
    table.set(`${method} /fapi/v${version}/${path}`, {
      security,
      weight: cost.weight ?? 1,
      orders: cost.orders ?? 0,
      handle,
    });
  }
}

/** A weight that is higher when no symbol is named. */
export const perSymbol =
  (one: number, all: number) =>
  (params: Params): number =>
    params.text('symbol') === undefined ? all : one;
