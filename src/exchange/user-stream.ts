import { pause, StreamLoop } from './stream-loop.js';
import { StreamSocket, type StreamTimings } from './stream-socket.js';
import { readStreamMessage } from './user-stream-events.js';
import type { UserStream, UserStreamListener } from './user-stream.port.js';

export interface UserStreamTimings extends StreamTimings {
  /** Between renewals of the listen key, which lives 60 minutes. */
  readonly renewMs: number;
}

export const DEFAULT_TIMINGS: UserStreamTimings = {
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
 * The user-data stream over a socket of its own. Each connection begins with a new request for a listen key. The key is never
 * deleted: there is one per account, and other processes use it.
 */
export class ExchangeUserStream implements UserStream {
  private readonly loop: StreamLoop;

  constructor(
    private readonly streamUrl: (listenKey: string) => string,
    private readonly keys: ListenKeyCalls,
    private readonly timings: UserStreamTimings,
    private readonly listener: UserStreamListener,
  ) {
    this.loop = new StreamLoop({
      open: (over) => this.open(over),
      timings,
      disconnected: ({ cause, detail }, retryInMs) => listener.disconnected(cause, detail, retryInMs),
    });
  }

  start(): void {
    this.loop.start();
  }

  replace(detail: string): void {
    this.loop.replace(detail);
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  /** One listen key, one socket. */
  private async open(over: AbortSignal): Promise<StreamSocket> {
    const listenKey = await this.keys.obtain();
    const socket: StreamSocket = new StreamSocket(this.streamUrl(listenKey), this.timings, {
      opened: () => this.listener.connected(),
      alive: () => this.listener.alive(),
      message: (text) => this.received(socket, text),
    });
    void this.keepKey(socket, listenKey, over);
    return socket;
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
