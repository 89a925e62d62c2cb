import type { Readable } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import type { VenueAnswer, WireResult } from './venue-answer.js';

/** A request as it goes out, byte by byte. */
export interface WireRequest {
  readonly method: Dispatcher.HttpMethod;
  /** Path and query, already encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** From the first byte written to the last byte read, and for the connection before it. */
  readonly deadlineMs: number;
  /**
   * Runs once, when the connection stands and is this request's alone; only the write of the bytes comes after it.
   * Rejecting it keeps every byte back, and {@link Wire.send} rejects with the same reason. Needs a body.
   */
  readonly beforeWrite?: () => Promise<void>;
}

const KEEP_ALIVE_MS = 30_000;
/** The largest answer (exchangeInfo) has 2 MB. */
const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;

/** Writes requests to one origin over kept-alive sockets: no retry, no redirect, no proxy, no pipelining. */
export class Wire {
  private readonly pool: Pool;

  constructor(origin: string, options: { readonly connections: number; readonly connectTimeoutMs: number }) {
    this.pool = new Pool(origin, {
      connections: options.connections,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: { timeout: options.connectTimeoutMs },
      // The deadline of each request covers both; these would count the time of `beforeWrite` as silence.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Sends once. A missing or incomplete answer is a result, not an error. */
  send(request: WireRequest): Promise<WireResult> {
    return new Promise((resolve, reject) => {
      const flight = new Flight(request, resolve, reject);
      const { method, path, headers } = request;
      try {
        this.pool.dispatch(
          { method, path, headers: { ...headers, ...flight.extraHeaders }, body: flight.body },
          flight,
        );
      } catch (error) {
        flight.fail(error);
      }
    });
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}

/**
 * One request underway. A request with `beforeWrite` travels as an iterated body: undici takes a connection for it,
 * checks that it is alive, and holds head and body back until the first chunk, which is given only after the hook.
 */
class Flight implements Dispatcher.DispatchHandler {
  readonly body: string | Readable | null;
  readonly extraHeaders: Record<string, string> = { 'user-agent': 'permit-gate' };
  private controller: Dispatcher.DispatchController | undefined;
  private timer: NodeJS.Timeout | undefined;
  private written: boolean;
  private hook: 'none' | 'waiting' | 'running' | 'done' = 'none';
  private failure: Error | undefined;
  private settled = false;
  private httpStatus = 0;
  private headers: Record<string, string | undefined> = {};
  private readonly chunks: Buffer[] = [];
  private receivedBytes = 0;

  constructor(
    private readonly request: WireRequest,
    private readonly resolve: (result: WireResult) => void,
    private readonly reject: (reason: unknown) => void,
  ) {
    this.written = request.beforeWrite === undefined;
    this.body = request.body ?? null;
    if (request.beforeWrite !== undefined) {
      if (request.body === undefined) throw new Error('beforeWrite needs a request with a body');
      this.hook = 'waiting';
      const bytes = Buffer.from(request.body, 'utf8');
      this.extraHeaders['content-length'] = String(bytes.length);
      // undici takes any async iterable and iterates it as it is; its types name streams only.
      this.body = this.guarded(bytes, request.beforeWrite) as unknown as Readable;
    }
    this.arm('no connection');
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.settled) controller.abort(new Error('given up before it was sent'));
    else if (this.hook === 'none') this.arm('no complete answer');
  }

  onResponseStart(_: Dispatcher.DispatchController, statusCode: number, headers: NodeJS.Dict<string | string[]>): void {
    this.httpStatus = statusCode;
    this.headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value[0] : value]),
    );
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    if (this.receivedBytes > LARGEST_ANSWER_BYTES) controller.abort(new Error('the answer is too large'));
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.chunks).toString('utf8');
    const answer: VenueAnswer = { httpStatus: this.httpStatus, headers: this.headers, body };
    this.settle(() => this.resolve(answer));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  /** Ends the flight without an answer. While the hook runs its end is awaited first: what it did must be known. */
  fail(cause: unknown): void {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    if (this.hook === 'running') {
      this.failure ??= error;
      return;
    }
    this.settle(() => this.resolve({ transportError: describe(error), written: this.written }));
    this.controller?.abort(error);
  }

  private async *guarded(bytes: Buffer, beforeWrite: () => Promise<void>): AsyncGenerator<Buffer, void, undefined> {
    if (this.hook !== 'waiting' || this.settled) throw new Error('a request is written once');
    clearTimeout(this.timer);
    this.hook = 'running';
    try {
      await beforeWrite();
    } catch (reason) {
      this.hook = 'done';
      this.settle(() => this.reject(reason));
      throw new Error('stopped before the write', { cause: reason });
    }
    this.hook = 'done';
    if (this.failure !== undefined) {
      this.fail(this.failure);
      throw this.failure;
    }
    this.written = true;
    this.arm('no complete answer');
    yield bytes;
  }

  private arm(what: string): void {
    clearTimeout(this.timer);
    const { deadlineMs } = this.request;
    this.timer = setTimeout(() => this.fail(new Error(`${what} within ${deadlineMs} ms`)), deadlineMs);
  }

  private settle(finish: () => void): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.timer);
    finish();
  }
}

function describe(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${code}${error.message === '' ? error.name : error.message}`;
}
