import type { Parameters, SignedHttp } from './ccxt-client.js';
import { type Endpoint, ENDPOINTS, labelOf } from './endpoints.js';
import { ExchangeUnavailable, type SendAgain } from './exchange.port.js';
import { classifyOrderAnswer, type OrderVerdict } from './outcome-policy.js';
import { noCredentials, secondsSince, type ExchangeCalls } from './exchange-calls.js';
import type { OpenRequest } from './wire.js';

/** The verdict on an order request, with the ban in force (host clock, epoch ms; 0 for none). */
export type OrderCall = OrderVerdict & { readonly bannedUntilMs: number };

type NotSent = Extract<OrderCall, { kind: 'not_accepted' }>;

export type OrderEndpoint = 'placeOrder' | 'placeStop';

/** Built, signed and on an open connection; see `PreparedOrder` of the port. */
interface PreparedRequest {
  readonly kind: 'prepared';
  readonly signedTimestampMs: number;
  readonly recvWindowMs: number;
  send(): Promise<OrderCall>;
  drop(): void;
}

/** Prepares order requests and sends each at most once. Everything that can fail before sending is checked before. */
export class OrderRequests {
  constructor(
    private readonly calls: ExchangeCalls,
    private readonly times: { readonly recvWindowMs: number; readonly orderTimeoutMs: number },
  ) {}

  /** Throws `CredentialsRefused` where there is no key. A ban, a full budget or no connection is a verdict. */
  async prepare(endpoint: OrderEndpoint, parameters: Parameters): Promise<PreparedRequest | NotSent> {
    const { calls } = this;
    if (!calls.hasCredentials) throw noCredentials();
    const { weight }: Endpoint = ENDPOINTS[endpoint];
    const admission = await calls.budget.admit('order', weight(parameters));
    if (!admission.admitted) return this.#notSent(admission.bannedForMs > 0 ? 'banned' : 'budget', admission.reason);
    const prepared = await this.#open(endpoint, parameters, admission.settle);
    if (prepared.kind !== 'prepared') admission.settle();
    return prepared;
  }

  async #open(endpoint: OrderEndpoint, parameters: Parameters, settle: () => void): Promise<PreparedRequest | NotSent> {
    const { calls, times } = this;
    try {
      await calls.ready();
    } catch (error) {
      if (error instanceof ExchangeUnavailable) return this.#notSent('not_ready', error.message);
      throw error;
    }
    const signed = await calls.sign(endpoint, parameters);
    const signedTimestampMs = signedTimestamp(signed);
    const opened = await calls.openOrder(signed);
    if ('transportError' in opened) {
      calls.observe({ endpoint: labelOf(ENDPOINTS[endpoint]), outcome: 'not_accepted', seconds: 0 });
      return this.#notSent('not_sent', opened.transportError);
    }
    if (calls.clock.nowMs() - signedTimestampMs > times.recvWindowMs) {
      opened.drop();
      return this.#notSent(
        'signature_expired',
        'the connection took longer than the signature is valid',
        'newly_signed',
      );
    }
    return {
      kind: 'prepared',
      signedTimestampMs,
      recvWindowMs: times.recvWindowMs,
      send: () => this.#send(endpoint, opened).finally(settle),
      drop: () => {
        opened.drop();
        settle();
      },
    };
  }

  /** After a clock fault the exchange's time is read again before the verdict is returned. */
  async #send(endpoint: OrderEndpoint, opened: OpenRequest): Promise<OrderCall> {
    const { calls } = this;
    const label = labelOf(ENDPOINTS[endpoint]);
    // Another call may have received a ban since this one was prepared.
    if (calls.budget.bannedForMs() > 0) {
      opened.drop();
      calls.observe({ endpoint: label, outcome: 'not_accepted', seconds: 0 });
      return this.#notSent('banned', 'the exchange forbade all calls meanwhile');
    }
    const startedMs = performance.now();
    const result = await calls.taken(await opened.send());
    const verdict = classifyOrderAnswer(result, endpoint === 'placeStop' ? 'algoId' : 'orderId');
    calls.observe({ endpoint: label, outcome: verdict.kind, seconds: secondsSince(startedMs) });
    if (verdict.kind === 'unknown') calls.health.failed(true, `${label}: ${verdict.detail}`);
    if (verdict.kind === 'known') calls.health.answered(true);
    if (verdict.kind === 'not_accepted' && verdict.cause === 'clock') await this.#resync();
    return { ...verdict, bannedUntilMs: calls.bannedUntilMs };
  }

  async #resync(): Promise<void> {
    try {
      await this.calls.syncClock();
    } catch (error) {
      this.calls.health.failed(true, error);
    }
  }

  #notSent(code: string, message: string, again: SendAgain = 'later'): NotSent {
    const { bannedUntilMs } = this.calls;
    return { kind: 'not_accepted', cause: 'not_sent', code, message, again, bannedUntilMs };
  }
}

/** The `timestamp` among the signed parameters of a request with a body. */
function signedTimestamp(signed: SignedHttp): number {
  const text = new URLSearchParams(signed.body ?? '').get('timestamp') ?? '';
  if (!/^\d{13}$/.test(text)) throw new Error(`the signed request has no timestamp: ${signed.method} ${signed.path}`);
  return Number(text);
}
