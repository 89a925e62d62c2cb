import { createHash } from 'node:crypto';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { unreadableFor } from './answer-rows.js';
import { type AddressLimitsStore, OwnAddressLimits } from './address-limits.port.js';
import { readClientOrderId, readOpenStops, readOrder, readRestingReductions, readStop } from './order-answers.js';
import type {
  BudgetUse,
  ExchangeHealth,
  ExchangePort,
  LookUp,
  MarketRules,
  NotAccepted,
  OpenStop,
  OrderOutcome,
  OrderRoom,
  PositionsReading,
  PreparedOrder,
  ReduceOnlyOrder,
  RestingReading,
  StopOrder,
  StopOutcome,
  SettledTrade,
  TradeReport,
} from './exchange.port.js';
import { AccountHistory } from './account-history.js';
import { MarketBook } from './market-book.js';
import { prepareReduceOnly, prepareStop } from './order-calls.js';
import { OrderRequests } from './order-requests.js';
import { FlatPrices } from './flat-prices.js';
import { readPositions } from './position-answers.js';
import { DEFAULT_TIMINGS, ExchangeUserStream, type UserStreamTimings } from './user-stream.js';
import type { UserStream, UserStreamListener } from './user-stream.port.js';
import { type RequestObservation, ExchangeCalls } from './exchange-calls.js';
import { readBoolean, readRecord, readText } from './answer-fields.js';

export interface CcxtExchangeOptions {
  /** Origin of the REST interface, such as `https://fapi.binance.com`. */
  readonly restUrl: string;
  /** Origin of the streams, such as `wss://fstream.binance.com`; the REST interface's own by default. */
  readonly wsUrl?: string;
  /** Whose account the key belongs to; part of {@link ExchangePort.accountFingerprint}. */
  readonly account: 'testnet' | 'production';
  readonly apiKey: string | undefined;
  readonly apiSecret: string | undefined;
  readonly recvWindowMs: number;
  /** From the first byte of an order to the last byte of its answer; after this time the outcome is unknown. */
  readonly orderTimeoutMs: number;
  /** The same for reads; 5 s. */
  readonly readTimeoutMs?: number;
  /** Shared by all processes behind one address; this process's own by default. */
  readonly addressLimits?: AddressLimitsStore;
  readonly streamTimings?: Partial<UserStreamTimings>;
  readonly onRequest?: (observation: RequestObservation) => void;
}

/** Up to this many symbols, one call per symbol weighs less than one call for all. */
const SINGLE_OPEN_ORDERS = 20;
/** Below the exchange's idle limit, so that the next order finds an open socket. */
const KEEP_WARM_MS = 20_000;
const CLOCK_SYNC_MS = 180_000;

/** The exchange through ccxt. Makes no call and loads nothing before it is first asked. */
export function createCcxtExchange(options: CcxtExchangeOptions): ExchangePort {
  return new CcxtExchange(options);
}

class CcxtExchange implements ExchangePort {
  readonly accountFingerprint: string;
  private readonly calls: ExchangeCalls;
  private readonly requests: OrderRequests;
  private readonly markets: MarketBook;
  private readonly history: AccountHistory;
  private readonly flatPrices: FlatPrices;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(private readonly options: CcxtExchangeOptions) {
    const account = `${options.account}:${options.apiKey ?? ''}`;
    this.accountFingerprint = createHash('sha256').update(account).digest('hex').slice(0, 32);
    this.calls = new ExchangeCalls({
      ...options,
      restUrl: options.restUrl.replace(/\/+$/, ''),
      readTimeoutMs: options.readTimeoutMs ?? 5_000,
      addressLimits: options.addressLimits ?? new OwnAddressLimits(),
      onRequest: options.onRequest ?? (() => undefined),
    });
    this.history = new AccountHistory(this.calls);
    this.flatPrices = new FlatPrices(this.calls);
    this.requests = new OrderRequests(this.calls, options);
    this.markets = new MarketBook(
      () => this.calls.read('exchangeInfo', {}, (json) => json),
      (limits) => this.calls.budget.setLimits(limits),
    );
  }

  get hasCredentials(): boolean {
    return this.calls.hasCredentials;
  }

  knownRules(symbol: MarketSymbol): MarketRules | undefined {
    return this.markets.knownRules(symbol);
  }

  rules(symbol: MarketSymbol): Promise<MarketRules> {
    return this.markets.rules(symbol);
  }

  rulesAnew(symbol: MarketSymbol): Promise<MarketRules> {
    return this.markets.rulesAnew(symbol);
  }

  async positions(symbols: readonly MarketSymbol[]): Promise<PositionsReading> {
    const rows = await this.calls.read('positions', {}, readPositions);
    const unreadable = unreadableOf(symbols, (symbol) => unreadableFor(rows, symbol));
    const positions = new Map(
      [...rows.read].flatMap(([symbol, readings]) => readings.map((each) => [symbol, each] as const)),
    );
    const flat = symbols.filter((symbol) => !positions.has(symbol) && !unreadable.has(symbol));
    for (const reading of await this.flatPrices.positions(flat)) positions.set(reading.symbol, reading);
    return { positions, unreadable };
  }

  async restingReductions(symbols: readonly MarketSymbol[]): Promise<RestingReading> {
    const single = symbols.length <= SINGLE_OPEN_ORDERS;
    const queries = single ? symbols.map((symbol) => ({ symbol })) : [{}];
    const answers = await Promise.all(
      queries.map((query) => this.calls.read('openOrders', query, readRestingReductions)),
    );
    const answerOf = (index: number) => answers[single ? index : 0];
    const unreadable = unreadableOf(symbols, (symbol, index) => {
      const rows = answerOf(index);
      return rows && unreadableFor(rows, symbol);
    });
    const readable = symbols.map((symbol, index) => [symbol, answerOf(index)?.read.get(symbol) ?? []] as const);
    return { resting: new Map(readable.filter(([symbol]) => !unreadable.has(symbol))), unreadable };
  }

  async isHedgeMode(): Promise<boolean> {
    return this.calls.read('positionMode', {}, (json) =>
      readBoolean(readRecord(json, 'positionSide/dual'), 'dualSidePosition', 'positionSide/dual'),
    );
  }

  async canTrade(): Promise<boolean> {
    return this.calls.read('account', {}, (json) => readBoolean(readRecord(json, 'account'), 'canTrade', 'account'));
  }

  lookAhead(): void {
    this.calls.budget.lookAhead();
  }

  orderRoom(): OrderRoom {
    return this.calls.budget.orderRoom();
  }

  prepareReduceOnly(order: ReduceOnlyOrder): Promise<PreparedOrder<OrderOutcome> | NotAccepted> {
    return prepareReduceOnly(this.requests, order, this.markets.status(order.symbol));
  }

  prepareStop(order: StopOrder): Promise<PreparedOrder<StopOutcome> | NotAccepted> {
    return prepareStop(this.requests, order, this.markets.status(order.symbol));
  }

  async cancelStop(symbol: MarketSymbol, clientOrderId: string): Promise<void> {
    await this.calls.find('cancelStop', { symbol, clientAlgoId: clientOrderId }, (json) => json);
  }

  async openStops(symbol: MarketSymbol): Promise<readonly OpenStop[]> {
    return this.calls.read('openStops', { symbol }, readOpenStops);
  }

  async findOrder(symbol: MarketSymbol, clientOrderId: string): Promise<LookUp> {
    const query = { symbol, origClientOrderId: clientOrderId };
    const order = await this.calls.find('findOrder', query, (json) => readOrder(json, symbol, clientOrderId));
    return order === undefined ? { kind: 'not_found' } : { kind: 'found', order };
  }

  async findOrderById(symbol: MarketSymbol, orderId: string): Promise<LookUp> {
    const order = await this.calls.find('findOrder', { symbol, orderId }, (json) =>
      readOrder(json, symbol, readClientOrderId(json, symbol, orderId)),
    );
    return order === undefined ? { kind: 'not_found' } : { kind: 'found', order };
  }

  findClientOrderId(symbol: MarketSymbol, orderId: string): Promise<string | undefined> {
    return this.history.clientOrderId(symbol, orderId);
  }

  clientOrderIds(
    symbol: MarketSymbol,
    orderIds: ReadonlySet<string>,
    sinceMs: number,
  ): Promise<ReadonlyMap<string, string>> {
    return this.history.clientOrderIds(symbol, orderIds, sinceMs);
  }

  tradedSymbols(sinceMs: number, untilMs?: number): Promise<ReadonlySet<string>> {
    return this.history.tradedSymbols(sinceMs, untilMs);
  }

  async findStop(symbol: MarketSymbol, clientOrderId: string): Promise<OpenStop | undefined> {
    return this.calls.find('findStop', { symbol, clientAlgoId: clientOrderId }, readStop);
  }

  settledTrades(symbol: MarketSymbol, fromMs: number, untilMs: number): Promise<readonly SettledTrade[]> {
    return this.history.settledTrades(symbol, fromMs, untilMs);
  }

  trades(symbol: MarketSymbol, sinceMs: number): Promise<readonly TradeReport[]> {
    return this.history.trades(symbol, sinceMs);
  }

  userStream(listener: UserStreamListener): UserStream {
    const { restUrl, wsUrl = restUrl.replace(/^http/, 'ws'), streamTimings } = this.options;
    const base = `${wsUrl.replace(/\/+$/, '')}/private/ws?listenKey=`;
    const keys = {
      obtain: () =>
        this.calls.read('createListenKey', {}, (json) =>
          readText(readRecord(json, 'listenKey'), 'listenKey', 'listenKey'),
        ),
      renew: async (listenKey: string) => {
        const answer = await this.calls.find('renewListenKey', {}, (json) => readRecord(json, 'listenKey'));
        return answer !== undefined && (answer.listenKey ?? listenKey) === listenKey;
      },
    };
    const timings = { ...DEFAULT_TIMINGS, ...streamTimings };
    return new ExchangeUserStream((key) => base + encodeURIComponent(key), keys, timings, listener);
  }

  clock(): { readonly offsetMs: number; readonly uncertaintyMs: number } {
    return this.calls.clock.offset();
  }

  health(): ExchangeHealth {
    return this.calls.health.report();
  }

  budget(): BudgetUse {
    return { usedWeight1m: this.calls.budget.usedWeight, bannedUntilMs: this.calls.bannedUntilMs };
  }

  async connect(): Promise<void> {
    await this.calls.syncClock();
    await this.markets.refresh();
    if (this.hasCredentials) await this.calls.read('positions', {}, (json) => json);
    if (this.timers.length === 0) {
      this.every(KEEP_WARM_MS, () => this.calls.keepWarm());
      this.every(CLOCK_SYNC_MS, () => this.calls.syncClock());
    }
  }

  async close(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    await this.calls.close();
  }

  /** A failure shows in {@link health}; the next round tries again. */
  private every(intervalMs: number, task: () => Promise<void>): void {
    this.timers.push(setInterval(() => void task().catch(() => undefined), intervalMs).unref());
  }
}

function unreadableOf(
  symbols: readonly MarketSymbol[],
  whyOf: (symbol: MarketSymbol, index: number) => string | undefined,
): ReadonlyMap<MarketSymbol, string> {
  const found = symbols.map((symbol, index) => [symbol, whyOf(symbol, index)] as const);
  return new Map(found.filter((each): each is readonly [MarketSymbol, string] => each[1] !== undefined));
}
