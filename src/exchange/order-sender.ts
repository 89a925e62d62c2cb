import type { EndpointMethod, SignedHttp } from './ccxt-client.js';
import { ENDPOINTS } from './endpoints.js';
import { type BeforeSend, ExchangeUnavailable } from './exchange.port.js';
import { classifyOrderAnswer, type OrderVerdict } from './outcome-policy.js';
import { noCredentials, type Parameters, secondsSince, type VenueCalls, wireRequest } from './venue-calls.js';
import type { WireRequest } from './wire.js';

/** The verdict on an order call, with the ban in force (host clock, epoch ms; 0 for none). */
export type OrderCall = OrderVerdict & { readonly bannedUntilMs: number };

export type OrderMethod = Extract<EndpointMethod, 'fapiPrivatePostOrder' | 'fapiPrivatePostAlgoOrder'>;

/**
 * Sends orders, each once. `beforeSend` runs when the request is signed and its connection stands; what it rejects with
 * is thrown. Everything else is a verdict.
 */
export class OrderSender {
  constructor(
    private readonly calls: VenueCalls,
    private readonly times: { readonly recvWindowMs: number; readonly orderTimeoutMs: number },
  ) {}

  /** After a clock fault the venue's time is read again before the verdict is given. */
  async send(method: OrderMethod, parameters: Parameters, beforeSend: BeforeSend): Promise<OrderCall> {
    const { calls } = this;
    if (!calls.hasCredentials) throw noCredentials();
    const { label, weight } = ENDPOINTS[method];
    const admission = await calls.budget.admit('order', weight(parameters));
    if (!admission.admitted)
      return this.told(notSent(admission.bannedForMs > 0 ? 'banned' : 'budget', admission.reason));
    let startedMs = performance.now();
    const timedHook: BeforeSend = async (request) => {
      await beforeSend(request);
      startedMs = performance.now();
    };
    try {
      const verdict = await this.attempt(method, parameters, timedHook);
      calls.observe({ endpoint: label, outcome: verdict.kind, seconds: secondsSince(startedMs) });
      if (verdict.kind === 'unknown') calls.health.failed(true, `${label}: ${verdict.detail}`);
      if (verdict.kind === 'known') calls.health.answered(true);
      if (verdict.kind === 'not_accepted' && verdict.cause === 'clock') await this.resync();
      return this.told(verdict);
    } finally {
      admission.settle();
    }
  }

  private async attempt(method: OrderMethod, parameters: Parameters, beforeSend: BeforeSend): Promise<OrderVerdict> {
    const { calls } = this;
    try {
      await calls.ready();
    } catch (error) {
      if (error instanceof ExchangeUnavailable) return notSent('not_ready', error.message);
      throw error;
    }
    try {
      const result = await calls.write(method, parameters, (signed) => this.guarded(signed, beforeSend));
      return classifyOrderAnswer(result, method === 'fapiPrivatePostAlgoOrder' ? 'algoId' : 'orderId');
    } catch (error) {
      if (error instanceof NotSent) return notSent(error.code, error.message, error.resend);
      throw error;
    }
  }

  private guarded(signed: SignedHttp, beforeSend: BeforeSend): WireRequest {
    const { recvWindowMs, orderTimeoutMs } = this.times;
    const { clock, budget } = this.calls;
    const signedTimestampMs = signedTimestamp(signed);
    return {
      ...wireRequest(signed, orderTimeoutMs),
      beforeWrite: async (): Promise<void> => {
        if (clock.nowMs() - signedTimestampMs > recvWindowMs) {
          throw new NotSent('signature_expired', 'the connection took longer than the signature is valid', true);
        }
        await beforeSend({ signedTimestampMs, recvWindowMs });
        // Another call may have learnt of a ban while the hook ran.
        if (budget.bannedForMs() > 0) throw new NotSent('banned', 'the venue forbade all calls meanwhile', false);
      },
    };
  }

  private async resync(): Promise<void> {
    try {
      await this.calls.syncClock();
    } catch (error) {
      this.calls.health.failed(true, error);
    }
  }

  private told(verdict: OrderVerdict): OrderCall {
    return { ...verdict, bannedUntilMs: this.calls.bannedUntilMs };
  }
}

/** The request was stopped before its first byte, by us. */
class NotSent extends Error {
  override readonly name = 'NotSent';
  constructor(
    readonly code: string,
    message: string,
    readonly resend: boolean,
  ) {
    super(message);
  }
}

function notSent(code: string, message: string, resend = false): OrderVerdict {
  return { kind: 'not_accepted', cause: 'not_sent', code, message, resend };
}

/** The `timestamp` among the signed parameters of a request with a body. */
function signedTimestamp(signed: SignedHttp): number {
  const text = new URLSearchParams(signed.body ?? '').get('timestamp') ?? '';
  if (!/^\d{13}$/.test(text)) throw new Error(`the signed request has no timestamp: ${signed.method} ${signed.path}`);
  return Number(text);
}
