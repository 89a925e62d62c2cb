import { Redaction } from '../flow/0-outside-text.js';
import type { AddressLimitsStore } from './address-limits.port.js';
import { CcxtClient, type CcxtClientOptions, type Parameters, publicRequest, type SignedHttp } from './ccxt-client.js';
import { type Endpoint, type EndpointName, ENDPOINTS, isPrivate, labelOf } from './endpoints.js';
import { CredentialsRefused, ExchangeAway, ExchangeUnavailable } from './exchange.port.js';
import { HealthRecord } from './health-record.js';
import { classifyReadAnswer, type OrderVerdict, type ReadVerdict } from './outcome-policy.js';
import { RateBudget } from './rate-budget.js';
import type { WireResult } from './exchange-answer.js';
import { readRecord, readTime } from './answer-fields.js';
import { type TimeSample, ExchangeClock } from './exchange-clock.js';
import { Wire } from './wire.js';

/** One finished call, for metrics. `endpoint` and `outcome` are from closed sets. */
export interface RequestObservation {
  readonly endpoint: string;
  readonly outcome: OrderVerdict['kind'] | ReadVerdict['kind'];
  readonly seconds: number;
}

export interface ExchangeCallsOptions extends Omit<CcxtClientOptions, 'exchangeTimeMs'> {
  readonly orderTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly addressLimits: AddressLimitsStore;
  readonly onRequest: (observation: RequestObservation) => void;
}

const READ_CONNECTIONS = 16;
/** As many as the exchange takes orders in ten seconds, so that no order waits for the answer to another. Opened when needed, kept for 30 s. */
const ORDER_CONNECTIONS = 300;
const CLOCK_SAMPLES = 3;

/**
 * What all calls to the exchange share: budget, clock, signer, sockets, health, and the reading calls. Orders have
 * their own sockets, so that a slow read cannot delay them.
 */
export class ExchangeCalls {
  readonly clock = new ExchangeClock();
  readonly budget: RateBudget;
  readonly health: HealthRecord;
  private readonly orderWire: Wire;
  private readonly readWire: Wire;
  private readonly redaction: Redaction;
  private client: Promise<CcxtClient> | undefined;
  private syncing: Promise<void> | undefined;

  constructor(private readonly options: ExchangeCallsOptions) {
    this.orderWire = new Wire(options.restUrl, { connections: ORDER_CONNECTIONS });
    this.readWire = new Wire(options.restUrl, { connections: READ_CONNECTIONS });
    this.budget = new RateBudget(options.addressLimits, () => this.clock.nowMs());
    this.health = new HealthRecord(this.hasCredentials);
    this.redaction = new Redaction([options.apiKey, options.apiSecret]);
  }

  get hasCredentials(): boolean {
    return this.options.apiKey !== undefined && this.options.apiSecret !== undefined;
  }

  /** When calls are allowed again (host clock, epoch ms); 0 when they are. */
  get bannedUntilMs(): number {
    const forMs = this.budget.bannedForMs();
    return forMs > 0 ? Math.ceil(Date.now() + forMs) : 0;
  }

  /**
   * Calls the exchange and reads its answer. Throws {@link ExchangeUnavailable} or {@link CredentialsRefused}. A clock that
   * the exchange refuses is read again and the call repeated once.
   */
  async read<T>(name: EndpointName, parameters: Parameters, reader: (json: unknown) => T): Promise<T> {
    const found = await this.find(name, parameters, (json) => ({ value: reader(json) }));
    if (found === undefined)
      throw this.failed(name, new ExchangeUnavailable(`${labelOf(ENDPOINTS[name])}: no such order`));
    return found.value;
  }

  /** As {@link read}, for calls about one order or listen key: `undefined` when it does not exist (-2013, -2011, -1125). */
  async find<T>(name: EndpointName, parameters: Parameters, reader: (json: unknown) => T): Promise<T | undefined> {
    const first = await this.ask(name, parameters);
    if (first.kind !== 'clock') return this.answered(name, first, reader);
    await this.syncClock();
    return this.answered(name, await this.ask(name, parameters), reader);
  }

  /** Builds and, where the endpoint is private, signs a request with the exchange's time now. */
  async sign(name: EndpointName, parameters: Parameters): Promise<SignedHttp> {
    return isPrivate(ENDPOINTS[name]) ? (await this.loaded()).sign(name, parameters) : publicRequest(name, parameters);
  }

  /** Takes an order socket for a signed request and writes nothing yet. */
  openOrder(signed: SignedHttp): ReturnType<Wire['open']> {
    return this.orderWire.open({ ...signed, deadlineMs: this.options.orderTimeoutMs });
  }

  /** Makes sure that a call can be signed: with the exchange's time, by a loaded ccxt. */
  async ready(): Promise<void> {
    if (!this.clock.isSet) await this.syncClock();
    await this.loaded();
  }

  /** Reads the exchange's time a few times and keeps the best reading. Several callers share one run. */
  syncClock(): Promise<void> {
    this.syncing ??= this.measure().finally(() => {
      this.syncing = undefined;
    });
    return this.syncing;
  }

  /** Reads the time again over an order socket: keeps the socket warm and the clock exact. */
  async keepWarm(): Promise<void> {
    this.clock.refine(await this.sampleTime());
  }

  /** A failing observer must not change the result of a call. */
  observe(observation: RequestObservation): void {
    try {
      this.options.onRequest(observation);
    } catch (error) {
      process.emitWarning(`the observer of exchange requests failed: ${String(error)}`);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.orderWire.close(), this.readWire.close()]);
  }

  private async ask(name: EndpointName, parameters: Parameters): Promise<ReadVerdict> {
    if (isPrivate(ENDPOINTS[name])) {
      if (!this.hasCredentials) throw noCredentials();
      await this.ready();
    }
    const { verdict } = await this.round(name, parameters, this.readWire);
    return verdict;
  }

  /** One reading call: checks the budget, sends, counts, classifies. */
  private async round(name: EndpointName, parameters: Parameters, wire: Wire) {
    const { purpose, weight } = ENDPOINTS[name];
    const label = labelOf(ENDPOINTS[name]);
    const admission = await this.budget.admit(purpose, weight(parameters));
    if (!admission.admitted) {
      const reason = `${label} not sent: ${admission.reason}`;
      if (admission.cause === 'bans_unreadable') throw new ExchangeUnavailable(reason, { cause: admission.fault });
      throw this.failed(name, new ExchangeAway(reason));
    }
    try {
      const signed = await this.sign(name, parameters);
      const askedMs = performance.now();
      const answer = await wire.send({ ...signed, deadlineMs: this.options.readTimeoutMs });
      const answeredMs = performance.now();
      const result = await this.taken(answer);
      const verdict = classifyReadAnswer(result);
      this.observe({ endpoint: label, outcome: verdict.kind, seconds: secondsSince(askedMs) });
      return { verdict, askedMs, answeredMs };
    } finally {
      admission.settle();
    }
  }

  private answered<T>(name: EndpointName, verdict: ReadVerdict, reader: (json: unknown) => T): T | undefined {
    const label = labelOf(ENDPOINTS[name]);
    switch (verdict.kind) {
      case 'ok': {
        const value = this.readable(name, () => reader(verdict.json));
        this.succeeded(name);
        return value;
      }
      case 'absent':
        this.succeeded(name);
        return undefined;
      case 'credentials':
        throw this.failed(
          name,
          new CredentialsRefused(`the exchange refuses this API key at ${label}: ${verdict.message}`),
        );
      case 'clock':
      case 'unavailable':
        throw this.failed(name, new ExchangeAway(`${label} failed: ${verdict.message}`));
      default:
        return verdict satisfies never;
    }
  }

  private readable<T>(name: EndpointName, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof Error ? this.failed(name, error) : error;
    }
  }

  private failed<E extends Error>(name: EndpointName, error: E): E {
    const endpoint: Endpoint = ENDPOINTS[name];
    if (endpoint.isOptional !== true) this.health.failed(isPrivate(endpoint), error);
    return error;
  }

  private succeeded(name: EndpointName): void {
    const endpoint: Endpoint = ENDPOINTS[name];
    if (endpoint.isOptional !== true) this.health.answered(isPrivate(endpoint));
  }

  /** Adds the counts of an answer, and its ban, to the budget. Answers without our secrets: an error page may echo a request. */
  async taken(result: WireResult): Promise<WireResult> {
    if ('transportError' in result) return { ...result, transportError: this.redaction.hide(result.transportError) };
    await this.budget.note(result);
    return { ...result, body: this.redaction.hide(result.body) };
  }

  /** Loads ccxt at the first signed call, so that a process without a key never loads it. */
  private loaded(): Promise<CcxtClient> {
    this.client ??= CcxtClient.load({ ...this.options, exchangeTimeMs: () => this.clock.nowMs() });
    return this.client;
  }

  private async measure(): Promise<void> {
    const samples: TimeSample[] = [];
    while (samples.length < CLOCK_SAMPLES) samples.push(await this.sampleTime());
    this.clock.set(samples);
  }

  private async sampleTime(): Promise<TimeSample> {
    const name = 'time';
    const { verdict, askedMs, answeredMs } = await this.round(name, {}, this.orderWire);
    const exchangeTimeMs =
      this.answered(name, verdict, (json) => readTime(readRecord(json, 'time'), 'serverTime', 'time')) ?? 0;
    if (exchangeTimeMs <= 0) throw this.failed(name, new ExchangeUnavailable('the exchange does not report its time'));
    return { askedMs, answeredMs, exchangeTimeMs };
  }
}

export function noCredentials(): CredentialsRefused {
  return new CredentialsRefused('there is no API key: set the key and secret of the account');
}

export function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}
