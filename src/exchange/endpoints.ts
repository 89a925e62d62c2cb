import type { CallPurpose } from './rate-budget.js';

/** ccxt's names of the interfaces and the paths that stand for them. */
export const API_PATHS = {
  fapiPublic: '/fapi/v1',
  fapiPrivate: '/fapi/v1',
  fapiPrivateV2: '/fapi/v2',
  fapiPrivateV3: '/fapi/v3',
} as const;

export interface Endpoint {
  readonly api: keyof typeof API_PATHS;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the interface's path. */
  readonly path: string;
  readonly purpose: CallPurpose;
  /** Request weight (Binance USD-M, "Rate limits"). */
  readonly weight: (parameters: Readonly<Record<string, unknown>>) => number;
  /** Trading does not depend on it, so its failures do not count for the exchange's health. */
  readonly isOptional?: true;
}

const fixed = (weight: number) => (): number => weight;
const perSymbol = (one: number, all: number) => (parameters: Readonly<Record<string, unknown>>) =>
  parameters.symbol === undefined ? all : one;

/** Every endpoint this system calls. Listen keys ask for the API key only, without a signature; ccxt knows that. */
export const ENDPOINTS = {
  time: { api: 'fapiPublic', method: 'GET', path: 'time', purpose: 'follow_up', weight: fixed(1) },
  exchangeInfo: { api: 'fapiPublic', method: 'GET', path: 'exchangeInfo', purpose: 'read', weight: fixed(1) },
  markPrice: { api: 'fapiPublic', method: 'GET', path: 'premiumIndex', purpose: 'read', weight: perSymbol(1, 10) },
  positions: { api: 'fapiPrivateV3', method: 'GET', path: 'positionRisk', purpose: 'read', weight: fixed(5) },
  account: { api: 'fapiPrivateV2', method: 'GET', path: 'account', purpose: 'read', weight: fixed(5) },
  positionMode: { api: 'fapiPrivate', method: 'GET', path: 'positionSide/dual', purpose: 'read', weight: fixed(30) },
  openOrders: { api: 'fapiPrivate', method: 'GET', path: 'openOrders', purpose: 'read', weight: perSymbol(1, 40) },
  findOrder: { api: 'fapiPrivate', method: 'GET', path: 'order', purpose: 'follow_up', weight: fixed(1) },
  trades: { api: 'fapiPrivate', method: 'GET', path: 'userTrades', purpose: 'follow_up', weight: fixed(5) },
  orders: { api: 'fapiPrivate', method: 'GET', path: 'allOrders', purpose: 'follow_up', weight: fixed(5) },
  income: { api: 'fapiPrivate', method: 'GET', path: 'income', purpose: 'follow_up', weight: fixed(30) },
  placeOrder: { api: 'fapiPrivate', method: 'POST', path: 'order', purpose: 'order', weight: fixed(0) },
  findStop: { api: 'fapiPrivate', method: 'GET', path: 'algoOrder', purpose: 'follow_up', weight: fixed(1) },
  openStops: {
    api: 'fapiPrivate',
    method: 'GET',
    path: 'openAlgoOrders',
    purpose: 'follow_up',
    weight: perSymbol(1, 40),
  },
  placeStop: { api: 'fapiPrivate', method: 'POST', path: 'algoOrder', purpose: 'order', weight: fixed(0) },
  cancelStop: { api: 'fapiPrivate', method: 'DELETE', path: 'algoOrder', purpose: 'follow_up', weight: fixed(1) },
  createListenKey: {
    api: 'fapiPrivate',
    method: 'POST',
    path: 'listenKey',
    purpose: 'follow_up',
    weight: fixed(1),
    isOptional: true,
  },
  renewListenKey: {
    api: 'fapiPrivate',
    method: 'PUT',
    path: 'listenKey',
    purpose: 'follow_up',
    weight: fixed(1),
    isOptional: true,
  },
} as const satisfies Readonly<Record<string, Endpoint>>;

export type EndpointName = keyof typeof ENDPOINTS;

/** Method and path, such as `POST /fapi/v1/order`: the label of metrics and messages. */
export function labelOf({ api, method, path }: Endpoint): string {
  return `${method} ${API_PATHS[api]}/${path}`;
}

/** Whether it needs a key (and mostly a signature). */
export function isPrivate({ api }: Endpoint): boolean {
  return api !== 'fapiPublic';
}
