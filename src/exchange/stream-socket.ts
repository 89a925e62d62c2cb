import { type RawData, WebSocket } from 'ws';
import type { StreamEnd } from './user-stream.port.js';

/** Limits by which the stream monitors itself; all in ms. */
export interface StreamTimings {
  readonly connectMs: number;
  readonly pingMs: number;
  /** A ping that is not answered within this ends the connection. */
  readonly pongMs: number;
  /** A connection without a message for this long is replaced, even if it answers pings. */
  readonly silenceMs: number;
  readonly backOffFirstMs: number;
  readonly backOffMaxMs: number;
}

export interface SocketEnd {
  readonly cause: StreamEnd;
  readonly detail: string;
}

interface SocketListener {
  opened(): void;
  /** An answered ping, a ping or a message of the exchange. */
  alive(): void;
  /** `undefined` for a message that is not text. */
  message(text: string | undefined): void;
}

/** An account update of all symbols has some 200 kB. */
const LARGEST_MESSAGE_BYTES = 1024 * 1024;

/** One connection from its first byte to its end; it is never opened again. */
export class StreamSocket {
  /** Resolves once, when no more events will come. */
  readonly ended: Promise<SocketEnd>;
  private readonly socket: WebSocket;
  private readonly watch: NodeJS.Timeout;
  private resolve: (end: SocketEnd) => void = () => undefined;
  private isOver = false;
  private wasOpen = false;
  private failure = '';
  private signOfLifeMs = performance.now();
  private lastMessageMs = performance.now();

  constructor(
    url: string,
    private readonly timings: StreamTimings,
    private readonly listener: SocketListener,
  ) {
    this.ended = new Promise((resolve) => (this.resolve = resolve));
    this.socket = new WebSocket(url, {
      handshakeTimeout: timings.connectMs,
      maxPayload: LARGEST_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    this.socket.on('open', () => this.opened());
    this.socket.on('message', (data, isBinary) => this.received(data, isBinary));
    this.socket.on('ping', () => this.heard());
    this.socket.on('pong', () => this.heard());
    this.socket.on('error', (error) => (this.failure = error.message));
    this.socket.on('close', (code) => this.closed(code));
    this.watch = setInterval(() => this.look(), Math.max(1, Math.min(timings.pingMs, timings.pongMs)));
  }

  /** Ends the connection without a closing handshake, which a dead peer would never answer. */
  end(cause: StreamEnd, detail: string): void {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.watch);
    this.socket.terminate();
    this.resolve({ cause, detail });
  }

  private opened(): void {
    this.wasOpen = true;
    this.alive();
    this.lastMessageMs = performance.now();
    this.socket.ping();
    this.listener.opened();
  }

  private received(data: RawData, isBinary: boolean): void {
    if (this.isOver) return;
    this.alive();
    this.lastMessageMs = performance.now();
    this.listener.message(isBinary || !Buffer.isBuffer(data) ? undefined : data.toString('utf8'));
    this.listener.alive();
  }

  private heard(): void {
    if (this.isOver) return;
    this.alive();
    this.listener.alive();
  }

  private alive(): void {
    this.signOfLifeMs = performance.now();
  }

  private look(): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const { pingMs, pongMs, silenceMs } = this.timings;
    const deadMs = performance.now() - this.signOfLifeMs;
    const silentMs = performance.now() - this.lastMessageMs;
    if (deadMs > pingMs + pongMs) this.end('half_open', `no sign of life for ${Math.round(deadMs)} ms`);
    else if (silentMs > silenceMs) this.end('silent', `no message for ${Math.round(silentMs / 1000)} s`);
    else this.socket.ping();
  }

  private closed(code: number): void {
    const detail = this.failure === '' ? `closed with code ${code}` : this.failure;
    this.end(this.wasOpen ? 'closed' : 'not_connected', detail);
  }
}
