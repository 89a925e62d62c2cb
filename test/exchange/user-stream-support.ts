import { createServer, type Server, type Socket, connect } from 'node:net';
import { afterEach, beforeEach } from 'vitest';
import { type CcxtExchangeOptions, createCcxtExchange } from '../../src/exchange/ccxt-exchange.js';
import type { ExchangePort } from '../../src/exchange/exchange.port.js';
import type { UserEvent, UserStream, UserStreamListener } from '../../src/exchange/user-stream.port.js';
import {
  DEFAULT_API_KEY,
  DEFAULT_API_SECRET,
  type PaperExchange,
  startPaperExchange,
} from '../../src/paper-exchange/index.js';

/** Writes down what a stream says. */
export class Ear implements UserStreamListener {
  readonly events: UserEvent[] = [];
  readonly faults: string[] = [];
  /** `up` and the causes of ends, in their order. */
  readonly states: string[] = [];
  readonly retriesMs: number[] = [];
  readonly aliveAtMs: number[] = [];

  connected(): void {
    this.states.push('up');
  }
  event(event: UserEvent): void {
    this.events.push(event);
  }
  alive(): void {
    this.aliveAtMs.push(performance.now());
  }
  unreadable(detail: string): void {
    this.faults.push(detail);
  }
  keyNotRenewed(error: unknown): void {
    this.states.push(`not renewed: ${String(error)}`);
  }
  disconnected(cause: string, _detail: string, retryInMs: number): void {
    this.states.push(cause);
    this.retriesMs.push(retryInMs);
  }

  amounts(): string[] {
    return this.events.flatMap((event) =>
      event.kind === 'position' ? [`${event.symbol} ${event.amount.toFixed()}`] : [],
    );
  }
}

/** A wire between two ends that can go dead without closing, as a lost route does. */
export class Cable {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(private readonly target: number) {
    this.server = createServer((near) => {
      const far = connect(this.target, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
        from.on('data', (data) => void (this.isDead || to.write(data)));
      }
    });
  }

  isDead = false;

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    return `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A paper exchange, and streams on it that are stopped with the test. */
export class StreamRig {
  declare paper: PaperExchange;
  private readonly exchanges: ExchangePort[] = [];
  private readonly streams: UserStream[] = [];

  listen(options: Partial<CcxtExchangeOptions> = {}): { ear: Ear; stream: UserStream; exchange: ExchangePort } {
    const exchange = createCcxtExchange({
      restUrl: this.paper.restUrl,
      account: 'testnet',
      apiKey: DEFAULT_API_KEY,
      apiSecret: DEFAULT_API_SECRET,
      recvWindowMs: 2000,
      orderTimeoutMs: 1000,
      readTimeoutMs: 1000,
      ...options,
      streamTimings: { backOffFirstMs: 20, ...options.streamTimings },
    });
    const ear = new Ear();
    const stream = exchange.userStream(ear);
    this.exchanges.push(exchange);
    this.streams.push(stream);
    stream.start();
    return { ear, stream, exchange };
  }

  calls(method: string): number {
    return this.paper.records().requests.filter((r) => r.method === method && r.path === '/fapi/v1/listenKey').length;
  }

  async start(): Promise<void> {
    this.paper = await startPaperExchange({ port: 0, positions: { BTCUSDT: '0.010' } });
  }

  async stop(): Promise<void> {
    await Promise.all(this.streams.splice(0).map((stream) => stream.stop()));
    await Promise.all(this.exchanges.splice(0).map((exchange) => exchange.close()));
    await this.paper.close();
  }
}

export function useStreamRig(): StreamRig {
  const rig = new StreamRig();
  beforeEach(() => rig.start());
  afterEach(() => rig.stop());
  return rig;
}
