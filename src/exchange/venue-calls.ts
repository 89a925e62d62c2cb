import type { BanStore } from './ban-store.js';
import { CcxtClient, type CcxtClientOptions, type EndpointMethod, type SignedHttp } from './ccxt-client.js';
import { ENDPOINTS, type Endpoint } from './endpoints.js';
import { CredentialsRefused, ExchangeUnavailable } from './exchange.port.js';
import { HealthRecord } from './health-record.js';
import { classifyReadAnswer, type OrderVerdict, type ReadVerdict } from './outcome-policy.js';
import { RateBudget } from './rate-budget.js';
import type { WireResult } from './venue-answer.js';
import { readRecord, readTime } from './venue-fields.js';
import { type TimeSample, VenueClock } from './venue-clock.js';
import { Wire, type WireRequest } from './wire.js';

/** One finished call, for metrics. `endpoint` and `outcome` are from closed sets. */
export interface RequestObservation {
  readonly endpoint: string;
  readonly outcome: OrderVerdict['kind'] | ReadVerdict['kind'];
  readonly seconds: number;
}

export interface VenueCallsOptions extends Omit<CcxtClientOptions, 'venueMs'> {
  readonly orderTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly bans: BanStore;
  readonly onRequest: (observation: RequestObservation) => void;
}

export type Parameters = Readonly<Record<string, string | number>>;

const CONNECTIONS = 16;
const CLOCK_SAMPLES = 3;

/**
 * What all calls to the venue share: budget, clock, signer, sockets, health; and the asking of questions. Orders have
 * sockets of their own, so that no slow read is in their way.
 */
export class VenueCalls {
  readonly clock = new VenueClock();
  readonly budget: RateBudget;
  readonly health: HealthRecord;
  private readonly orderWire: Wire;
  private readonly readWire: Wire;
  private client: Promise<CcxtClient> | undefined;
  private syncing: Promise<void> | undefined;

  constructor(private readonly options: VenueCallsOptions) {
    const sockets = { connections: CONNECTIONS, connectTimeoutMs: options.orderTimeoutMs };
    this.orderWire = new Wire(options.restUrl, sockets);
    this.readWire = new Wire(options.restUrl, sockets);
    this.budget = new RateBudget(options.bans, () => this.clock.nowMs());
    this.health = new HealthRecord(this.hasCredentials);
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
   * Asks the venue and reads its answer. Throws {@link ExchangeUnavailable} or {@link CredentialsRefused}. A clock that
   * the venue finds wrong is read again and the question repeated once.
   */
  async read<T>(method: EndpointMethod, parameters: Parameters, reader: (json: unknown) => T): Promise<T> {
    const found = await this.find(method, parameters, (json) => ({ value: reader(json) }));
    if (found === undefined)
      throw this.failed(method, new ExchangeUnavailable(`${ENDPOINTS[method].label}: no such order`));
    return found.value;
  }

  /** As {@link read}, for questions about one order or listen key: `undefined` when there is none (-2013, -2011, -1125). */
  async find<T>(method: EndpointMethod, parameters: Parameters, reader: (json: unknown) => T): Promise<T | undefined> {
    const first = await this.ask(method, parameters);
    if (first.kind !== 'clock') return this.answered(method, first, reader);
    await this.syncClock();
    return this.answered(method, await this.ask(method, parameters), reader);
  }

  /** Signs a call and writes it on an order socket. */
  async write(
    method: EndpointMethod,
    parameters: Parameters,
    prepare: (signed: SignedHttp) => WireRequest,
  ): Promise<WireResult> {
    const client = await this.loaded();
    const send = (signed: SignedHttp): Promise<WireResult> => this.orderWire.send(prepare(signed));
    return this.counted(await client.call(method, parameters, send));
  }

  /** Makes sure that a call can be signed: with the venue's time, by a loaded ccxt. */
  async ready(): Promise<void> {
    if (!this.clock.isSet) await this.syncClock();
    await this.loaded();
  }

  /** Reads the venue's time a few times and keeps the best reading. Several callers share one run. */
  syncClock(): Promise<void> {
    this.syncing ??= this.measure().finally(() => {
      this.syncing = undefined;
    });
    return this.syncing;
  }

  /** One more reading of the time over an order socket: keeps the socket warm and the clock honest. */
  async keepWarm(): Promise<void> {
    this.clock.refine(await this.sampleTime());
  }

  /** Whoever watches must not change what became of a call. */
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

  private async ask(method: EndpointMethod, parameters: Parameters): Promise<ReadVerdict> {
    if (ENDPOINTS[method].signed) {
      if (!this.hasCredentials) throw noCredentials();
      await this.ready();
    }
    const { verdict } = await this.round(method, parameters, this.readWire);
    return verdict;
  }

  /** One question: admitted, sent, counted, judged. */
  private async round(method: EndpointMethod, parameters: Parameters, wire: Wire) {
    const { label, purpose, weight } = ENDPOINTS[method];
    const admission = await this.budget.admit(purpose, weight(parameters));
    if (!admission.admitted) {
      const refused = new ExchangeUnavailable(`${label} not sent: ${admission.reason}`);
      throw admission.cause === 'bans_unreadable' ? refused : this.failed(method, refused);
    }
    try {
      const client = await this.loaded();
      let askedMs = 0;
      const result = await client.call(method, parameters, (signed) => {
        askedMs = performance.now();
        return wire.send(wireRequest(signed, this.options.readTimeoutMs));
      });
      const answeredMs = performance.now();
      await this.counted(result);
      const verdict = classifyReadAnswer(result);
      this.observe({ endpoint: label, outcome: verdict.kind, seconds: secondsSince(askedMs) });
      return { verdict, askedMs, answeredMs };
    } finally {
      admission.settle();
    }
  }

  private answered<T>(method: EndpointMethod, verdict: ReadVerdict, reader: (json: unknown) => T): T | undefined {
    const { label }: Endpoint = ENDPOINTS[method];
    switch (verdict.kind) {
      case 'ok': {
        const value = this.readable(method, () => reader(verdict.json));
        this.succeeded(method);
        return value;
      }
      case 'absent':
        this.succeeded(method);
        return undefined;
      case 'credentials':
        throw this.failed(
          method,
          new CredentialsRefused(`the venue refuses this API key at ${label}: ${verdict.message}`),
        );
      case 'clock':
      case 'unavailable':
        throw this.failed(method, new ExchangeUnavailable(`${label} failed: ${verdict.message}`));
      default:
        return verdict satisfies never;
    }
  }

  private readable<T>(method: EndpointMethod, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof Error ? this.failed(method, error) : error;
    }
  }

  private failed<E extends Error>(method: EndpointMethod, error: E): E {
    const { signed, isOptional } = ENDPOINTS[method];
    if (isOptional !== true) this.health.failed(signed, error);
    return error;
  }

  private succeeded(method: EndpointMethod): void {
    const { signed, isOptional } = ENDPOINTS[method];
    if (isOptional !== true) this.health.answered(signed);
  }

  private async counted(result: WireResult): Promise<WireResult> {
    if (!('transportError' in result)) await this.budget.note(result);
    return result;
  }

  /** Loads ccxt at the first call: a process that never calls the venue never pays for it. */
  private loaded(): Promise<CcxtClient> {
    this.client ??= CcxtClient.load({ ...this.options, venueMs: () => this.clock.nowMs() });
    return this.client;
  }

  private async measure(): Promise<void> {
    const samples: TimeSample[] = [];
    while (samples.length < CLOCK_SAMPLES) samples.push(await this.sampleTime());
    this.clock.set(samples);
  }

  private async sampleTime(): Promise<TimeSample> {
    const method = 'fapiPublicGetTime';
    const { verdict, askedMs, answeredMs } = await this.round(method, {}, this.orderWire);
    const venueMs =
      this.answered(method, verdict, (json) => readTime(readRecord(json, 'time'), 'serverTime', 'time')) ?? 0;
    if (venueMs <= 0) throw this.failed(method, new ExchangeUnavailable('the venue does not tell its time'));
    return { askedMs, answeredMs, venueMs };
  }
}

/** A signed request on its way to the wire. */
export function wireRequest({ method, path, headers, body }: SignedHttp, deadlineMs: number): WireRequest {
  if (method !== 'GET' && method !== 'POST' && method !== 'PUT' && method !== 'DELETE')
    throw new Error(`unexpected method ${method}`);
  return { method, path, headers, body, deadlineMs };
}

export function noCredentials(): CredentialsRefused {
  return new CredentialsRefused(
    'there is no API key: set the key and secret of the account that is to be read or traded',
  );
}

export function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}
