import type { WireResult } from './venue-answer.js';

type Parameters = Readonly<Record<string, string | number>>;
type Endpoint = (parameters: Parameters) => Promise<unknown>;

/** The endpoints this system calls, by ccxt's names for them. */
export type EndpointMethod =
  | 'fapiPublicGetTime'
  | 'fapiPublicGetExchangeInfo'
  | 'fapiPublicGetPremiumIndex'
  | 'fapiPrivateV3GetPositionRisk'
  | 'fapiPrivateV2GetAccount'
  | 'fapiPrivateGetPositionSideDual'
  | 'fapiPrivateGetOpenOrders'
  | 'fapiPrivateGetOrder'
  | 'fapiPrivateGetUserTrades'
  | 'fapiPrivatePostOrder'
  | 'fapiPrivateGetAlgoOrder'
  | 'fapiPrivateGetOpenAlgoOrders'
  | 'fapiPrivatePostAlgoOrder'
  | 'fapiPrivateDeleteAlgoOrder'
  | 'fapiPrivatePostListenKey'
  | 'fapiPrivatePutListenKey';

type Fetch = (url: string, method: string, headers?: Record<string, string>, body?: string) => Promise<unknown>;

/** What is used of ccxt's `binanceusdm`. */
type BinanceUsdm = Record<EndpointMethod, Endpoint> & {
  urls: { api: Record<string, string> };
  fetch: Fetch;
  nonce: () => number;
};

/** A request that ccxt has built and, where the endpoint is private, signed. */
export interface SignedHttp {
  readonly method: string;
  /** Path and query, exactly as signed. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface CcxtClientOptions {
  /** Origin of the REST interface, without a path. */
  readonly restUrl: string;
  readonly apiKey: string | undefined;
  readonly apiSecret: string | undefined;
  readonly recvWindowMs: number;
  /** Venue's time for signatures, epoch ms. */
  readonly venueMs: () => number;
}

type Send = (signed: SignedHttp) => Promise<WireResult>;

/**
 * ccxt as the builder and signer of requests. Its `fetch`, which it calls after signing, is replaced by the caller's own
 * `send`; its limiter, retries and error classes are therefore never reached.
 */
export class CcxtClient {
  /**
   * Whose request ccxt is building: it signs and calls `fetch` before it first waits. Not an AsyncLocalStorage: one of
   * those, once used, makes every promise of the process dearer. A request that comes at any other time is refused.
   */
  private sending: Send | undefined;

  private constructor(
    private readonly ccxt: BinanceUsdm,
    private readonly origin: string,
  ) {
    ccxt.fetch = (url, method, headers = {}, body) => {
      const { sending: send } = this;
      if (send === undefined) throw new Error(`ccxt made a request of its own: ${method} ${url.split('?')[0] ?? ''}`);
      return send({ method, path: url.slice(this.origin.length), headers, body });
    };
  }

  /** Loads the one exchange class that is needed (0.3 s, 30 MB; the whole package would take 1.1 s and 80 MB). */
  static async load(options: CcxtClientOptions): Promise<CcxtClient> {
    const origin = options.restUrl.replace(/\/+$/, '');
    // The package exports only its entry, which pulls in every exchange; the file is reached by its URL.
    const file = new URL('./src/binanceusdm.js', import.meta.resolve('ccxt')).href;
    const loaded = (await import(file)) as { default: new (config: object) => BinanceUsdm };
    const ccxt = new loaded.default({
      apiKey: options.apiKey ?? '',
      secret: options.apiSecret ?? '',
      enableRateLimit: false,
      options: { recvWindow: options.recvWindowMs, fetchCurrencies: false },
    });
    for (const [api, path] of Object.entries(FUTURES_PATHS)) ccxt.urls.api[api] = `${origin}${path}`;
    ccxt.nonce = () => Math.floor(options.venueMs());
    return new CcxtClient(ccxt, origin);
  }

  /** Builds and signs a call and hands it to `send`; what `send` answers or throws comes back unchanged. */
  async call(method: EndpointMethod, parameters: Parameters, send: Send): Promise<WireResult> {
    return (await this.begin(method, parameters, send)) as WireResult;
  }

  private begin(method: EndpointMethod, parameters: Parameters, send: Send): Promise<unknown> {
    this.sending = send;
    try {
      return this.ccxt[method](parameters);
    } finally {
      this.sending = undefined;
    }
  }
}

const FUTURES_PATHS = {
  fapiPublic: '/fapi/v1',
  fapiPublicV2: '/fapi/v2',
  fapiPublicV3: '/fapi/v3',
  fapiPrivate: '/fapi/v1',
  fapiPrivateV2: '/fapi/v2',
  fapiPrivateV3: '/fapi/v3',
} as const;
