import { afterEach, beforeEach } from 'vitest';
import { type CcxtExchangeOptions, createCcxtExchange } from '../../src/exchange/ccxt-exchange.js';
import type { ExchangePort, OrderOutcome } from '../../src/exchange/exchange.port.js';
import type { MarketSymbol } from '../../src/flow/0-primitives.js';
import {
  DEFAULT_API_KEY,
  DEFAULT_API_SECRET,
  type PaperExchange,
  type PaperExchangeOptions,
  startPaperExchange,
} from '../../src/paper-exchange/index.js';
import { placeReduceOnly, type SignedTimes } from '../harness/place-order.js';

export const BTC = 'BTCUSDT' as MarketSymbol;
export const ETH = 'ETHUSDT' as MarketSymbol;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const passes = (): Promise<void> => Promise.resolve();

/** A paper exchange with a long and a short position, and the adapter on it; both new for each test. */
export class Rig {
  declare paper: PaperExchange;
  declare exchange: ExchangePort;
  private readonly opened: ExchangePort[] = [];
  private orders = 0;

  /** Another adapter on the same exchange, closed with the test. */
  open(options: Partial<CcxtExchangeOptions> = {}): ExchangePort {
    const exchange = createCcxtExchange({
      restUrl: this.paper.restUrl,
      account: 'testnet',
      apiKey: DEFAULT_API_KEY,
      apiSecret: DEFAULT_API_SECRET,
      recvWindowMs: 2000,
      orderTimeoutMs: 400,
      readTimeoutMs: 400,
      ...options,
    });
    this.opened.push(exchange);
    return exchange;
  }

  /** Closes 0.004 of the long position, and returns what the hook was given. */
  async closeSome(
    more: { exchange?: ExchangePort; id?: string; quantity?: string; hook?: () => Promise<void> } = {},
  ): Promise<{ outcome: OrderOutcome; id: string; signed: SignedTimes[] }> {
    this.orders += 1;
    const { exchange = this.exchange, id = `pg-test-${this.orders}`, quantity = '0.004', hook = passes } = more;
    const signed: SignedTimes[] = [];
    const outcome = await placeReduceOnly(
      exchange,
      { symbol: BTC, side: 'SELL', quantity, clientOrderId: id },
      async (request) => {
        signed.push(request);
        await hook();
      },
    );
    return { outcome, id, signed };
  }

  /** Requests as the exchange saw them, `POST /fapi/v1/order`. */
  requests(call: string) {
    return this.paper.records().requests.filter(({ method, path }) => `${method} ${path}` === call);
  }

  async start(limits: PaperExchangeOptions['limits'] = {}): Promise<void> {
    this.paper = await startPaperExchange({
      port: 0,
      limits,
      positions: { BTCUSDT: '0.010', ETHUSDT: '-0.500' },
      marks: { BTCUSDT: '60000', ETHUSDT: '3000' },
    });
    this.exchange = this.open();
  }

  async stop(): Promise<void> {
    await Promise.all(this.opened.splice(0).map((exchange) => exchange.close()));
    await this.paper.close();
  }
}

export function useRig(limits: PaperExchangeOptions['limits'] = {}): Rig {
  const rig = new Rig();
  beforeEach(() => rig.start(limits));
  afterEach(() => rig.stop());
  return rig;
}
