import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { ListenKeys } from './listen-keys.js';

interface Subscriber {
  readonly socket: WebSocket;
  /** Listen keys and market streams, as the client named them. */
  readonly streams: Set<string>;
  /** Event names asked for with `events=`; empty means all. */
  readonly events: ReadonlySet<string>;
  /** `/stream` connections get `{stream,data}`, `/ws` connections the bare event. */
  combined: boolean;
}

/** Only there to parse a path; never connected to. */
const BASE = 'http://paper.invalid';
const PING_EVERY_MS = 180_000;

/** The WebSocket side: `/ws` and `/stream`, with or without `/private`, `/public` or `/market` before them. */
export class UserStreams {
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: 65_536 });
  private readonly subscribers = new Set<Subscriber>();
  private readonly pinger: NodeJS.Timeout;

  constructor(
    private readonly keys: ListenKeys,
    private readonly nowMs: () => number,
  ) {
    this.pinger = setInterval(() => {
      for (const { socket } of this.subscribers) if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, PING_EVERY_MS);
    this.pinger.unref();
  }

  /** Takes over an HTTP upgrade; a path that is not a stream is answered 404. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = URL.canParse(request.url ?? '/', BASE) ? new URL(request.url ?? '/', BASE) : undefined;
    const match = url && /^(?:\/(?:private|public|market))?\/(ws|stream)(?:\/(.*))?$/.exec(url.pathname);
    if (!match) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const named = [match[2], url.searchParams.get('listenKey'), url.searchParams.get('streams')];
    const streams = named.flatMap((value) => (value ? value.split('/') : [])).filter((name) => name !== '');
    const events = url.searchParams.get('events')?.split('/') ?? [];
    this.server.handleUpgrade(request, socket, head, (client) => {
      const subscriber: Subscriber = {
        socket: client,
        streams: new Set(streams),
        events: new Set(events),
        combined: match[1] === 'stream',
      };
      this.subscribers.add(subscriber);
      client.on('close', () => this.subscribers.delete(subscriber));
      client.on('error', () => client.terminate());
      client.on('message', (data) => this.command(subscriber, textOf(data)));
    });
  }

  /** An event of the account, to every connection that holds the live listen key. */
  publish(event: Record<string, unknown>): void {
    for (const subscriber of this.subscribers) {
      if (subscriber.events.size > 0 && !subscriber.events.has(String(event['e']))) continue;
      for (const stream of subscriber.streams) {
        const key = stream.split('@')[0] ?? stream;
        if (this.keys.isAlive(key, Date.now())) send(subscriber, stream, event);
      }
    }
  }

  /** Notifies the holders of a key that it ended. The connections stay open and silent, as they do on the exchange. */
  announceExpiry(listenKey: string): void {
    const event = { e: 'listenKeyExpired', E: this.nowMs(), listenKey };
    for (const subscriber of this.subscribers) {
      for (const stream of subscriber.streams) if (stream.startsWith(listenKey)) send(subscriber, stream, event);
    }
  }

  /** A market data event, to the connections that subscribed to exactly this stream name. */
  publishMarket(stream: string, data: unknown): void {
    for (const subscriber of this.subscribers) if (subscriber.streams.has(stream)) send(subscriber, stream, data);
  }

  wanted(): Set<string> {
    return new Set([...this.subscribers].flatMap((subscriber) => [...subscriber.streams]));
  }

  /** Cuts every connection without a closing handshake. */
  drop(): void {
    for (const { socket } of this.subscribers) socket.terminate();
  }

  close(): void {
    clearInterval(this.pinger);
    this.drop();
    this.server.close();
  }

  private command(subscriber: Subscriber, text: string): void {
    const { socket, streams } = subscriber;
    const message = parse(text);
    if (!message) {
      socket.send(JSON.stringify({ error: { code: 3, msg: 'Invalid JSON: expected value at line 1 column 1' } }));
      return;
    }
    const id = message['id'] ?? null;
    const names = Array.isArray(message['params']) ? message['params'].map(String) : [];
    const answer = (result: unknown): void => socket.send(JSON.stringify({ result, id }));
    switch (message['method']) {
      case 'SUBSCRIBE':
        for (const name of names) streams.add(name);
        answer(null);
        return;
      case 'UNSUBSCRIBE':
        for (const name of names) streams.delete(name);
        answer(null);
        return;
      case 'LIST_SUBSCRIPTIONS':
        answer([...streams]);
        return;
      case 'SET_PROPERTY':
        subscriber.combined = names[0] === 'combined' ? names[1] === 'true' : subscriber.combined;
        answer(null);
        return;
      default:
        socket.send(JSON.stringify({ error: { code: 2, msg: 'Invalid request: unknown variant' }, id }));
    }
  }
}

function send(subscriber: Subscriber, stream: string, data: unknown): void {
  if (subscriber.socket.readyState !== WebSocket.OPEN) return;
  subscriber.socket.send(JSON.stringify(subscriber.combined ? { stream, data } : data));
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
