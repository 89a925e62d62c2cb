import type { EndpointMethod } from './ccxt-client.js';
import type { CallPurpose } from './rate-budget.js';

export interface Endpoint {
  /** Method and path: the metric's label. */
  readonly label: string;
  readonly purpose: CallPurpose;
  readonly signed: boolean;
  /** Request weight (Binance USD-M, "Rate limits"). */
  readonly weight: (parameters: Readonly<Record<string, unknown>>) => number;
  /** All work goes on without it: its failures say nothing about the venue's health. */
  readonly isOptional?: true;
}

const fixed = (weight: number) => (): number => weight;
const perSymbol = (one: number, all: number) => (parameters: Readonly<Record<string, unknown>>) =>
  parameters.symbol === undefined ? all : one;

/** Every endpoint this system calls. */
export const ENDPOINTS: Readonly<Record<EndpointMethod, Endpoint>> = {
  fapiPublicGetTime: { label: 'GET /fapi/v1/time', purpose: 'follow_up', signed: false, weight: fixed(1) },
  fapiPublicGetExchangeInfo: { label: 'GET /fapi/v1/exchangeInfo', purpose: 'read', signed: false, weight: fixed(1) },
  fapiPublicGetPremiumIndex: {
    label: 'GET /fapi/v1/premiumIndex',
    purpose: 'read',
    signed: false,
    weight: perSymbol(1, 10),
  },
  fapiPrivateV3GetPositionRisk: { label: 'GET /fapi/v3/positionRisk', purpose: 'read', signed: true, weight: fixed(5) },
  fapiPrivateV2GetAccount: { label: 'GET /fapi/v2/account', purpose: 'read', signed: true, weight: fixed(5) },
  fapiPrivateGetPositionSideDual: {
    label: 'GET /fapi/v1/positionSide/dual',
    purpose: 'read',
    signed: true,
    weight: fixed(30),
  },
  fapiPrivateGetOpenOrders: {
    label: 'GET /fapi/v1/openOrders',
    purpose: 'read',
    signed: true,
    weight: perSymbol(1, 40),
  },
  fapiPrivateGetOrder: { label: 'GET /fapi/v1/order', purpose: 'follow_up', signed: true, weight: fixed(1) },
  fapiPrivateGetUserTrades: { label: 'GET /fapi/v1/userTrades', purpose: 'follow_up', signed: true, weight: fixed(5) },
  fapiPrivatePostOrder: { label: 'POST /fapi/v1/order', purpose: 'order', signed: true, weight: fixed(0) },
  fapiPrivateGetAlgoOrder: { label: 'GET /fapi/v1/algoOrder', purpose: 'follow_up', signed: true, weight: fixed(1) },
  fapiPrivateGetOpenAlgoOrders: {
    label: 'GET /fapi/v1/openAlgoOrders',
    purpose: 'follow_up',
    signed: true,
    weight: perSymbol(1, 40),
  },
  fapiPrivatePostAlgoOrder: { label: 'POST /fapi/v1/algoOrder', purpose: 'order', signed: true, weight: fixed(0) },
  fapiPrivateDeleteAlgoOrder: {
    label: 'DELETE /fapi/v1/algoOrder',
    purpose: 'follow_up',
    signed: true,
    weight: fixed(1),
  },
  // Listen keys ask for the API key only, without a signature; ccxt knows that.
  fapiPrivatePostListenKey: {
    label: 'POST /fapi/v1/listenKey',
    purpose: 'follow_up',
    signed: true,
    weight: fixed(1),
    isOptional: true,
  },
  fapiPrivatePutListenKey: {
    label: 'PUT /fapi/v1/listenKey',
    purpose: 'follow_up',
    signed: true,
    weight: fixed(1),
    isOptional: true,
  },
};
