import { setTimeout as sleep } from 'node:timers/promises';
import type { SocketEnd, StreamSocket } from './stream-socket.js';

/** A connection that is being made, or why there is none. */
export type Opened = StreamSocket | SocketEnd;

interface StreamLoopParts {
  /** Opens the next connection; what it throws counts as `not_connected`. `over` is aborted when the connection has ended. */
  readonly open: (over: AbortSignal) => Promise<Opened> | Opened;
  readonly timings: { readonly backOffFirstMs: number; readonly backOffMaxMs: number };
  readonly disconnected: (end: SocketEnd, retryInMs: number) => void;
}

/** Keeps one connection of a stream: after any end the next one, after a pause that doubles until a connection has lasted. */
export class StreamLoop {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private socket: StreamSocket | undefined;

  constructor(private readonly parts: StreamLoopParts) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Ends the present connection; the next one follows. */
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
    const { backOffFirstMs, backOffMaxMs } = this.parts.timings;
    let backOffMs = backOffFirstMs;
    while (!this.isStopped) {
      const begunMs = performance.now();
      const end = await this.connection();
      if (this.isStopped) return;
      // Only a connection that outlived the longest pause proves that the fault is over.
      if (performance.now() - begunMs > backOffMaxMs) backOffMs = backOffFirstMs;
      const pauseMs = Math.round(backOffMs * (0.75 + Math.random() / 2));
      backOffMs = Math.min(backOffMs * 2, backOffMaxMs);
      this.parts.disconnected(end, pauseMs);
      await pause(pauseMs, this.stopping.signal);
    }
  }

  /** Resolves when the connection has ended. */
  private async connection(): Promise<SocketEnd> {
    const over = new AbortController();
    try {
      const opened = await this.parts.open(over.signal);
      if (!('ended' in opened)) return opened;
      this.socket = opened;
      if (this.isStopped) opened.end('closed', 'stopped');
      return await opened.ended;
    } catch (error) {
      return { cause: 'not_connected', detail: error instanceof Error ? error.message : String(error) };
    } finally {
      over.abort();
      this.socket = undefined;
    }
  }
}

/** `false` when it was interrupted. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
