import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerControl } from './control.js';
import { Decimal } from './decimal.js';
import { eventView } from './event-views.js';
import { type Autoclose, Exchange, type ExchangeSettings } from './exchange.js';
import type { RulesChange } from './exchange-info.js';
import { type Fault, Faults } from './faults.js';
import { FieldError } from './field-reader.js';
import { Gateway } from './gateway.js';
import { ListenKeys } from './listen-keys.js';
import { MarketStreams } from './market-streams.js';
import { type Limits, RateLimits } from './rate-limits.js';
import { Recorder, type Records } from './recorder.js';
import { UserStreams } from './user-streams.js';

const TICK_MS = 1000;
const MAX_BODY_BYTES = 65_536;
const KEEP_ALIVE_MS = 75_000;

export interface PaperSettings extends ExchangeSettings {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly limits: Limits;
  /** Returns a number in [0, 1). When it is given, the mark prices move once a second. */
  readonly random: (() => number) | undefined;
}

/** A running paper exchange. Quantities and prices are decimal strings; a symbol that is not listed throws. */
export class PaperExchange {
  private readonly server: Server;
  private readonly exchange: Exchange;
  private readonly gateway: Gateway;
  private readonly streams: UserStreams;
  private readonly marketStreams: MarketStreams;
  private readonly armed = new Faults();
  private readonly recorder = new Recorder();
  private readonly listenKeys = new ListenKeys();
  private readonly ticker: NodeJS.Timeout;
  private silenced = false;
  private address = { host: '', port: 0 };

  constructor(private readonly settings: PaperSettings) {
    this.streams = new UserStreams(this.listenKeys, () => this.exchange.nowMs());
    this.exchange = new Exchange(settings, (event) => {
      if (this.silenced || this.armed.streamsSilent(Date.now())) return;
      const { markets, account } = this.exchange;
      this.streams.publish(eventView(event, markets, account, this.exchange.nowMs()));
    });
    this.marketStreams = new MarketStreams(this.exchange, this.streams, this.armed);
    this.gateway = new Gateway({
      exchange: this.exchange,
      faults: this.armed,
      recorder: this.recorder,
      limits: new RateLimits(settings.limits),
      listenKeys: this.listenKeys,
      apiKey: settings.apiKey,
      apiSecret: settings.apiSecret,
    });
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((error: unknown) => {
        process.stderr.write(`paper exchange: ${String(error)}\n`);
        response.destroy();
      });
    });
    this.server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.server.on('upgrade', (request, socket, head) => this.streams.upgrade(request, socket, head));
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.ticker.unref();
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    const bound = this.server.address() as AddressInfo;
    this.address = { host: bound.family === 'IPv6' ? `[${bound.address}]` : bound.address, port: bound.port };
  }

  get port(): number {
    return this.address.port;
  }

  /** Base of the REST interface, without `/fapi`. */
  get restUrl(): string {
    return `http://${this.address.host}:${this.address.port}`;
  }

  /** Base of the streams, without `/ws` or `/stream`. */
  get wsUrl(): string {
    return `ws://${this.address.host}:${this.address.port}`;
  }

  async close(): Promise<void> {
    clearInterval(this.ticker);
    this.exchange.close();
    this.streams.close();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  /** Moves a position as an unseen trade would; with `silent` no ACCOUNT_UPDATE is sent. */
  setPosition(symbol: string, amount: string, entryPrice?: string, options: { silent?: boolean } = {}): void {
    const entry = entryPrice === undefined ? undefined : new Decimal(entryPrice);
    this.exchange.setPosition(symbol, new Decimal(amount), entry, options.silent ?? false);
  }

  /** Moves a mark price; orders that it reaches execute before this returns, and the mark price streams report it at once. */
  setMark(symbol: string, price: string): void {
    const mark = new Decimal(price);
    if (!mark.gt(0)) throw new FieldError('price', `price must be above zero; got "${price}"`);
    this.exchange.setMark(symbol, mark);
    this.marketStreams.publish();
  }

  /** ADL, liquidation or settlement takes part of a position, or all of it. @returns the exchange's order id */
  autoclose(symbol: string, kind: Autoclose, quantity?: string): number {
    return this.exchange.autoclose(symbol, kind, quantity === undefined ? undefined : new Decimal(quantity)).orderId;
  }

  /** Changes step, minimum, maximum or tick of a symbol while it trades. */
  setRules(symbol: string, change: RulesChange): void {
    this.exchange.markets.setRules(symbol, change);
  }

  setHedgeMode(hedgeMode: boolean): void {
    this.exchange.forcePositionMode(hedgeMode);
  }

  /** Without the right to trade, orders answer 401 -2015. */
  setCanTrade(canTrade: boolean): void {
    this.exchange.account.canTrade = canTrade;
  }

  /** Moves the exchange's clock against the host's. */
  setClockOffset(offsetMs: number): void {
    this.exchange.clockOffsetMs = offsetMs;
  }

  /** @returns the fault's number, as `faults()` lists it */
  addFault(fault: Fault): number {
    return this.armed.add(fault);
  }

  faults(): (Fault & { id: number; left: number })[] {
    return this.armed.list();
  }

  clearFaults(): void {
    this.armed.clear();
  }

  records(): Records {
    return this.recorder.read(this.exchange);
  }

  /** Cuts every stream connection. */
  dropUserStreams(): void {
    this.streams.drop();
  }

  /** Streams stay open; events of this time are never sent. */
  silenceUserStreams(silent: boolean): void {
    this.silenced = silent;
  }

  /** Ends the listen key as if its hour were over. */
  expireListenKeys(): void {
    this.expire(true);
  }

  private expire(force: boolean): void {
    const key = this.listenKeys.expire(Date.now(), force);
    if (key !== undefined) this.streams.announceExpiry(key);
  }

  private tick(): void {
    this.exchange.tick();
    this.expire(false);
    if (this.settings.random) this.exchange.walkMarks(this.settings.random);
    this.marketStreams.publish();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/', ...rest] = (request.url ?? '/').split('?');
    const method = request.method ?? 'GET';
    const body = await readBody(request);
    if (body === undefined) {
      send(response, 413, { code: -1130, msg: `Request body is larger than ${MAX_BODY_BYTES} bytes.` });
      return;
    }
    if (path === '/paper' || path.startsWith('/paper/')) {
      const answer = answerControl(this, method, path, body);
      send(response, answer.status, answer.body);
      return;
    }
    await this.gateway.serve({ method, path, query: rest.join('?'), body }, request, response);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** The whole body, `undefined` when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}
