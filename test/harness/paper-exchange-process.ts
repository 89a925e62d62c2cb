import { createHmac } from 'node:crypto';
import type { startPaperExchange } from '../../src/paper-exchange/index.js';
import { stop } from './child-processes.js';
import { Program, type ProgramOptions } from './program.js';

export const API_KEY = 'paper-api-key';
const API_SECRET = 'paper-api-secret';
/** The variables of a process that trades on a paper exchange. */
export const PAPER_KEYS = { BINANCE_TESTNET_API_KEY: API_KEY, BINANCE_TESTNET_API_SECRET: API_SECRET } as const;

/** For a paper exchange in this process that many processes share: limits are not tested there. */
export const UNLIMITED = { weightPerMinute: 1_000_000, ordersPer10s: 10_000, ordersPerMinute: 100_000 };

const CALL_WITHIN_MS = 10_000;

export type ExchangeRecords = ReturnType<Awaited<ReturnType<typeof startPaperExchange>>['records']>;

/** A fault as `POST /paper/faults` takes it. */
export interface ExchangeFault {
  readonly match?: { readonly method?: string; readonly path?: string; readonly symbol?: string };
  readonly action: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly times?: number;
  /** How long it lasts once it is set. */
  readonly forMs?: number;
}

/** A request for an order, as it arrived. */
export interface OrderArrival {
  readonly clientOrderId: string;
  /** Host clock, epoch ms with fractions. */
  readonly atMs: number;
}

export interface PaperExchangeStart {
  readonly positions?: Readonly<Record<string, string>>;
  readonly marks?: Readonly<Record<string, string>>;
  /** Lists these symbols, see {@link writeListing}. */
  readonly exchangeInfoFile?: string;
  /** Without Binance's limits on requests and orders. */
  readonly unlimited?: boolean;
}

/** The paper exchange in a process of its own, controlled over its HTTP interface: records, faults, and another trader. */
export class PaperExchangeProcess {
  private constructor(
    private readonly program: Program,
    readonly restUrl: string,
    readonly wsUrl: string,
  ) {}

  static async start(
    { positions = {}, marks = {}, exchangeInfoFile, unlimited = false }: PaperExchangeStart,
    folder: string,
    options: Omit<ProgramOptions, 'logFile'> = {},
  ): Promise<PaperExchangeProcess> {
    const args = [
      ...(unlimited ? ['--unlimited'] : []),
      ...(exchangeInfoFile === undefined ? [] : ['--exchange-info', exchangeInfoFile]),
      ...Object.entries(positions).flatMap(([symbol, amount]) => ['--position', `${symbol}=${amount}`]),
      ...Object.entries(marks).flatMap(([symbol, price]) => ['--mark', `${symbol}=${price}`]),
    ];
    const program = new Program(['paper-exchange', '--port', '0', ...args], {}, folder, options);
    await program.until('the paper exchange listens', () => program.stdout.includes('\n'));
    const listening = JSON.parse(program.stdout) as { readonly rest_url: string; readonly ws_url: string };
    return new PaperExchangeProcess(program, listening.rest_url, listening.ws_url);
  }

  get port(): number {
    return Number(new URL(this.restUrl).port);
  }

  stop(): Promise<void> {
    return stop(this.program.child);
  }

  async records(): Promise<ExchangeRecords> {
    return (await this.#call('GET', '/paper/records')) as ExchangeRecords;
  }

  /** Every order that was requested, whatever became of it. */
  async orderArrivals(): Promise<readonly OrderArrival[]> {
    const { requests } = await this.records();
    return requests
      .filter(({ method, path }) => method === 'POST' && path === '/fapi/v1/order')
      .map(({ params, atMs }) => ({ clientOrderId: params['newClientOrderId'] ?? '', atMs }));
  }

  async addFaults(faults: readonly ExchangeFault[]): Promise<void> {
    for (const { forMs, ...fault } of faults) {
      const limit = forMs === undefined ? {} : { untilMs: Date.now() + forMs };
      await this.#call('POST', '/paper/faults', { ...fault, ...limit });
    }
  }

  async clearFaults(): Promise<void> {
    await this.#call('DELETE', '/paper/faults');
    await this.streams('resume');
  }

  async streams(action: 'drop' | 'expire' | 'silence' | 'resume'): Promise<void> {
    await this.#call('POST', '/paper/streams', { action });
  }

  /** Rules of a market that change while it is traded. */
  async setRules(symbol: string, change: Readonly<Record<string, string>>): Promise<void> {
    await this.#call('POST', '/paper/rules', { symbol, ...change });
  }

  /** A market order of another trader on the same account: signed as Binance requires, and not reduce-only. */
  async buyAsAnotherTrader(symbol: string, quantity: string): Promise<void> {
    const timestamp = String(Date.now());
    const query = new URLSearchParams({ symbol, side: 'BUY', type: 'MARKET', quantity, timestamp }).toString();
    await this.#call('POST', `/fapi/v1/order?${query}&signature=${signatureOf(query)}`);
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.restUrl}${path}`, {
      method,
      headers: { 'X-MBX-APIKEY': API_KEY },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_WITHIN_MS),
    });
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    throw new Error(`the paper exchange refused ${method} ${path.split('?')[0] ?? ''}: ${JSON.stringify(answer)}`);
  }
}

/** The signature of a request, as Binance computes it. */
export function signatureOf(query: string): string {
  return createHmac('sha256', API_SECRET).update(query).digest('hex');
}
