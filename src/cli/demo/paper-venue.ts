import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { type Belongings, stopChild } from './belongings.js';
import { startProgram } from './program.js';

export const API_KEY = 'paper-api-key';
export const API_SECRET = 'paper-api-secret';

export interface PaperOrder {
  readonly symbol: string;
  readonly side: string;
  readonly reduceOnly: boolean;
  readonly executedQty: string;
  readonly clientOrderId: string;
}

/** A request for an order, as it arrived. */
export interface OrderArrival {
  readonly clientOrderId: string;
  /** Host clock, epoch ms with fractions. */
  readonly atMs: number;
}

interface Records {
  readonly orders: readonly PaperOrder[];
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly atMs: number;
    readonly params: Readonly<Record<string, string>>;
  }[];
}

/** The paper exchange of the demo, seen from outside: its records, its faults, and another trader on its account. */
export class PaperVenue {
  private constructor(
    private readonly child: ChildProcess,
    readonly restUrl: string,
  ) {}

  static async start(
    belongings: Belongings,
    positions: Readonly<Record<string, string>>,
    args: readonly string[] = [],
  ): Promise<PaperVenue> {
    const held = Object.entries(positions).flatMap(([symbol, amount]) => ['--position', `${symbol}=${amount}`]);
    const { child, lastLines } = startProgram(
      belongings,
      'paper-exchange',
      ['paper-exchange', '--port', '0', ...args, ...held],
      {},
      true,
    );
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the paper exchange did not start: ${lastLines()}`);
    });
    const [line] = (await Promise.race([once(child.stdout ?? child, 'data'), ended])) as [Buffer];
    ended.catch(() => undefined);
    const { rest_url: restUrl } = JSON.parse(line.toString()) as { rest_url: string };
    return new PaperVenue(child, restUrl);
  }

  stop(): Promise<void> {
    return stopChild(this.child);
  }

  async orders(): Promise<readonly PaperOrder[]> {
    return (await this.#records()).orders;
  }

  /** Every order that was asked for, whatever became of it. */
  async orderArrivals(): Promise<readonly OrderArrival[]> {
    const { requests } = await this.#records();
    return requests
      .filter(({ method, path }) => method === 'POST' && path === '/fapi/v1/order')
      .map(({ params, atMs }) => ({ clientOrderId: params['newClientOrderId'] ?? '', atMs }));
  }

  /** Every read of the positions takes this long until {@link clearFaults}. */
  async slowPositionReads(ms: number): Promise<void> {
    await this.#call('POST', '/paper/faults', {
      match: { path: '/positionRisk' },
      action: { type: 'delay', ms },
      times: -1,
    });
  }

  async clearFaults(): Promise<void> {
    await this.#call('DELETE', '/paper/faults');
  }

  /** A market order by somebody else who trades on the same account: signed as Binance has it, and not reduce-only. */
  async somebodyBuys(symbol: string, quantity: string): Promise<void> {
    const query = new URLSearchParams({
      symbol,
      side: 'BUY',
      type: 'MARKET',
      quantity,
      timestamp: String(Date.now()),
    }).toString();
    const signature = createHmac('sha256', API_SECRET).update(query).digest('hex');
    await this.#call('POST', `/fapi/v1/order?${query}&signature=${signature}`);
  }

  async #records(): Promise<Records> {
    return (await this.#call('GET', '/paper/records')) as Records;
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.restUrl}${path}`, {
      method,
      headers: { 'X-MBX-APIKEY': API_KEY },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer: unknown = await response.json();
    if (!response.ok)
      throw new Error(`the paper exchange refused ${method} ${path.split('?')[0] ?? ''}: ${JSON.stringify(answer)}`);
    return answer;
  }
}
