import { setTimeout as sleep } from 'node:timers/promises';
import { readStreamMessage } from './user-stream-events.js';
import { type SocketEnd, StreamSocket, type StreamTimings } from './user-stream-socket.js';
import type { UserStream, UserStreamListener } from './user-stream.port.js';

export const DEFAULT_TIMINGS: StreamTimings = {
  renewMs: 20 * 60_000,
  connectMs: 5_000,
  pingMs: 1_000,
  pongMs: 5_000,
  silenceMs: 10 * 60_000,
  backOffFirstMs: 100,
  backOffMaxMs: 30_000,
};

/** The two calls about listen keys. Both throw when the exchange cannot be asked. */
export interface ListenKeyCalls {
  /** The account's listen key, valid for another hour: the existing one, or a new one. */
  obtain(): Promise<string>;
  /** `false` when that key does not exist any more. */
  renew(listenKey: string): Promise<boolean>;
}

/** A renewal that failed is tried again after this share of the time between renewals. */
const RENEW_AGAIN = 20;

/**
 * The user-data stream over a socket of its own. After any end of a connection, the next one begins with a new request for a listen key,
 * after a pause that doubles until a connection has lasted. The key is never deleted: there is one per account, and
 * other processes use it.
 */
export class ExchangeUserStream implements UserStream {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private socket: StreamSocket | undefined;

  constructor(
    private readonly streamUrl: (listenKey: string) => string,
    private readonly keys: ListenKeyCalls,
    private readonly timings: StreamTimings,
    private readonly listener: UserStreamListener,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  replace(detail: string): void {
    this.socket?.end('distrusted', detail);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.socket?.end('closed', 'stopped');
    await this.running;
  }

  private get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    const { backOffFirstMs, backOffMaxMs } = this.timings;
    let backOffMs = backOffFirstMs;
    while (!this.isStopped) {
      const begunMs = performance.now();
      const end = await this.connection();
      if (this.isStopped) return;
      // Only a connection that outlived the longest pause proves that the fault is over.
      if (performance.now() - begunMs > backOffMaxMs) backOffMs = backOffFirstMs;
      const pauseMs = Math.round(backOffMs * (0.75 + Math.random() / 2));
      backOffMs = Math.min(backOffMs * 2, backOffMaxMs);
      this.listener.disconnected(end.cause, end.detail, pauseMs);
      await pause(pauseMs, this.stopping.signal);
    }
  }

  /** One listen key, one socket; resolves when it has ended. */
  private async connection(): Promise<SocketEnd> {
    const over = new AbortController();
    try {
      const listenKey = await this.keys.obtain();
      if (this.isStopped) return { cause: 'closed', detail: 'stopped' };
      const socket = new StreamSocket(this.streamUrl(listenKey), this.timings, {
        opened: () => this.listener.connected(),
        alive: () => this.listener.alive(),
        message: (text) => this.received(socket, text),
      });
      this.socket = socket;
      void this.keepKey(socket, listenKey, over.signal);
      return await socket.ended;
    } catch (error) {
      return { cause: 'not_connected', detail: error instanceof Error ? error.message : String(error) };
    } finally {
      over.abort();
      this.socket = undefined;
    }
  }

  /** Neither a message nor an error of its listener may end the process. */
  private received(socket: StreamSocket, text: string | undefined): void {
    try {
      const { events, faults } =
        text === undefined ? { events: [], faults: ['a message that is not text'] } : readStreamMessage(text);
      for (const detail of faults) this.listener.unreadable(detail);
      for (const event of events) {
        this.listener.event(event);
        if (event.kind === 'expired') socket.end('expired', 'the exchange says that the listen key expired');
      }
    } catch (error) {
      this.listener.unreadable(`the message could not be handled: ${String(error)}`);
    }
  }

  /** A failed renewal is tried again; the key lives three renewal periods. */
  private async keepKey(socket: StreamSocket, listenKey: string, over: AbortSignal): Promise<void> {
    const { renewMs } = this.timings;
    let waitMs = renewMs;
    while (await pause(waitMs, over)) {
      try {
        if (!(await this.keys.renew(listenKey)))
          socket.end('expired', 'the listen key could not be renewed: it is gone');
        waitMs = renewMs;
      } catch (error) {
        this.listener.keyNotRenewed(error);
        waitMs = renewMs / RENEW_AGAIN;
      }
    }
  }
}

/** `false` when it was interrupted. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
