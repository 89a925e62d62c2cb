import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { addAccountRoutes } from './account-routes.js';
import type { Exchange } from './exchange.js';
import type { FaultSet, Faults } from './faults.js';
import type { ListenKeys } from './listen-keys.js';
import { addMarketRoutes } from './market-routes.js';
import { Params } from './params.js';
import type { RateLimits } from './rate-limits.js';
import type { Recorder, RequestRecord } from './recorder.js';
import type { Route, RouteTable, Security } from './routes.js';
import { signatureMatches, splitSigned } from './signature.js';
import { addTradeRoutes } from './trade-routes.js';
import { refuse, WireError } from './wire-error.js';

const DEFAULT_RECV_WINDOW_MS = 5000;
const MAX_RECV_WINDOW_MS = 60_000;
const AHEAD_MS = 1000;

/** A request after its body was read. */
interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface GatewayParts {
  readonly exchange: Exchange;
  readonly faults: Faults;
  readonly recorder: Recorder;
  readonly limits: RateLimits;
  readonly listenKeys: ListenKeys;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** Everything under `/fapi`: records, limits, authentication, routing, and the faults around them. */
export class Gateway {
  private readonly routes: RouteTable = new Map<string, Route>();

  constructor(private readonly parts: GatewayParts) {
    addMarketRoutes(this.routes);
    addTradeRoutes(this.routes);
    addAccountRoutes(this.routes);
  }

  async serve(incoming: Incoming, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const params = Params.parse(incoming.query, incoming.body);
    const record = this.parts.recorder.receive(incoming.method, incoming.path, params.visible());
    const { method, path } = incoming;
    const faults = this.parts.faults.take({ method, path, symbol: params.text('symbol') }, Date.now());
    record.faults = faults.names;
    const { transport } = faults;
    if (transport?.type === 'loseRequest') {
      request.socket.destroy();
      return;
    }
    if (faults.delayBeforeMs > 0) await sleep(faults.delayBeforeMs, undefined, { ref: false });
    const planned = transport?.type === 'status' ? faultAnswer(transport) : undefined;
    const processed =
      planned && transport?.type === 'status' && transport.process !== true
        ? undefined
        : this.process(incoming, params, request, faults, record);
    if (faults.delayAfterMs > 0) await sleep(faults.delayAfterMs, undefined, { ref: false });
    if (transport?.type === 'loseReply') {
      request.socket.destroy();
      return;
    }
    const answer = planned ?? processed;
    if (!answer) throw new Error(`no answer for ${method} ${path}`);
    if (transport?.type === 'hangBody') {
      response.writeHead(answer.status, { ...answer.headers, 'Content-Length': Buffer.byteLength(answer.text) });
      response.write(answer.text.slice(0, Math.floor(answer.text.length / 2)));
      return;
    }
    record.status = answer.status;
    response.writeHead(answer.status, answer.headers);
    response.end(answer.text);
  }

  private process(
    incoming: Incoming,
    params: Params,
    request: IncomingMessage,
    faults: FaultSet,
    record: RequestRecord,
  ): Answer {
    const { exchange, limits, listenKeys } = this.parts;
    let usage: Record<string, string> = {};
    try {
      const route = this.routes.get(`${incoming.method} ${incoming.path}`);
      if (!route) throw refuse.noSuchPath(incoming.method, incoming.path);
      const weight = typeof route.weight === 'number' ? route.weight : route.weight(params);
      record.weight = weight;
      usage = limits.charge({ weight, orders: route.orders }, Date.now());
      this.authenticate(route.security, incoming, params, request);
      const version = incoming.path.startsWith('/fapi/v3') ? 3 : incoming.path.startsWith('/fapi/v2') ? 2 : 1;
      return json(200, route.handle({ exchange, params, version, faults, limits, listenKeys }), usage);
    } catch (error) {
      if (error instanceof WireError) {
        this.parts.recorder.refuse(record, error.code);
        return json(error.status, error.body(), { ...usage, ...error.headers });
      }
      process.stderr.write(`paper exchange: ${incoming.method} ${incoming.path}: ${String(error)}\n`);
      return json(500, { code: -1000, msg: 'An unknown error occurred while processing the request.' }, usage);
    }
  }

  /** Key, timestamp, signature, right to trade. @throws WireError -2014, -2015, -1102, -1021, -1131, -1022 */
  private authenticate(security: Security, incoming: Incoming, params: Params, request: IncomingMessage): void {
    if (security === 'none') return;
    const key = request.headers['x-mbx-apikey'];
    if (typeof key !== 'string' || !/^[\w-]+$/.test(key)) throw refuse.keyFormat();
    if (key !== this.parts.apiKey) throw refuse.keyRejected();
    if (security === 'key') return;
    const timestampMs = params.integer('timestamp');
    if (timestampMs === undefined) throw refuse.missing('timestamp');
    const { payload, signature } = splitSigned(incoming.query, incoming.body);
    if (signature === undefined) throw refuse.missing('signature');
    const recvWindowMs = params.decimal('recvWindow')?.toNumber() ?? DEFAULT_RECV_WINDOW_MS;
    if (recvWindowMs > MAX_RECV_WINDOW_MS) throw refuse.recvWindow();
    const serverMs = this.parts.exchange.nowMs();
    if (timestampMs >= serverMs + AHEAD_MS) throw refuse.timestampAhead();
    if (serverMs - timestampMs > recvWindowMs) throw refuse.timestamp();
    if (!signatureMatches(this.parts.apiSecret, payload, signature)) throw refuse.signature();
    if (security === 'trade' && !this.parts.exchange.account.canTrade) throw refuse.keyRejected();
  }
}

function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, text: JSON.stringify(value), headers: { 'Content-Type': 'application/json', ...headers } };
}

function faultAnswer(fault: Extract<NonNullable<FaultSet['transport']>, { type: 'status' }>): Answer {
  const text = fault.body ?? JSON.stringify({ code: fault.code ?? -1000, msg: fault.msg ?? '' });
  const isHtml = text.trimStart().startsWith('<');
  return {
    status: fault.status,
    text,
    headers: { 'Content-Type': isHtml ? 'text/html' : 'application/json', ...fault.headers },
  };
}
