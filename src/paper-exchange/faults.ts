/** Which requests a fault applies to; an absent field matches everything. */
export interface FaultMatch {
  readonly method?: string;
  /** The whole path (`/fapi/v1/order`), or the path without its version (`/order`), which matches all versions. */
  readonly path?: string;
  /** The `symbol` parameter. */
  readonly symbol?: string;
  /** Passes over the first `nth - 1` matching requests. */
  readonly nth?: number;
}

/** The fault itself. Only one transport action applies to a request; delays and the actions below combine with it. */
export type FaultAction =
  /** Processes the request, then cuts the connection without an answer. */
  | { readonly type: 'loseReply' }
  /** Cuts the connection before anything is processed. */
  | { readonly type: 'loseRequest' }
  /** Processes the request, sends the headers and half the body, then nothing more. */
  | { readonly type: 'hangBody' }
  /** Answers `status` with `body`, or with `{code,msg}`; the request is processed only with `process`. */
  | {
      readonly type: 'status';
      readonly status: number;
      readonly code?: number;
      readonly msg?: string;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly process?: boolean;
    }
  | { readonly type: 'delay'; readonly ms: number; readonly when?: 'before' | 'after' }
  /** Queries of one order answer -2013 for that long after the order was accepted. */
  | { readonly type: 'orderNotFoundFor'; readonly ms: number }
  /** Account trades leave a trade out for that long after it happened. */
  | { readonly type: 'tradesNotFoundFor'; readonly ms: number }
  /** A MARKET order is not filled at once and whole; `fillAfterMs` (200) later the rest fills, except after EXPIRED. */
  | {
      readonly type: 'respondAs';
      readonly status: 'NEW' | 'PARTIALLY_FILLED' | 'EXPIRED';
      readonly executedQty?: string;
      readonly fillAfterMs?: number;
    }
  /** User-data streams stay open and send nothing. Lasts until it is cleared or `untilMs`; `match` and `times` have no meaning. */
  | { readonly type: 'silentStream' }
  /** The same for the public streams of mark prices. */
  | { readonly type: 'silentMarketStream' }
  /** Mark prices come with the time of `ms` ago, as if they had been held up. Lasts as `silentStream` does. */
  | { readonly type: 'lateMarketStream'; readonly ms: number };

type StreamAction = Extract<FaultAction, { type: 'silentStream' | 'silentMarketStream' | 'lateMarketStream' }>;

export interface Fault {
  readonly match?: FaultMatch;
  readonly action: FaultAction;
  /** How many requests it hits; -1 for all. Default 1, for `orderNotFoundFor` and `tradesNotFoundFor` -1. */
  readonly times?: number;
  /** Host clock, ms since the epoch, after which it no longer applies. */
  readonly untilMs?: number;
}

type TransportAction = Extract<FaultAction, { type: 'loseReply' | 'loseRequest' | 'hangBody' | 'status' }>;

/** Everything that applies to one request. */
export interface FaultSet {
  readonly transport: TransportAction | undefined;
  readonly delayBeforeMs: number;
  readonly delayAfterMs: number;
  readonly orderNotFoundForMs: number;
  readonly tradesNotFoundForMs: number;
  readonly respondAs: Extract<FaultAction, { type: 'respondAs' }> | undefined;
  /** Action names, for the record of requests. */
  readonly names: readonly string[];
}

interface Armed {
  readonly id: number;
  readonly fault: Fault;
  seen: number;
  left: number;
}

interface RequestFacts {
  readonly method: string;
  readonly path: string;
  readonly symbol: string | undefined;
}

/** The faults that are armed, in the order they were added. */
export class Faults {
  private armed: Armed[] = [];
  private nextId = 1;

  add(fault: Fault): number {
    const id = this.nextId;
    this.nextId += 1;
    const { type } = fault.action;
    const left = fault.times ?? (type === 'orderNotFoundFor' || type === 'tradesNotFoundFor' ? -1 : 1);
    this.armed.push({ id, fault, seen: 0, left });
    return id;
  }

  clear(): void {
    this.armed = [];
  }

  list(): (Fault & { id: number; left: number })[] {
    return this.armed.map(({ id, fault, left }) => ({ ...fault, id, left }));
  }

  streamsSilent(nowMs: number): boolean {
    return this.onStreams(nowMs).some(({ type }) => type === 'silentStream');
  }

  /** What hits the public streams of mark prices. */
  marketStreams(nowMs: number): { readonly silent: boolean; readonly lateMs: number } {
    const actions = this.onStreams(nowMs);
    return {
      silent: actions.some(({ type }) => type === 'silentMarketStream'),
      lateMs: Math.max(0, ...actions.map((action) => (action.type === 'lateMarketStream' ? action.ms : 0))),
    };
  }

  private onStreams(nowMs: number): StreamAction[] {
    return this.armed.flatMap(({ fault }) =>
      isOnStreams(fault.action) && isAlive(fault, nowMs) ? [fault.action] : [],
    );
  }

  /** Returns the faults of this request, and counts one use of each. */
  take(request: RequestFacts, nowMs: number): FaultSet {
    let transport: TransportAction | undefined;
    let respondAs: FaultSet['respondAs'];
    let delayBeforeMs = 0;
    let delayAfterMs = 0;
    let orderNotFoundForMs = 0;
    let tradesNotFoundForMs = 0;
    const names: string[] = [];
    for (const armed of this.armed) {
      const { action } = armed.fault;
      if (isOnStreams(action) || !applies(armed, request, nowMs)) continue;
      const excluded = isTransport(action) && transport !== undefined;
      if (excluded) continue;
      if (armed.left > 0) armed.left -= 1;
      names.push(action.type);
      switch (action.type) {
        case 'delay':
          if (action.when === 'after') delayAfterMs += action.ms;
          else delayBeforeMs += action.ms;
          break;
        case 'orderNotFoundFor':
          orderNotFoundForMs = Math.max(orderNotFoundForMs, action.ms);
          break;
        case 'tradesNotFoundFor':
          tradesNotFoundForMs = Math.max(tradesNotFoundForMs, action.ms);
          break;
        case 'respondAs':
          respondAs ??= action;
          break;
        case 'loseReply':
        case 'loseRequest':
        case 'hangBody':
        case 'status':
          transport = action;
          break;
        default:
          action satisfies never;
      }
    }
    this.armed = this.armed.filter((armed) => armed.left !== 0 && isAlive(armed.fault, nowMs));
    return { transport, delayBeforeMs, delayAfterMs, orderNotFoundForMs, tradesNotFoundForMs, respondAs, names };
  }
}

function isOnStreams(action: FaultAction): action is StreamAction {
  return ['silentStream', 'silentMarketStream', 'lateMarketStream'].includes(action.type);
}

function isTransport(action: FaultAction): action is TransportAction {
  return ['loseReply', 'loseRequest', 'hangBody', 'status'].includes(action.type);
}

const isAlive = (fault: Fault, nowMs: number): boolean => fault.untilMs === undefined || nowMs <= fault.untilMs;

function applies(armed: Armed, request: RequestFacts, nowMs: number): boolean {
  const { match = {} } = armed.fault;
  if (armed.left === 0 || !isAlive(armed.fault, nowMs)) return false;
  if (match.method !== undefined && match.method.toUpperCase() !== request.method) return false;
  if (match.symbol !== undefined && match.symbol !== request.symbol) return false;
  const unversioned = request.path.replace(/^\/fapi\/v\d+/, '');
  if (match.path !== undefined && match.path !== request.path && match.path !== unversioned) return false;
  armed.seen += 1;
  return armed.seen >= (match.nth ?? 1);
}
