import http from 'node:http';
import https from 'node:https';
import type { ExchangeAnswer, WireResult } from './exchange-answer.js';

/** A request as it goes out, byte by byte. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query, already encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** For a connection, and then from the first byte written to the last byte read. */
  readonly deadlineMs: number;
}

/** A request with its own open connection; nothing of it is written yet. */
export interface OpenRequest {
  /** Writes the request, once. A missing or incomplete answer is a result, not an error. */
  send(): Promise<WireResult>;
  /** Gives the request up. No byte of it is written; without effect after {@link send}. */
  drop(): void;
}

/** No connection: no byte was written. */
interface NotOpened {
  readonly transportError: string;
  readonly written: false;
}

const KEEP_ALIVE_MS = 30_000;
/** The largest answer (exchangeInfo) has 2 MB. */
const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;

/** Writes requests to one origin over kept-alive sockets: no retry, no redirect, no proxy, no pipelining. */
export class Wire {
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;
  readonly #underway = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(
    private readonly origin: string,
    options: { readonly connections: number },
  ) {
    const { Agent, request } = origin.startsWith('https:') ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connections, timeout: KEEP_ALIVE_MS });
    this.#request = request;
  }

  /** Takes a connection for a request, kept alive or new, and waits until it stands. */
  async open(request: WireRequest): Promise<OpenRequest | NotOpened> {
    if (this.#isClosed) return { transportError: 'the connections to the exchange are destroyed', written: false };
    const { method, path, body, headers } = request;
    const outgoing = this.#request(`${this.origin}${path}`, {
      method,
      agent: this.#agent,
      headers: {
        ...headers,
        'user-agent': 'permit-gate',
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
    });
    const flight = new Flight(outgoing, request);
    const ended = flight.ended.finally(() => this.#underway.delete(ended));
    this.#underway.add(ended);
    return (await flight.connected()) ?? flight;
  }

  /** Opens and sends in one step. */
  async send(request: WireRequest): Promise<WireResult> {
    const opened = await this.open(request);
    return 'transportError' in opened ? opened : opened.send();
  }

  /** Finishes requests underway, and takes no new ones. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#underway);
    this.#agent.destroy();
  }
}

/** One request from its connection to the end of its answer. */
class Flight implements OpenRequest {
  /** Resolves with the result of the request; with a failure when it was dropped. */
  readonly ended: Promise<WireResult>;
  #settle: (result: WireResult) => void = () => undefined;
  #settled: WireResult | undefined;
  #timer: NodeJS.Timeout | undefined;
  #written = false;

  constructor(
    private readonly outgoing: http.ClientRequest,
    private readonly request: WireRequest,
  ) {
    this.ended = new Promise((resolve) => (this.#settle = resolve));
    outgoing.on('error', (error) => this.#fail(error));
    outgoing.on('response', (incoming) => this.#read(incoming));
    this.#expect('no connection');
  }

  /** Waits for the connection: `undefined` when it stands, else why there is none. */
  async connected(): Promise<NotOpened | undefined> {
    const { outgoing } = this;
    const stands = new Promise<undefined>((resolve) => {
      outgoing.once('socket', (socket) => {
        const done = (): void => resolve(undefined);
        if (socket.connecting) socket.once('encrypted' in socket ? 'secureConnect' : 'connect', done);
        else done();
      });
    });
    const failure = await Promise.race([stands, this.ended]);
    if (failure !== undefined) return { transportError: describe(failure), written: false };
    clearTimeout(this.#timer);
    return undefined;
  }

  send(): Promise<WireResult> {
    if (this.#written) throw new Error('a request is written once');
    const { socket } = this.outgoing;
    if (this.#settled === undefined && socket !== null && !socket.destroyed && !socket.readableEnded) {
      this.#written = true;
      this.#expect('no complete answer');
      this.outgoing.end(this.request.body);
    } else {
      this.#fail(new Error('the connection was lost before the request was written'));
    }
    return this.ended;
  }

  drop(): void {
    if (!this.#written) this.#fail(new Error('given up before it was written'));
  }

  #read(incoming: http.IncomingMessage): void {
    const chunks: Buffer[] = [];
    let receivedBytes = 0;
    incoming.on('error', (error) => this.#fail(error));
    incoming.on('data', (chunk: Buffer) => {
      receivedBytes += chunk.length;
      if (receivedBytes > LARGEST_ANSWER_BYTES) this.#fail(new Error('the answer is too large'));
      else chunks.push(chunk);
    });
    incoming.on('end', () => {
      const answer: ExchangeAnswer = {
        httpStatus: incoming.statusCode ?? 0,
        headers: Object.fromEntries(
          Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
        ),
        body: Buffer.concat(chunks).toString('utf8'),
      };
      this.#end(answer);
    });
  }

  #fail(error: Error): void {
    const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
    const transportError = `${code}${error.message === '' ? error.name : error.message}`;
    this.#end({ transportError, written: this.#written });
    this.outgoing.destroy();
  }

  #end(result: WireResult): void {
    if (this.#settled !== undefined) return;
    this.#settled = result;
    clearTimeout(this.#timer);
    this.#settle(result);
  }

  #expect(missing: string): void {
    clearTimeout(this.#timer);
    const { deadlineMs } = this.request;
    this.#timer = setTimeout(() => this.#fail(new Error(`${missing} within ${deadlineMs} ms`)), deadlineMs);
  }
}

function describe(result: WireResult): string {
  return 'transportError' in result ? result.transportError : `answered HTTP ${result.httpStatus} before it was sent`;
}
